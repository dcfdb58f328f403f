"""*Money*: what was spent, by whom and where, how sure that is, and what an invoice says about it."""

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from colophon.bootstrap.books import compared, credit_price, limits, route_rows
from colophon.bootstrap.spending import people_view
from colophon.domain.account import Role
from colophon.errors import InvalidInput
from colophon.services import resolve
from colophon.services.halt import active, halt, lift
from colophon.services.show_halts import halt_view
from colophon.services.show_ledger import Narrowed, caps_view, ledger_view
from colophon.web.api.reading import as_file
from colophon.web.chart import bars
from colophon.web.forms import read_form
from colophon.web.house import House, visitor
from colophon.web.lately import Lately

Grouped = Literal["campaign", "brand", "route", "model", "day"]
_SHOWN = timedelta(days=30)
_MOST_LINES = 100
_MOST_CAPS = 50
_MEASURED_EVERY = 60.0  # seconds: how fast routes are is worked out from thousands of attempts


def money_router(house: House) -> APIRouter:
    router = APIRouter()
    rt = house.rt
    orders = rt.catalog.orders
    routes = Lately(lambda: route_rows(rt), _MEASURED_EVERY)
    halting: dict[str, Any] = {"halts": rt.catalog.halts, "orders": orders, "clock": rt.clock}

    def _caps() -> list[dict[str, Any]]:
        return caps_view(None, limits(rt), catalog=rt.catalog, today=rt.today, most=_MOST_CAPS)

    @router.get("/money")
    def money(
        request: Request,
        by: Grouped = "campaign",
        since: Annotated[date | None, Query()] = None,
        until: Annotated[date | None, Query()] = None,
    ) -> Response:
        first, last = since or rt.today - _SHOWN, until or rt.today
        narrowed = Narrowed(since=first, until=last)
        view = ledger_view(narrowed, (by,), orders=orders)
        days = ledger_view(narrowed, ("day",), orders=orders)["lines"]
        return house.pages.render(
            request,
            "money.html",
            may_stop=visitor(request).may(Role.ADMIN),
            by=by,
            since=first,
            until=last,
            lines=sorted(view["lines"], key=_spent, reverse=True)[:_MOST_LINES],
            more=max(0, len(view["lines"]) - _MOST_LINES),
            totals=view["totals"],
            charts={currency: bars(_by_day(days, currency), first, last) for currency in view["totals"]},
            caps=[row for row in _caps() if float(row["spent"])],
            people=[row for row in people_view(rt) if row["limit"] or row["spent"] != "0.00"],
            unknown=resolve.unknown_view(None, orders=orders, clock=rt.clock),
            routes=routes.value(),
            halts=[halt_view(each) for each in active(halts=rt.catalog.halts)],
        )

    @router.post("/money/stop")
    async def stop(request: Request) -> Response:
        """The one switch: nothing is ordered any more, for any campaign."""
        form, who = await read_form(request), visitor(request)
        await run_in_threadpool(halt, None, by=who.name, reason=form.text("reason"), **halting)
        return RedirectResponse("/money", 303)

    @router.post("/money/resume")
    def resume(request: Request) -> Response:
        lift(None, by=visitor(request).name, **halting)
        return RedirectResponse("/money", 303)

    @router.post("/money/reconcile")
    async def reconcile(request: Request) -> Response:
        """An invoice held against the ledger; with ``settle`` its amounts are booked as final."""
        form, who = await read_form(request), visitor(request)
        name, content = await form.file("invoice")
        settle, credit = form.has("settle"), form.text("credit") or None

        def compare() -> dict[str, Any]:
            with as_file(content, "invoice.csv") as path:
                return compared(path, name[:200], rt, credit=credit_price(credit, "credit"), settle=settle, by=who.name)

        view = await run_in_threadpool(compare)
        return house.pages.render(request, "money_invoice.html", invoice=view, settle=settle)

    @router.post("/money/outcomes/{generation}")
    async def outcome(request: Request, generation: str) -> Response:
        """What somebody found out about an order whose outcome was unknown."""
        form = await read_form(request)
        word = resolve.Word.of(visitor(request).name, form.text("reason"))
        match form.text("outcome"):
            case "not_bought":
                await run_in_threadpool(resolve.not_bought, generation, word, orders=orders, clock=rt.clock)
            case "lost":
                amount = form.text("amount") or None
                await run_in_threadpool(resolve.lost, generation, word, amount=amount, orders=orders, clock=rt.clock)
            case other:
                raise InvalidInput(f"no outcome is called {other[:40]!r}", where="outcome")
        return RedirectResponse("/money", 303)

    return router


def _spent(line: dict[str, Any]) -> float:
    """For the order of lines only; amounts are shown as they are on record."""
    return float(line["spent"])


def _by_day(lines: list[dict[str, Any]], currency: str) -> dict[date, tuple[float, float]]:
    """What is settled or reported, and what is estimated, of each day."""
    return {
        date.fromisoformat(line["day"]): (float(line["settled"]) + float(line["reported"]), float(line["estimated"]))
        for line in lines
        if line["currency"] == currency and line["day"]
    }
