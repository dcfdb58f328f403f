"""Commands about money: ledger with reconcile, unknown and resolve; routes with prices and measurements."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from colophon.cli.money_options import days, sums_by
from colophon.cli.money_text import (
    entries_text,
    ledger_text,
    next_step,
    reconciliation_text,
    routes_text,
    unknown_text,
)
from colophon.cli.output import ANSWER_IS_NO, Json, View, errors_shown, show
from colophon.errors import InvalidInput

if TYPE_CHECKING:
    pass

Campaign = Annotated[str | None, typer.Option(metavar="CAMPAIGN", help="Of this campaign only.")]
Since = Annotated[str | None, typer.Option(metavar="DAY", help="From this UTC day on, as 2026-11-21.")]
Until = Annotated[str | None, typer.Option(metavar="DAY", help="Up to and with this UTC day.")]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(invoke_without_command=True)
    group.callback()(ledger)
    group.command()(reconcile)
    group.command()(unknown)
    group.command()(resolve)
    app.add_typer(group, name="ledger")
    app.command()(routes)


def ledger(
    context: typer.Context,
    campaign: Campaign = None,
    route: Annotated[str | None, typer.Option(metavar="ROUTE", help="Of this route only.")] = None,
    since: Since = None,
    until: Until = None,
    by: Annotated[
        list[str] | None,
        typer.Option(help="Sum by campaign, brand, route, model, day; repeatable. Default: campaign, route and day."),
    ] = None,
    entries: Annotated[bool, typer.Option("--entries", help="The rows as they were written, without sums.")] = False,
    json: Json = False,
) -> None:
    """Money per campaign, route and day: reserved, estimated, reported and settled apart, and what caps leave.

    Days are those of the reservation, in UTC. The commands below compare with an invoice and settle unknown orders."""
    given = any((campaign, route, since, until, by, entries, json))
    if context.invoked_subcommand is not None and not given:
        return
    with errors_shown(json):
        if context.invoked_subcommand is not None:
            name = context.invoked_subcommand
            raise InvalidInput(f"options stand after {name!r}", where="colophon ledger", hint=f"ledger {name} --help")
        from colophon.bootstrap import runtime
        from colophon.bootstrap.books import limits
        from colophon.services.show_ledger import Narrowed, caps_view, entries_view, ledger_view

        first, last = days(since, until)
        narrowed = Narrowed(campaign, route, first, last)
        keys = sums_by(by)
        rt = runtime()
        orders = rt.catalog.orders
        if entries:
            rows = entries_view(narrowed, orders=orders)
            show({"entries": rows}, json, lambda: entries_text(rows))
            return
        view = ledger_view(narrowed, keys, orders=orders)
        view["caps"] = caps_view(campaign, limits(rt), catalog=rt.catalog, today=rt.today)
        show(view, json, lambda: ledger_text(view))


def reconcile(
    invoice: Annotated[Path, typer.Argument(metavar="INVOICE", help="The vendor's invoice as CSV with a header.")],
    route: Annotated[
        list[str] | None,
        typer.Option(metavar="ROUTE", help="Of this route, provider or adapter only; may be repeated."),
    ] = None,
    since: Since = None,
    until: Until = None,
    credit: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="What one credit costs, for an invoice in credits.")
    ] = None,
    settle: Annotated[
        bool, typer.Option("--settle", help="Book the invoice's amounts as final for orders that both sides have.")
    ] = False,
    json: Json = False,
) -> None:
    """Compare an invoice with the ledger and list every difference; exit code 1 when there is any.

    Orders are compared by request id. Without --route and days, those are in question that the invoice itself names
    by provider and day. What only one side has is never booked, also not with --settle."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.bootstrap.books import compared, credit_price

        first, last = days(since, until)
        view = compared(
            invoice,
            str(invoice),
            runtime(),
            routes=tuple(route or ()),
            since=first,
            until=last,
            credit=credit_price(credit, "--credit"),
            settle=settle,
        )
        show(view, json, lambda: reconciliation_text(view))
        if not view["equal"]:
            raise typer.Exit(ANSWER_IS_NO)


def unknown(campaign: Campaign = None, json: Json = False) -> None:
    """List the orders whose outcome is unknown, and those not here after 2 hours: what is on record about each, what
    stays reserved, and what to do."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.resolve import unknown_view

        rt = runtime()
        rows = unknown_view(campaign, orders=rt.catalog.orders, clock=rt.clock)
        show({"unknown": rows}, json, lambda: unknown_text(rows))


def resolve(
    generation: Annotated[str, typer.Argument(metavar="GENERATION", help="The generation's id.")],
    by: Annotated[str, typer.Option("--as", help="Who says so.")],
    reason: Annotated[str, typer.Option(help="How you know.")],
    not_bought: Annotated[
        bool, typer.Option("--not-bought", help="Nothing was ordered: release the money; the next run buys it.")
    ] = False,
    lost: Annotated[
        bool,
        typer.Option(
            "--lost", help="It was ordered and its picture cannot be had: book it. Also of a submitted order."
        ),
    ] = False,
    amount: Annotated[
        str | None,
        typer.Option(metavar="AMOUNT", help="With --lost: what was billed. Default: the price said, or all reserved."),
    ] = None,
    task_id: Annotated[
        str | None, typer.Option(metavar="ID", help="It is this task of the vendor: the next run collects it.")
    ] = None,
    polling_url: Annotated[
        str | None, typer.Option(metavar="URL", help="With --task-id: where the vendor's cluster is asked for it.")
    ] = None,
    json: Json = False,
) -> None:
    """Say what became of an order whose outcome is unknown, or that never comes."""
    with errors_shown(json):
        if sum((not_bought, lost, task_id is not None)) != 1:
            raise InvalidInput("say one of --not-bought, --lost and --task-id", where="colophon ledger resolve")
        if amount is not None and not lost:
            raise InvalidInput("an amount goes with --lost", where="--amount")
        if polling_url is not None and task_id is None:
            raise InvalidInput("an address goes with --task-id", where="--polling-url")
        from colophon.bootstrap import runtime
        from colophon.services import resolve as unsure

        word = unsure.Word.of(by, reason)
        rt = runtime()
        orders = rt.catalog.orders
        if not_bought:
            after = unsure.not_bought(generation, word, orders=orders, clock=rt.clock)
        elif lost:
            after = unsure.lost(generation, word, amount=amount, orders=orders, clock=rt.clock)
        else:
            after = unsure.found_task(
                generation,
                task_id or "",
                polling_url=polling_url,
                provider=rt.provider,
                store=rt.store,
                orders=orders,
                clock=rt.clock,
            )
        view: View = {
            "id": generation,
            "campaign": after.generation.campaign,
            "state": after.state.value,
            "provider_request_id": after.request_id,
            "cost": str(after.cost) if after.cost is not None else None,
            "cost_basis": after.cost_basis.value if after.cost_basis else None,
            "by": word.by,
            "reason": word.reason,
        }
        show(view, json, lambda: f"{generation} is {view['state']}" + next_step(view))


def routes(
    model: Annotated[str | None, typer.Option(metavar="MODEL", help="Only routes that sell it.")] = None,
    json: Json = False,
) -> None:
    """The ways to buy: which are on and why not, prices, limits, and how they did for us in the last two weeks."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.bootstrap.books import route_rows

        rows = route_rows(runtime(), model)
        show({"routes": rows}, json, lambda: routes_text(rows))
