"""A brief as a form has it: the members people fill in one by one, and whatever else it says kept as text.

Every brief can be put into the form and comes out of it with the same meaning: what has no field of its own is in
``rest``, and in each visual's ``rest``, as YAML.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from colophon.briefs.document import parse_document
from colophon.briefs.references import is_file
from colophon.domain.brief import Brief
from colophon.errors import InvalidInput

Document = dict[str, Any]

# Members of a brief, and of parts of it, that are one line or one text.
TEXTS = ("campaign", "title", "owner", "objective", "deadline", "embargo", "notes")
VISUAL_TEXTS = ("id", "prompt", "setting", "light", "camera", "style", "mood", "copy_space")
WORDS = ("headline", "subline", "call_to_action", "legal")
_LISTS: dict[str, tuple[str, ...]] = {
    "markets": ("markets",),
    "territories": ("rights", "territories"),
    "approvers": ("review", "approvers"),
}
_NESTED: dict[str, tuple[str, ...]] = {
    "currency": ("budget", "currency"),
    "cap": ("budget", "cap"),
    "valid_from": ("rights", "valid_from"),
    "valid_until": ("rights", "valid_until"),
    "rights_note": ("rights", "note"),
    "rule": ("review", "rule"),
    "model": ("model", "name"),
}
_FLAGS: dict[str, tuple[str, ...]] = {"label": ("disclosure", "label"), "prompts": ("disclosure", "prompts")}


@dataclass(frozen=True, slots=True)
class FormReference:
    image: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class FormVisual:
    texts: Mapping[str, str] = field(default_factory=dict)
    variants: str = "1"
    references: tuple[FormReference, ...] = ()
    rest: str = ""


@dataclass(frozen=True, slots=True)
class FormLocale:
    language: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BriefForm:
    """All as text, as it was typed. ``brand`` is YAML of the brand itself; empty where a known one is chosen."""

    texts: Mapping[str, str] = field(default_factory=dict)
    flags: Sequence[str] = ()
    brand: str = ""
    visuals: tuple[FormVisual, ...] = (FormVisual(),)
    placements: Sequence[str] = ()
    references: tuple[FormReference, ...] = ()
    language: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    locales: tuple[FormLocale, ...] = ()
    rest: str = ""


def document_of(form: BriefForm, brand: Document | None = None) -> Document:
    """The brief that a form describes; ``brand`` wins over its own. What is empty is left out. Raises `InvalidInput`
    where a text of YAML is none; what else is wrong is for the loader to say."""
    made: Document = {"schema_version": 1}
    made |= {name: form.texts[name] for name in TEXTS if form.texts.get(name)}
    made["brand"] = brand if brand is not None else (parsed(form.brand, "brand") if form.brand.strip() else None)
    if made["brand"] is None:
        del made["brand"]
    made["visuals"] = [_visual(visual, number) for number, visual in enumerate(form.visuals) if _said(visual)]
    made["placements"] = list(form.placements)
    if references := _references(form.references):
        made["references"] = references
    for name, path in (_NESTED | _LISTS).items():
        if text := form.texts.get(name, ""):
            _put(made, path, _list(text) if name in _LISTS else _number(name, text))
    for name in form.flags:
        _put(made, _FLAGS[name], True)
    if copy := _copy(form):
        made["copy"] = copy
    return _merged(made, parsed(form.rest, "further members") if form.rest.strip() else {})


def form_of(document: Mapping[str, Any]) -> BriefForm:
    """The form with what a document says. Values of no use to a field (a list where a text should be) stay in
    ``rest``, so that nothing is lost and the loader says what is wrong with them."""
    left = _copied(document)
    left.pop("schema_version", None)
    texts = {name: str(left.pop(name)) for name in TEXTS if isinstance(left.get(name), str | int | float)}
    brand = left.pop("brand") if isinstance(left.get("brand"), dict) else None
    for name, path in _NESTED.items():
        if isinstance(value := _at(left, path), str | int | float) and not isinstance(value, bool):
            texts[name] = str(value)
            _drop(left, path)
    for name, path in _LISTS.items():
        value = _at(left, path)
        if isinstance(value, list) and all(isinstance(each, str) and "," not in each for each in value):
            texts[name] = ", ".join(value)
            _drop(left, path)
    flags = [name for name, path in _FLAGS.items() if _at(left, path) is True]
    for name in flags:
        _drop(left, _FLAGS[name])
    visuals = left.pop("visuals") if _all_mappings(left.get("visuals")) else []
    placements = left.pop("placements") if _plain_placements(left.get("placements")) else []
    language, words, locales = _words_of(left)
    return BriefForm(
        texts=texts,
        flags=flags,
        brand=as_yaml(brand) if brand else "",
        visuals=tuple(_form_visual(visual) for visual in visuals) or (FormVisual(),),
        placements=[each if isinstance(each, str) else each["placement"] for each in placements],
        references=_form_references(left),
        language=language,
        words=words,
        locales=locales,
        rest=as_yaml(left) if left else "",
    )


def plain_document(canonical: str) -> Document:
    """A stored brief as people would have written it: what is the default is left out, short forms are short."""
    brief = Brief.model_validate_json(canonical)
    made = brief.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for part in (made, *made["visuals"]):
        if placements := part.get("placements"):
            part["placements"] = [each["placement"] if each.keys() == {"placement"} else each for each in placements]
    made["budget"]["cap"] = str(brief.budget.money)
    return made


def as_yaml(document: Mapping[str, Any]) -> str:
    """Without anchors, tags or aliases, which briefs do not know."""
    return str(yaml.dump(dict(document), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=100))


class _Plain(yaml.SafeDumper):
    """Numbers as they were read, which is as decimals; what is there twice is written twice."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _decimal(dumper: yaml.SafeDumper, value: Decimal) -> yaml.Node:
    text = format(value, "f")
    return dumper.represent_scalar("tag:yaml.org,2002:float", text if "." in text else f"{text}.0")


_Plain.add_representer(Decimal, _decimal)


def parsed(text: str, name: str) -> Document:
    """A mapping in YAML, read as briefs are. Raises `InvalidInput`, ``name`` being the file in its problems."""
    tree = parse_document(text.encode("utf-8", "surrogatepass"), name)
    if tree.problems:
        raise InvalidInput.of(tree.problems)
    return dict(tree.value)


def _said(visual: FormVisual) -> bool:
    return any(visual.texts.values()) or bool(visual.rest.strip()) or any(each.image for each in visual.references)


def _visual(visual: FormVisual, number: int) -> Document:
    made: Document = {name: visual.texts[name] for name in VISUAL_TEXTS if visual.texts.get(name)}
    if visual.variants not in ("", "1"):
        made["variants"] = int(visual.variants) if visual.variants.isdecimal() else visual.variants
    if references := _references(visual.references):
        made["references"] = references
    return _merged(made, parsed(visual.rest, f"visual {number + 1}") if visual.rest.strip() else {})


def _references(rows: Sequence[FormReference]) -> list[Document]:
    return [{"image": row.image, **({"role": row.role} if row.role else {})} for row in rows if row.image]


def _copy(form: BriefForm) -> Document:
    own: Document = {name: form.words[name] for name in WORDS if form.words.get(name)}
    if form.language:
        own["language"] = form.language
    locales = {
        row.language: {name: row.words[name] for name in WORDS if row.words.get(name)}
        for row in form.locales
        if row.language
    }
    return own | ({"locales": locales} if locales else {})


def _number(name: str, text: str) -> object:
    """Only the rule of approvals is a number to a brief; amounts are text."""
    return int(text) if name == "rule" and text.isdecimal() and len(text) < 10 else text


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _put(document: Document, path: tuple[str, ...], value: object) -> None:
    for step in path[:-1]:
        document = document.setdefault(step, {})
    document[path[-1]] = value


def _at(document: Mapping[str, Any], path: tuple[str, ...]) -> object:
    found: Any = document
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _drop(document: Document, path: tuple[str, ...]) -> None:
    """With the parts of the path that are empty then."""
    inner = _at(document, path[:-1]) if len(path) > 1 else document
    if isinstance(inner, dict):
        inner.pop(path[-1], None)
        if not inner and len(path) > 1:
            document.pop(path[0], None)


def _merged(made: Document, more: Mapping[str, Any]) -> Document:
    """What both say is the field's, except in mappings, whose members are told apart, and lists nobody filled in."""
    for name, value in more.items():
        if isinstance(made.get(name), dict) and isinstance(value, dict):
            made[name] = _merged(made[name], value)
        elif not made.get(name):
            made[name] = value
    return made


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _copied(each) for name, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list | tuple) else value


def _all_mappings(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) for each in value)


def _plain_placements(value: object) -> bool:
    """A placement with formats or a layout of its own is more than a field holds; all of them stay in ``rest`` then."""
    return isinstance(value, list) and all(
        isinstance(each, str) or (isinstance(each, dict) and each.keys() == {"placement"}) for each in value
    )


def _form_visual(visual: Document) -> FormVisual:
    left = dict(visual)
    texts = {name: left.pop(name) for name in VISUAL_TEXTS if isinstance(left.get(name), str)}
    variants = left.pop("variants") if isinstance(left.get("variants"), int) else 1
    return FormVisual(texts, str(variants), _form_references(left), as_yaml(left) if left else "")


def _form_references(left: Document) -> tuple[FormReference, ...]:
    rows = left.get("references")
    if not isinstance(rows, list) or not all(_plain_reference(row) for row in rows):
        return ()
    del left["references"]
    return tuple(
        FormReference(row) if isinstance(row, str) else FormReference(row["image"], row.get("role", "")) for row in rows
    )


def _plain_reference(row: object) -> bool:
    """The digest of a file is filled in again when the brief is read; that of anything else is a person's word."""
    if isinstance(row, dict):
        pinned = {"sha256"} if isinstance(image := row.get("image"), str) and is_file(image) else set()
        known = row.keys() <= {"image", "role"} | pinned and "image" in row
        return known and all(isinstance(value, str) for value in row.values())
    return isinstance(row, str)


def _words_of(left: Document) -> tuple[str, dict[str, str], tuple[FormLocale, ...]]:
    copy = left.get("copy")
    if not isinstance(copy, dict):
        return "", {}, ()
    words = {name: copy.pop(name) for name in WORDS if isinstance(copy.get(name), str)}
    language = copy.pop("language") if isinstance(copy.get("language"), str) else ""
    locales: tuple[FormLocale, ...] = ()
    rows = copy.get("locales")
    if isinstance(rows, dict) and all(_plain_words(row) for row in rows.values()):
        locales = tuple(FormLocale(name, dict(row)) for name, row in copy.pop("locales").items())
    if not copy:
        del left["copy"]
    return language, words, locales


def _plain_words(row: object) -> bool:
    return isinstance(row, dict) and row.keys() <= set(WORDS) and all(isinstance(text, str) for text in row.values())
