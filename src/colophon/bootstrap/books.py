"""Money and market of this installation as plain data: what the command line and the API both show."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from colophon.bootstrap.purchasing import measured
from colophon.bootstrap.runtime import Runtime
from colophon.domain.money import Money
from colophon.domain.purse import brand_purse
from colophon.domain.record import Cap
from colophon.domain.speed import Speed
from colophon.errors import InvalidInput, NotFound
from colophon.services import reconcile as books
from colophon.services.invoice_file import read_invoice_file
from colophon.services.show_reconciliation import reconciliation_view
from colophon.services.show_routes import routes_view

_MOST_BRANDS = 500


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


def compared(
    invoice: Path,
    name: str,
    rt: Runtime,
    *,
    routes: tuple[str, ...] = (),
    since: date | None = None,
    until: date | None = None,
    credit: Decimal | None = None,
    settle: bool = False,
    by: str | None = None,
) -> dict[str, Any]:
    """An invoice held against the ledger; with ``settle`` its amounts are booked for orders that both sides have.
    ``name`` stands for the file. Raises `InvalidInput` naming every bad line."""
    orders = rt.catalog.orders
    lines = read_invoice_file(invoice, name=name, credit=credit)
    result = books.reconcile(lines, books.Asked(routes, since, until), orders=orders, names=vendor_names(rt))
    note = f"invoice {name}" + (f", sent by {by}" if by else "")
    settled = books.settle(result, note=note, orders=orders, clock=rt.clock) if settle else []
    return reconciliation_view(result, name, settled)


def credit_price(text: str | None, where: str) -> Decimal | None:
    """What one credit costs, as somebody wrote it. Raises `InvalidInput`."""
    try:
        price = None if text is None else Decimal(text)
    except InvalidOperation:
        price = Decimal("NaN")
    if price is not None and not (price.is_finite() and 0 < price <= 1_000_000):
        raise InvalidInput(f"not the price of a credit: {ascii(text)[:60]}", where=where, hint="write it as 0.01")
    return price


def limits(rt: Runtime) -> list[Cap]:
    """The settings' caps: one for the day, and one for each brand on record."""
    caps = rt.settings.caps
    found = []
    if caps.day is not None:
        found.append(Cap("day", Money.of(caps.day, caps.currency), "COLOPHON_CAPS__DAY"))
    if caps.brand is not None:
        purses = sorted({brand_purse(name) for name in rt.catalog.boards.brands(None, limit=_MOST_BRANDS)})
        limit = Money.of(caps.brand, caps.currency)
        found += [Cap(purse, limit, "COLOPHON_CAPS__BRAND") for purse in purses]
    return found


def _speeds(rt: Runtime) -> Mapping[tuple[str, str], Speed]:
    """Nothing is measured where there is no home yet."""
    try:
        return measured(rt)
    except NotFound:
        return {}
