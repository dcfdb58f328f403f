"""Search for assets: what people write as a query, and counts as plain data."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, TypeVar

from colophon.domain.asset import AssetState
from colophon.domain.finding import Outcome
from colophon.domain.money import Money
from colophon.domain.provenance import ProvenanceState
from colophon.domain.query import TROUBLED, AssetQuery, parse_text
from colophon.errors import InvalidInput
from colophon.ports import Search

View = dict[str, Any]
Kind = TypeVar("Kind", bound=StrEnum)
_VERDICTS = (*(state.value for state in ProvenanceState), TROUBLED)


@dataclass(frozen=True, slots=True)
class Wanted:
    """As people write it; ``since`` and ``until`` are UTC days, both included. None asks for nothing."""

    text: str | None = None
    brand: str | None = None
    campaign: str | None = None
    model: str | None = None
    route: str | None = None
    seed: int | None = None
    state: str | None = None
    verdict: str | None = None
    outcome: str | None = None
    cost_min: str | None = None
    cost_max: str | None = None
    since: date | None = None
    until: date | None = None


def asset_query(wanted: Wanted) -> AssetQuery:
    """Raises `InvalidInput` for a value that no asset can have."""
    least, most = _micros(wanted.cost_min, "cost_min"), _micros(wanted.cost_max, "cost_max")
    if least is not None and most is not None and least > most:
        raise InvalidInput(f"{wanted.cost_min} is more than {wanted.cost_max}", where="cost_min")
    if wanted.verdict is not None and wanted.verdict not in _VERDICTS:
        raise _unknown(wanted.verdict, "verdict", _VERDICTS)
    return AssetQuery(
        text=None if wanted.text is None else parse_text(wanted.text),
        brand=wanted.brand,
        campaign=wanted.campaign,
        model=wanted.model,
        route=wanted.route,
        state=_one_of(AssetState, wanted.state, "state"),
        verdict=wanted.verdict,
        outcome=_one_of(Outcome, wanted.outcome, "outcome"),
        seed=wanted.seed,
        cost_min=least,
        cost_max=most,
        since=None if wanted.since is None else _midnight(wanted.since),
        until=None if wanted.until is None or wanted.until == date.max else _midnight(wanted.until + timedelta(days=1)),
    )


def facets_view(query: AssetQuery, *, search: Search) -> View:
    """``more``: other assets match too; only the newest ``counted`` of them were counted."""
    found = search.facets(query)
    return {
        "counted": found.counted,
        "more": found.more,
        "facets": {name: dict(counts) for name, counts in found.by.items()},
    }


def _one_of(kind: type[Kind], word: str | None, where: str) -> Kind | None:
    try:
        return None if word is None else kind(word)
    except ValueError:
        raise _unknown(word or "", where, [each.value for each in kind]) from None


def _unknown(word: str, where: str, known: Any) -> InvalidInput:
    return InvalidInput(f"no asset has {where} {ascii(word)[:60]}", where=where, hint=f"one of {', '.join(known)}")


def _micros(amount: str | None, where: str) -> int | None:
    try:
        return None if amount is None else Money.of(amount).micros
    except ValueError:
        raise InvalidInput(f"not an amount: {ascii(amount)[:60]}", where=where, hint="write it as 0.05") from None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
