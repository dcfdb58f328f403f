"""Money on record as plain data: sums by what a person asks for, caps with what is left of them, and the raw rows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from colophon.domain.brief import Brief
from colophon.domain.money import Money
from colophon.domain.purse import brand_purse
from colophon.domain.record import Campaign, Cap, LedgerEntry, LedgerTotal
from colophon.ports import Orders
from colophon.services.times import time_text

View = dict[str, Any]
By = Literal["campaign", "brand", "route", "model", "day"]

DEFAULT_BY: tuple[By, ...] = ("campaign", "route", "day")
_SUMS = ("reserved", "estimated", "reported", "settled")


@dataclass(frozen=True, slots=True)
class Narrowed:
    """``since`` and ``until`` are UTC days of reservation, both included. None: all."""

    campaign: str | None = None
    route: str | None = None
    since: date | None = None
    until: date | None = None


def ledger_view(narrowed: Narrowed, by: Sequence[By], *, orders: Orders) -> View:
    """Sums for each value of ``by``, and by currency over all. Amounts are apart by how sure they are: ``spent`` is
    estimated + reported + settled, ``reserved`` is still open, ``unknown`` counts charges whose amount nobody knows.
    Raises `NotFound` for a campaign that is not there."""
    keys = tuple(dict.fromkeys(by)) or DEFAULT_BY
    found = _totals(narrowed, keys, orders)
    return {
        "by": list(keys),
        "lines": _summed(found, lambda t: {key: _text(getattr(t, key)) for key in keys}),
        "totals": {line.pop("currency"): line for line in _summed(found, lambda _: {})},
    }


def entries_view(narrowed: Narrowed, *, orders: Orders) -> list[View]:
    """The rows as they were written, oldest first. Raises `NotFound` for a campaign that is not there."""
    if narrowed.campaign is not None:
        orders.campaign(narrowed.campaign)
    rows = orders.ledger(narrowed.campaign, route=narrowed.route, since=narrowed.since, until=narrowed.until)
    return [_entry(row) for row in rows]


def caps_view(campaign: str | None, limits: Sequence[Cap], *, orders: Orders, today: date) -> list[View]:
    """Every cap in force with what counts against it, whatever else was narrowed: the campaigns' own (of one campaign
    where one is named), their brands' own, and ``limits``, the settings' for the day and for each brand
    (``purse`` ``day`` or ``brand/NAME``)."""
    campaigns = [orders.campaign(campaign)] if campaign is not None else list(orders.campaigns())
    rows = []
    for record in campaigns:
        spending = orders.spending(record.slug)
        cap = Cap(f"campaign/{record.slug}", spending.cap, "budget.cap")
        rows.append(_cap(cap, spending.spent.micros, spending.reserved.micros))
    brands = {brand_purse(record.brand) for record in campaigns}
    shared = [c for c in limits if c.purse == "day" or brand_purse(c.purse.removeprefix("brand/")) in brands]
    shared += _brand_budgets(campaigns)
    days = orders.totals(since=today, until=today, by=("day",)) if any(c.purse == "day" for c in shared) else ()
    named = orders.totals(by=("brand",)) if any(c.purse != "day" for c in shared) else ()
    for cap in shared:
        counted = days if cap.purse == "day" else tuple(t for t in named if _same_brand(t, cap))
        rows.append(_shared(cap, counted, today))
    return rows


def _brand_budgets(campaigns: Iterable[Campaign]) -> list[Cap]:
    """Of each brand the budget that its campaign registered last names."""
    newest: dict[str, Campaign] = {}
    for record in campaigns:
        purse = brand_purse(record.brand)
        if purse not in newest or record.updated_at > newest[purse].updated_at:
            newest[purse] = record
    budgets = ((purse, Brief.model_validate_json(r.brief).brand.buying.budget) for purse, r in newest.items())
    return [Cap(purse, budget.money, "brand.buying.budget") for purse, budget in budgets if budget]


def _same_brand(total: LedgerTotal, cap: Cap) -> bool:
    return brand_purse(total.brand or "") == brand_purse(cap.purse.removeprefix("brand/"))


def _shared(cap: Cap, totals: Sequence[LedgerTotal], today: date) -> View:
    counted = [t for t in totals if t.currency == cap.limit.currency]
    spent = sum(t.estimated.micros + t.reported.micros + t.settled.micros for t in counted)
    purse = f"day/{today.isoformat()}" if cap.purse == "day" else cap.purse
    return _cap(Cap(purse, cap.limit, cap.where), spent, sum(t.reserved.micros for t in counted))


def _cap(cap: Cap, spent: int, reserved: int) -> View:
    currency = cap.limit.currency
    return {
        "purse": cap.purse,
        "spent": str(Money(spent, currency)),
        "reserved": str(Money(reserved, currency)),
        "cap": str(cap.limit),
        "left": str(Money(max(0, cap.limit.micros - spent - reserved), currency)),
        "currency": currency,
        "where": cap.where,
    }


def _totals(narrowed: Narrowed, by: Sequence[By], orders: Orders) -> Sequence[LedgerTotal]:
    if narrowed.campaign is not None:
        orders.campaign(narrowed.campaign)
    return orders.totals(narrowed.campaign, route=narrowed.route, since=narrowed.since, until=narrowed.until, by=by)


def _summed(totals: Iterable[LedgerTotal], keys_of: Callable[[LedgerTotal], View]) -> list[View]:
    groups: dict[tuple[object, ...], list[LedgerTotal]] = {}
    for each in totals:
        groups.setdefault((*keys_of(each).values(), each.currency), []).append(each)
    return [_line(keys_of(group[0]), group) for _, group in sorted(groups.items(), key=lambda item: _sortable(item[0]))]


def _line(keys: View, group: Sequence[LedgerTotal]) -> View:
    currency = group[0].currency
    sums = {name: sum(getattr(t, name).micros for t in group) for name in _SUMS}
    spent = sums["estimated"] + sums["reported"] + sums["settled"]
    return {
        **keys,
        "spent": str(Money(spent, currency)),
        **{name: str(Money(micros, currency)) for name, micros in sums.items()},
        "unknown": sum(t.unknown for t in group),
        "charges": sum(t.charges for t in group),
        "currency": currency,
    }


def _sortable(key: tuple[object, ...]) -> tuple[str, ...]:
    return tuple("" if part is None else str(part) for part in key)


def _text(value: object) -> str | None:
    return value.isoformat() if isinstance(value, date) else None if value is None else str(value)


def _entry(row: LedgerEntry) -> View:
    return {
        "id": row.id,
        "at": time_text(row.at),
        "day": row.day.isoformat(),
        "campaign": row.campaign,
        "brand": row.brand,
        "kind": row.kind,
        "amount": str(row.amount),
        "currency": row.amount.currency,
        "basis": row.basis.value,
        "route": row.route,
        "model": row.model,
        "generation": row.generation,
        "attempt": row.attempt,
        "request_id": row.request_id,
    }
