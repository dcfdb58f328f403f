"""What the models found wrong with a document, as faults in words for people."""

from collections.abc import Iterator
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from colophon.briefs.sources import Sources
from colophon.briefs.tree import Fault, Path, shown
from colophon.briefs.wording import allowed_at, members_at

_TYPES = {
    "string_type": "text was expected",
    "int_type": "a whole number was expected",
    "bool_type": "true or false was expected",
    "float_type": "a number was expected",
    "float_parsing": "a number was expected",
    "decimal_type": "an amount was expected",
    "tuple_type": "a list was expected",
    "list_type": "a list was expected",
    "model_type": "a mapping of members was expected",
    "dict_type": "a mapping of members was expected",
    "datetime_type": "a time was expected",
}
_CODES = {
    "string_too_short": ("wrong_length", "the text is empty"),
    "string_too_long": ("wrong_length", "the text is too long"),
    "too_short": ("wrong_length", "the list has too few entries"),
    "too_long": ("wrong_length", "the list has too many entries"),
    "greater_than": ("out_of_range", "the number is too small"),
    "greater_than_equal": ("out_of_range", "the number is too small"),
    "less_than": ("out_of_range", "the number is too large"),
    "less_than_equal": ("out_of_range", "the number is too large"),
    "enum": ("unknown_value", "this is none of the values it may have"),
    "literal_error": ("unknown_value", "this is none of the values it may have"),
    "string_pattern_mismatch": ("wrong_form", "the text does not have the form it needs"),
    "timezone_aware": ("wrong_form", "a time needs its offset from UTC"),
}
_YES_OR_NO = frozenset({"yes", "no", "on", "off", "y", "n"})


def complaints(error: ValidationError, document: Sources) -> Iterator[Fault]:
    """One fault for each thing that is wrong. ``document`` is what was validated, as it was written."""
    for detail in error.errors(include_url=False):
        path = tuple(detail["loc"])
        found = document.found(path)
        # Entries that failed are left out of the count, so a list of one bad entry is also called empty.
        if detail["type"] == "too_short" and isinstance(found, list) and found:
            continue
        yield _fault(detail, path, found)


def _fault(detail: ErrorDetails, path: Path, found: object) -> Fault:
    kind = detail["type"]
    if kind == "missing":
        return Fault(path, "missing_member", "a required member is missing", "nothing", allowed_at(path))
    if kind == "extra_forbidden":
        return _unknown_member(path)
    if kind in _TYPES:
        return Fault(path, "wrong_type", _TYPES[kind] + _advice(kind, found), shown(found), allowed_at(path))
    code, message = _CODES.get(kind, ("wrong_form" if kind.startswith("datetime") else "wrong_value", ""))
    if kind == "value_error":
        message = str(detail["ctx"]["error"])
    return Fault(path, code, message or "this cannot be used here", _shown(found), allowed_at(path))


def _unknown_member(path: Path) -> Fault:
    name, members = str(path[-1]), members_at(path[:-1])
    near = get_close_matches(name[:100], members, n=1)
    advice = f'; did you mean "{near[0]}"?' if near else ""
    return Fault(path, "unknown_member", "unknown member" + advice, shown(name), ", ".join(members))


def _advice(kind: str, found: object) -> str:
    if kind == "string_type" and found is not None and not isinstance(found, dict | list):
        return "; put quotes around it"
    if kind == "bool_type" and isinstance(found, str) and found.lower() in _YES_OR_NO:
        return "; yes, no, on and off are plain text here"
    if kind == "int_type" and isinstance(found, str) and found.isdecimal():
        return "; leave the quotes and any leading zeros out"
    return ""


def _shown(found: object) -> str:
    text = shown(found)
    return f"{len(found)} characters, {text}" if isinstance(found, str) and len(found) > len(text) else text
