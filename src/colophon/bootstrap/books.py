"""Money and market of this installation as plain data: what the command line and the API both show."""

from collections.abc import Mapping
from typing import Any

from colophon.bootstrap.purchasing import measured
from colophon.bootstrap.runtime import Runtime
from colophon.domain.money import Money
from colophon.domain.purse import brand_purse
from colophon.domain.record import Cap
from colophon.domain.speed import Speed
from colophon.errors import NotFound
from colophon.services.show_routes import routes_view


def route_rows(rt: Runtime, model: str | None = None) -> list[dict[str, Any]]:
    """Every route, or those that sell ``model``. Raises `InvalidInput` for a model that no route sells."""
    market = rt.market
    return routes_view(
        market.routes, market.prices, _speeds(rt), lambda r: r.name in market.keyed, rt.today, model=model
    )


def vendor_names(rt: Runtime) -> Mapping[str, frozenset[str]]:
    """The names an invoice may give each route by."""
    return {
        r.name: frozenset(name.casefold() for name in (r.name, r.adapter, r.provider))
        for r in rt.market.routes.values()
    }


def limits(rt: Runtime) -> list[Cap]:
    """The settings' caps: one for the day, and one for each brand on record."""
    caps = rt.settings.caps
    found = []
    if caps.day is not None:
        found.append(Cap("day", Money.of(caps.day, caps.currency), "COLOPHON_CAPS__DAY"))
    if caps.brand is not None:
        purses = sorted({brand_purse(record.brand) for record in rt.catalog.orders.campaigns()})
        limit = Money.of(caps.brand, caps.currency)
        found += [Cap(purse, limit, "COLOPHON_CAPS__BRAND") for purse in purses]
    return found


def _speeds(rt: Runtime) -> Mapping[tuple[str, str], Speed]:
    """Nothing is measured where there is no home yet."""
    try:
        return measured(rt)
    except NotFound:
        return {}
