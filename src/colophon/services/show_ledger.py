"""Money on record as plain data: sums by what a person asks for, caps with what is left of them, and the raw rows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from colophon.domain.board import CampaignFilter, CampaignLine, NewestOfBrand
from colophon.domain.brief import Brief
from colophon.domain.money import Money
from colophon.domain.purse import brand_purse
from colophon.domain.record import Cap, LedgerEntry, LedgerTotal, Spending
from colophon.ports import Catalog, Orders
from colophon.ports.boards import Boards
from colophon.services.times import time_text

View = dict[str, Any]
By = Literal["campaign", "brand", "route", "model", "day"]

DEFAULT_BY: tuple[By, ...] = ("campaign", "route", "day")
_PART = 500
_MOST_BRANDS = 500
_REMEMBERED = 5_000
_BUDGETS: dict[str, Money | None] = {}  # by revision
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
    return [entry_view(row) for row in rows]


def caps_view(
    campaign: str | None, limits: Sequence[Cap], *, catalog: Catalog, today: date, most: int | None = None
) -> list[View]:
    """Every cap in force with what counts against it, whatever else was narrowed: the campaigns' own (of one campaign
    where one is named, else of the ``most`` newest), their brands' own, and ``limits``, the settings' for the day and
    for each brand (``purse`` ``day`` or ``brand/NAME``). What counts is read from the purses that every reservation is
    held against."""
    if campaign is not None:
        record = catalog.orders.campaign(campaign)
        spending = catalog.orders.spending(campaign)
        own = [_campaign_cap(campaign, spending)]
        named: Sequence[NewestOfBrand] = [NewestOfBrand(record.brand, record.slug, record.revision, record.updated_at)]
    else:
        own = [_campaign_cap(line.slug, line.spending) for line in _lines(catalog, most)]
        named = catalog.boards.newest_of_brands(None, limit=_MOST_BRANDS)
    brands = {brand_purse(record.brand) for record in named}
    shared = [c for c in limits if c.purse == "day" or brand_purse(c.purse.removeprefix("brand/")) in brands]
    shared += _brand_budgets(named, catalog.boards)
    purses = {cap: _purse(cap, today) for cap in shared}
    counted = catalog.boards.purses([f"{purse}/{cap.limit.currency}" for cap, purse in purses.items()])
    for cap, purse in purses.items():
        spent, reserved = counted.get(f"{purse}/{cap.limit.currency}", (0, 0))
        own.append(_cap(Cap(purse if cap.purse == "day" else cap.purse, cap.limit, cap.where), spent, reserved))
    return own


def _lines(catalog: Catalog, most: int | None) -> list[CampaignLine]:
    """The newest campaigns, in the order in which they were made."""
    lines: list[CampaignLine] = []
    while most is None or len(lines) < most:
        part = _PART if most is None else min(_PART, most - len(lines))
        page = catalog.boards.campaigns(CampaignFilter(), limit=part, after=lines[-1].slug if lines else None)
        lines += page
        if len(page) < part:
            break
    return lines[::-1]


def _campaign_cap(slug: str, spending: Spending) -> View:
    return _cap(Cap(f"campaign/{slug}", spending.cap, "budget.cap"), spending.spent.micros, spending.reserved.micros)


def _brand_budgets(campaigns: Iterable[NewestOfBrand], boards: Boards) -> list[Cap]:
    """Of each brand, however it is spelled, the budget that its campaign registered last names."""
    newest: dict[str, NewestOfBrand] = {}
    for each in campaigns:
        purse = brand_purse(each.brand)
        if purse not in newest or each.updated_at > newest[purse].updated_at:
            newest[purse] = each
    known = _budgets(list(newest.values()), boards)
    budgets = ((purse, known[each.revision]) for purse, each in newest.items())
    return [Cap(purse, budget, "brand.buying.budget") for purse, budget in budgets if budget]


def _budgets(campaigns: Sequence[NewestOfBrand], boards: Boards) -> dict[str, Money | None]:
    """By revision. Remembered, since a revision never says anything else: its brief is not read again for one line."""
    found = {each.revision: _BUDGETS[each.revision] for each in campaigns if each.revision in _BUDGETS}
    for revision, brief in boards.briefs([each for each in campaigns if each.revision not in found]).items():
        budget = Brief.model_validate_json(brief).brand.buying.budget
        found[revision] = budget.money if budget else None
    if len(_BUDGETS) > _REMEMBERED:
        _BUDGETS.clear()
    _BUDGETS.update(found)
    return found


def _purse(cap: Cap, today: date) -> str:
    return f"day/{today.isoformat()}" if cap.purse == "day" else brand_purse(cap.purse.removeprefix("brand/"))


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


def entry_view(row: LedgerEntry) -> View:
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
