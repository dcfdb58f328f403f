"""The visible AI label: which rule asks for it, where, and in which words."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from colophon.errors import InvalidInput, Problem


class LabelRule(BaseModel):
    """A law or code that asks for the label in ``markets`` from the day ``since`` on; ``channels`` empty: in all of
    them. ``needs`` says of what pictures; ``share`` is the least height of its letters as a share of the picture's
    shorter side."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200)]
    since: date
    markets: tuple[str, ...]
    needs: Literal["always", "synthetic_person"]
    channels: tuple[str, ...] = ()
    share: Annotated[float, Field(ge=0, le=0.2)] = 0.0
    note: str = ""
    source: str

    def __str__(self) -> str:
        return f"{self.name} may require a visible label"

    def asks(self, markets: Sequence[str], placement: str, on: date) -> bool:
        """Whether it is in force on a day in one of these markets, where case does not count, for what is shown at a
        placement (``channel/name``)."""
        if on < self.since or (self.channels and placement.partition("/")[0] not in self.channels):
            return False
        return not {market.strip().upper() for market in markets}.isdisjoint(self.markets)


def rules_on_people(
    rules: Sequence[LabelRule], markets: Sequence[str], placements: Iterable[str], on: date
) -> tuple[LabelRule, ...]:
    """Those that ask on a day, in any of these markets, of what any of these placements shows, where a person is seen.
    A brief that names no market gets none."""
    places = tuple(placements)
    asking = (rule for rule in rules if rule.needs == "synthetic_person")
    return tuple(rule for rule in asking if any(rule.asks(markets, place, on) for place in places))


class LabelTable(BaseModel):
    """Rules, and the label's words by language, the full ones first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: tuple[LabelRule, ...]
    words: Mapping[str, Annotated[tuple[str, ...], Field(min_length=1, max_length=4)]]

    def words_in(self, language: str) -> tuple[str, ...]:
        """In this language, else in English."""
        return self.words.get(language.partition("-")[0]) or self.words["en"]


class Label(BaseModel):
    """A label to lay on: ``words`` as in `LabelTable`, letters of at least ``share`` of the shorter side.
    ``only_people``: no rule asks for it where the picture shows no person. ``why`` are the rules that ask."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: tuple[str, ...]
    share: float = 0.0
    only_people: bool = False
    why: tuple[str, ...] = ()

    def wanted(self, synthetic_person: bool | None) -> bool:
        """Whether it is laid on a picture; None: nobody knows whether a person is seen, which counts as seen."""
        return not self.only_people or synthetic_person is not False


def label_for(
    markets: Sequence[str], placement: str, *, asked: bool, language: str, table: LabelTable, on: date
) -> Label | None:
    """The label of one placement in these markets on a day. ``asked``: the brief asks for it whatever the rules
    say."""
    rules = [rule for rule in table.rules if rule.asks(markets, placement, on)]
    if not rules and not asked:
        return None
    return Label(
        words=table.words_in(language),
        share=max((rule.share for rule in rules), default=0.0),
        only_people=not asked and all(rule.needs == "synthetic_person" for rule in rules),
        why=(*(("the brief",) if asked else ()), *(rule.name for rule in rules)),
    )


def parse_labels(text: str, *, file: str = "labels.toml") -> LabelTable:
    """Raises `InvalidInput` with every problem."""
    try:
        table = LabelTable.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput.of([Problem("bad_toml", str(error), file=file)]) from error
    except ValidationError as error:
        problems = [
            Problem("bad_label_rule", detail["msg"], file=file, path=".".join(map(str, detail["loc"])))
            for detail in error.errors(include_url=False)
        ]
        raise InvalidInput.of(problems) from error
    if "en" not in table.words:
        raise InvalidInput.of([Problem("no_default", "the label has no English words", file=file, path="words")])
    return table
