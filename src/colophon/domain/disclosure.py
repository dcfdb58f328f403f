"""Rules of markets that may require a visible label on generated pictures: data, an engineer's reading, no legal
advice."""

import tomllib
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class DisclosureRule(BaseModel):
    """``markets`` are ISO 3166 codes as briefs name them, and ``EU``; ``shows`` is what a picture must show for the
    rule to speak of it; ``says`` completes "this rule may ..."; ``sources`` are where it was read, on the day
    ``read``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    markets: Annotated[tuple[str, ...], Field(min_length=1, max_length=100)]
    shows: Literal["synthetic_person"]
    since: date
    says: Annotated[str, Field(min_length=1, max_length=300)]
    sources: Annotated[tuple[str, ...], Field(min_length=1, max_length=10)]
    read: date

    def __str__(self) -> str:
        return f"{self.name} may {self.says}"


def parse_disclosures(text: str) -> tuple[DisclosureRule, ...]:
    return tuple(DisclosureRule.model_validate(rule) for rule in tomllib.loads(text)["rule"])


def rules_of(rules: Sequence[DisclosureRule], markets: Sequence[str], on: date) -> tuple[DisclosureRule, ...]:
    """Those in force on a day in any of these markets; case does not count. A brief that names no market gets none."""
    wanted = {market.strip().upper() for market in markets}
    return tuple(rule for rule in rules if rule.since <= on and wanted.intersection(rule.markets))


def label_asked(
    rules: Sequence[DisclosureRule], markets: Sequence[str], on: date, *, synthetic_person: bool | None
) -> tuple[DisclosureRule, ...]:
    """The rules that may ask for a label on a picture; where it is not known whether it shows a person that a model
    made, those that ask if it does."""
    return () if synthetic_person is False else rules_of(rules, markets, on)
