"""Lists of what a prompt may not ask for, or may only ask for where a person looks at the picture: data, by language.

One file holds one list; its categories have a verdict each, which a check profile may change. Files from outside are
bounded and refused as a whole when anything in them is wrong.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from colophon.errors import InvalidInput, Problem

MOST_BYTES = 512 * 1024
_MOST_TERMS = 2000


class ListVerdict(StrEnum):
    """``hold``: the picture waits for a person. ``refuse``: nothing is bought. ``off``: it is not looked at."""

    HOLD = "hold"
    REFUSE = "refuse"
    OFF = "off"


def _a_word(term: str) -> str:
    bare = term.removeprefix("=").removesuffix("*")
    if not any(char.isalnum() for char in bare) or not bare.isprintable():
        raise ValueError("a term has a letter or digit, and no control characters")
    if term.endswith("*") and (" " in bare or sum(char.isalnum() for char in bare) < 3):
        raise ValueError("a stem is one word of three letters or more")
    return term


Term = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_a_word)]
Terms = Annotated[tuple[Term, ...], Field(max_length=_MOST_TERMS)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
Line = Annotated[str, Field(min_length=1, max_length=300)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Category(_Part):
    """``terms`` are looked for, a ``=`` before one meaning this form only and a ``*`` behind it every word that begins
    so. With ``only_with`` they count where one of those is in the same text. What stands inside a ``harmless`` phrase
    does not count."""

    name: Name
    verdict: ListVerdict
    reason: Line
    terms: Annotated[Terms, Field(min_length=1)]
    only_with: Terms = ()
    harmless: Terms = ()


class PromptList(_Part):
    """``language`` (ISO 639-1) decides which word forms a term has; ``source`` says where the terms are from."""

    name: Name
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")]
    version: Annotated[str, Field(min_length=1, max_length=40)]
    source: Line
    category: Annotated[tuple[Category, ...], Field(min_length=1, max_length=50)]


@dataclass(frozen=True, slots=True)
class ListRules:
    """Which lists apply, by name (None: all there are), and verdicts that replace a category's own in each of them."""

    lists: tuple[str, ...] | None = None
    verdicts: Mapping[str, ListVerdict] | None = None


def parse_prompt_list(content: bytes, *, file: str) -> PromptList:
    """Raises `InvalidInput` with everything that is wrong in the file."""
    if len(content) > MOST_BYTES:
        raise InvalidInput("the list is too large", where=file, hint=f"at most {MOST_BYTES} bytes")
    try:
        table = tomllib.loads(content.decode("utf-8"))
        found = PromptList.model_validate(table)
    except ValidationError as error:
        problems = [_problem(file, dict(detail)) for detail in error.errors(include_url=False)[:50]]
        raise InvalidInput.of(problems, hint="docs/checks.md describes lists of terms") from error
    except (ValueError, RecursionError) as error:  # TOMLDecodeError and UnicodeDecodeError are both ValueErrors
        raise InvalidInput.of([Problem("bad_toml", str(error)[:300], file=file)]) from error
    names = [category.name for category in found.category]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InvalidInput.of([Problem("bad_list", f"categories are listed twice: {', '.join(twice)}", file=file)])
    return found


def in_force(lists: Sequence[PromptList], rules: ListRules) -> tuple[PromptList, ...]:
    """The lists and categories that apply, with the verdicts that apply. Raises `InvalidInput` for a list or category
    that the rules name and that is not there: a misspelt name would switch something off without a word."""
    known = {each.name for each in lists}
    if len(known) < len(lists):
        raise InvalidInput("two lists of terms have the same name", hint="the shipped ones are called colophon-...")
    chosen = [each for each in lists if rules.lists is None or each.name in rules.lists]
    verdicts = rules.verdicts or {}
    categories = {category.name for each in lists for category in each.category}
    problems = [
        *(_unknown("list", name, known) for name in rules.lists or () if name not in known),
        *(_unknown("category", name, categories) for name in verdicts if name not in categories),
    ]
    if problems:
        raise InvalidInput.of(problems, hint="correct the table [prompt] of the check profile")
    judged = (each.model_copy(update={"category": _judged(each.category, verdicts)}) for each in chosen)
    return tuple(each for each in judged if each.category)


def _judged(categories: Sequence[Category], verdicts: Mapping[str, ListVerdict]) -> tuple[Category, ...]:
    judged = (each.model_copy(update={"verdict": verdicts.get(each.name, each.verdict)}) for each in categories)
    return tuple(each for each in judged if each.verdict is not ListVerdict.OFF)


def _unknown(kind: str, name: str, known: set[str]) -> Problem:
    allowed = ", ".join(sorted(known))
    return Problem(f"unknown_{kind}", f"there is no {kind} of terms {name!r}", found=name, allowed=allowed)


def _problem(file: str, detail: dict[str, object]) -> Problem:
    place = detail["loc"]
    path = ".".join(map(str, place)) if isinstance(place, tuple) else ""
    return Problem("bad_list", str(detail["msg"]), file=file, path=path, found=repr(detail.get("input"))[:80])
