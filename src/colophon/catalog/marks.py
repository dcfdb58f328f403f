"""Filters as words of an index: each value of each filter is one made-up word that no text can hold."""

import hashlib
from collections.abc import Iterable, Mapping

from colophon.domain.purse import brand_purse
from colophon.domain.query import AssetQuery

EVERY = "every"  # the mark of all cards: what a search that only excludes words is narrowed from


def marks_of(values: Mapping[str, Iterable[object]]) -> str:
    """The marks of a card, by filter; a filter may have several values (two seeds), or none."""
    found = {_mark(name, value) for name, each in values.items() for value in each if value is not None}
    return " ".join([EVERY, *sorted(found)])


def asked(query: AssetQuery) -> list[tuple[str, ...]]:
    """The marks that a card needs to have: of each group one."""
    values = {
        "brand": query.brand,
        "campaign": query.campaign,
        "model": query.model,
        "route": query.route,
        "state": query.state,
        "verdict": query.verdict,
        "outcome": query.outcome,
        "seed": query.seed,
    }
    groups = [(_mark(name, value),) for name, value in values.items() if value is not None]
    several = (("state", query.states), ("brand", query.brands))
    return groups + [tuple(sorted({_mark(name, each) for each in some})) for name, some in several if some is not None]


def _mark(name: str, value: object) -> str:
    """A digest, since a value may be any text. Spellings of a brand that share its purse are one brand."""
    text = brand_purse(str(value)) if name == "brand" else str(value)
    return name + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
