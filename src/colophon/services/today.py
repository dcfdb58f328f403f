"""What waits for somebody, by what they may do: a few of each kind and how many there are, never all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from colophon.domain.board import Brands, CampaignFilter, CampaignLine, CampaignState
from colophon.domain.money import Money
from colophon.domain.purse import brand_purse
from colophon.domain.record import Cap, LedgerTotal
from colophon.domain.withdrawal import Withdrawal
from colophon.errors import NotFound
from colophon.ports import Catalog
from colophon.services.rights_windows import Ending, RightsWindows

SHOWN = 8
PICTURES = 12
MOST_COUNTED = 1000
SOON = timedelta(days=30)
_LOOKED_AT = 200  # of the newest campaigns: which are unfinished
_MOST_PUBLIC = 1000

View = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Spent:
    """What one brand, or None all of them, spent in a span of time, in one currency, and the cap of it if there is
    one. ``estimated`` is how much of it is no vendor's word."""

    brand: str | None
    spent: Money
    estimated: Money
    reserved: Money
    cap: Money | None = None


def pictures_view(brands: Brands, *, catalog: Catalog) -> View:
    """The oldest that wait. ``count`` from `MOST_COUNTED` on means: that many, or more."""
    assets, count = catalog.boards.waiting(brands, limit=PICTURES, most=MOST_COUNTED)
    return {"assets": assets, "count": count, "more": count >= MOST_COUNTED}


def campaigns_to_finish(brands: Brands, *, catalog: Catalog) -> list[CampaignLine]:
    """Of the newest campaigns those that are unfinished or in which something went wrong."""
    left = frozenset({CampaignState.UNFINISHED, CampaignState.INCOMPLETE})
    return list(catalog.boards.campaigns(CampaignFilter(brands, states=left, newest=_LOOKED_AT), limit=SHOWN))


def endings(brands: Brands, now: datetime, *, catalog: Catalog, windows: RightsWindows) -> list[Ending]:
    """Rights that end soon, or have ended, of what is public."""
    public = catalog.boards.public(brands, limit=_MOST_PUBLIC)
    return windows.endings(public, now, within=SOON)[:SHOWN]


def overdue(brands: Brands, now: datetime, *, catalog: Catalog) -> list[Withdrawal]:
    """What was taken back and should be gone by now, longest overdue first."""
    late = [each for each in catalog.withdrawals.unfinished() if each.overdue(now)]
    known: dict[str, bool] = {}
    own = (each for each in sorted(late, key=lambda each: each.due_at) if _sees(each.campaign, brands, known, catalog))
    return list(islice(own, SHOWN))


def _sees(campaign: str, brands: Brands, known: dict[str, bool], catalog: Catalog) -> bool:
    if brands is None:
        return True
    if campaign not in known:
        try:
            known[campaign] = catalog.belonging.of_campaign(campaign) in brands
        except NotFound:
            known[campaign] = False
    return known[campaign]


def spent_this_month(brands: Brands, now: datetime, *, catalog: Catalog) -> list[Spent]:
    """By brand and currency, most first."""
    today = now.date()
    totals = catalog.orders.totals(since=today.replace(day=1), until=today, by=("brand",))
    rows = [_spent(each, each.brand) for each in totals if brands is None or each.brand in brands]
    return sorted(rows, key=lambda each: each.spent.micros, reverse=True)[:SHOWN]


def against_caps(
    brands: Brands, caps: Sequence[Cap], names: Sequence[str], now: datetime, *, catalog: Catalog
) -> list[Spent]:
    """Spending against the settings' caps: of the day, told only to who may see every brand, and of each of these
    brands in total."""
    rows: list[Spent] = []
    for cap in caps:
        currency = cap.limit.currency
        if cap.purse == "day" and brands is None:
            purse = f"day/{now.date().isoformat()}/{currency}"
            rows.append(_against(None, purse, cap, catalog))
        elif cap.purse.startswith("brand"):
            rows += [_against(name, f"{brand_purse(name)}/{currency}", cap, catalog) for name in names]
    return rows[:SHOWN]


def _against(brand: str | None, purse: str, cap: Cap, catalog: Catalog) -> Spent:
    spent, reserved = catalog.boards.purses([purse]).get(purse, (0, 0))
    currency = cap.limit.currency
    return Spent(brand, Money(spent, currency), Money(0, currency), Money(reserved, currency), cap.limit)


def _spent(total: LedgerTotal, brand: str | None) -> Spent:
    return Spent(brand, total.estimated + total.reported + total.settled, total.estimated, total.reserved)
