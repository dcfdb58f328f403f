"""``/api/v1/ledger`` and ``/api/v1/routes``: money on record, invoices against it, and what is bought where."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from colophon.bootstrap.books import compared, credit_price, limits, route_rows
from colophon.bootstrap.spending import people_view
from colophon.errors import InvalidInput
from colophon.services import resolve
from colophon.services.show_ledger import Narrowed, caps_view, entry_view, ledger_view
from colophon.web.api.once import once
from colophon.web.api.reading import PROBLEMS, Cursor, Day, Limit, View, Word, as_file, paged
from colophon.web.bodies import read_body
from colophon.web.house import House, visitor
from colophon.web.lately import Lately

Slug = Annotated[str, Path(max_length=64)]
_MOST_CAPS = 200
_MEASURED_EVERY = 60.0  # seconds: how fast routes are is worked out from thousands of attempts
MAX_INVOICE = 2 * 1024 * 1024


class Outcome(BaseModel):
    """What somebody found out about an order whose outcome was unknown. ``bought`` false: the vendor did not take it;
    true: it was charged ``amount`` (None: what was reserved) and no picture will come."""

    model_config = ConfigDict(extra="forbid")

    bought: bool
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    amount: Annotated[str | None, Field(max_length=40)] = None


def money_router(house: House) -> APIRouter:
    router = APIRouter(route_class=once(house), tags=["money"], responses=PROBLEMS)
    rt = house.rt
    orders = rt.catalog.orders
    known = Lately(lambda: route_rows(rt), _MEASURED_EVERY)

    @router.get("/api/v1/ledger")
    def ledger(
        by: Annotated[list[Literal["campaign", "brand", "route", "model", "day"]] | None, Query(max_length=5)] = None,
        campaign: Word = None,
        route: Word = None,
        since: Day = None,
        until: Day = None,
    ) -> View:
        """Sums by what is asked for, apart by how sure they are: estimated, reported, settled, and what is reserved;
        and the caps: of the newest 200 campaigns, of brands and of the day."""
        return ledger_view(Narrowed(campaign, route, since, until), tuple(by or ()), orders=orders) | {
            "caps": caps_view(campaign, limits(rt), catalog=rt.catalog, today=rt.today, most=_MOST_CAPS)
        }

    @router.get("/api/v1/campaigns/{campaign}/ledger")
    def entries(campaign: Slug, newest: bool = False, limit: Limit = 200, cursor: Cursor = None) -> View:
        """The rows of one campaign as they were written, oldest first, or with ``newest`` the other way round."""
        rows = [entry_view(row) for row in orders.ledger_page(campaign, limit=limit, after=cursor, newest=newest)]
        return paged("entries", rows, limit, lambda last: last["id"])

    @router.get("/api/v1/campaigns/{campaign}/costs")
    def costs(campaign: Slug) -> View:
        """Sums of one campaign by route and model, apart by how sure they are, and by currency over all."""
        return ledger_view(Narrowed(campaign), ("route", "model"), orders=orders)

    @router.get("/api/v1/ledger/people")
    def people() -> View:
        """What everybody with an account spent this month (UTC), and their limits."""
        return {"people": people_view(rt)}

    @router.get("/api/v1/ledger/unknown")
    def unknown() -> View:
        """Orders whose outcome nobody knows yet, and what to do about each."""
        return {"unknown": resolve.unknown_view(None, orders=orders, clock=rt.clock)}

    @router.post("/api/v1/generations/{generation}/outcome")
    def outcome(generation: Annotated[str, Path(max_length=120)], found: Outcome, request: Request) -> View:
        """Say what became of an order whose outcome was unknown; the vendor's own word is better where it has one."""
        word = resolve.Word.of(visitor(request).name, found.reason)
        if found.bought:
            done = resolve.lost(generation, word, amount=found.amount, orders=orders, clock=rt.clock)
        elif found.amount is not None:
            raise InvalidInput("what was not bought costs nothing", where="amount")
        else:
            done = resolve.not_bought(generation, word, orders=orders, clock=rt.clock)
        return {"id": generation, "state": done.state.value}

    @router.post("/api/v1/ledger/reconcile")
    async def reconcile(
        request: Request, route: Annotated[list[str] | None, Query(max_length=50)] = None, since: Day = None,
        until: Day = None, credit: Word = None, settle: bool = False,
    ) -> View:  # fmt: skip
        """Compare a vendor's invoice, CSV as the body, with the ledger; with ``settle`` book its amounts as final."""
        content, by = await read_body(request, limit=MAX_INVOICE), visitor(request).name

        def compare() -> View:
            with as_file(content, "invoice.csv") as path:
                return compared(
                    path,
                    "invoice.csv",
                    rt,
                    routes=tuple(route or ()),
                    since=since,
                    until=until,
                    credit=credit_price(credit, "credit"),
                    settle=settle,
                    by=by,
                )

        return await run_in_threadpool(compare)

    @router.get("/api/v1/routes")
    def routes() -> View:
        """What can be bought where, at what price, how fast it was lately."""
        return {"routes": known.value()}

    return router
