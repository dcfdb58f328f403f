"""Commands about campaigns: plan, run, status, campaigns."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from colophon.cli.notifying import tell
from colophon.cli.output import ANSWER_IS_NO, EMBEDDED, Json, View, errors_shown, fail, say, show, show_logs, table
from colophon.errors import Halted

if TYPE_CHECKING:
    from colophon.bootstrap import Runtime

BriefFile = Annotated[Path, typer.Argument(metavar="BRIEF", help="The brief, YAML or JSON.")]
RouteName = Annotated[str | None, typer.Option(help="Buy on this route, whatever the brief says.")]


def add_to(app: typer.Typer) -> None:
    app.command()(plan)
    app.command()(run)
    app.command()(status)
    app.command()(campaigns)


def plan(brief: BriefFile, route: RouteName = None, json: Json = False) -> None:
    """Validate and price a brief: masters, generations, renditions, cost per route. Spends nothing, writes nothing."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.bootstrap.planning import plan_brief, terms_by_route
        from colophon.services.show_plan import plan_view

        rt = runtime()
        planned = plan_brief(brief, route, rt)
        view = plan_view(planned.plan, terms_by_route(planned, rt))
        show(view, json, lambda: _plan_text(view))
        if planned.plan.over_cap:
            say(f"over the cap: may cost {view['cost']['high']}, the cap is {view['cost']['cap']}; run would refuse it")


def run(
    brief: BriefFile,
    route: RouteName = None,
    approve_as: Annotated[str | None, typer.Option(help="Approve, in this name, what passes all checks.")] = None,
    publish: Annotated[bool, typer.Option("--publish", help="Publish what is approved.")] = False,
    deployed: Annotated[
        bool, typer.Option("--deployed", help="Start the deployed flow instead of running here.")
    ] = False,
    json: Json = False,
) -> None:
    """From brief to reviewable signed renditions. Running again resumes; when all is done it changes nothing."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.bootstrap.planning import open_for_run, plan_brief, register_plan
        from colophon.bootstrap.starting import this_actor
        from colophon.cli.watching import progress_shown
        from colophon.launcher import run_campaign
        from colophon.services.plan import within_cap
        from colophon.services.review import check_approver, check_name

        rt = runtime()
        show_logs(rt)
        if approve_as is not None:
            check_name(approve_as)
        planned = plan_brief(brief, route, rt)
        if approve_as is not None:  # told before anything is bought
            check_approver(approve_as, planned.order.brief, rt.decision_policy)
        for warning in planned.plan.warnings:
            say(f"note: {warning}")
        within_cap(planned.plan)
        _ensure_home(rt)
        open_for_run(planned, rt, publish=publish)
        campaign = register_plan(planned, rt, by=this_actor(rt.settings).name)
        with progress_shown(campaign, rt.catalog):
            stopped = run_campaign(campaign, rt, approve_as=approve_as, publish=publish, deployed=deployed, say=say)
        view = _view(campaign, rt)
        sheet = _write_sheet(view, rt)
        tell(rt)
        if stopped is not None and not isinstance(stopped, Halted):
            if not json:
                say(_status_text(view))
            fail(stopped, json, begun=True)
        show(view, json, lambda: f"{_status_text(view)}\nsheet: {sheet}")
        if stopped is not None or view["state"] == "incomplete":
            raise typer.Exit(ANSWER_IS_NO)


def status(
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign.")], json: Json = False
) -> None:
    """State of each generation, cost so far, and what waits for whom."""
    with errors_shown(json):
        from colophon.bootstrap import runtime

        view = _view(campaign, runtime())
        show(view, json, lambda: _status_text(view))


def campaigns(json: Json = False) -> None:
    """List the campaigns of this catalog."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.show import campaigns_view

        rows = campaigns_view(runtime().catalog)
        columns = ("campaign", "brand", "state", "generations", "spent", "cap", "currency")
        show({"campaigns": rows}, json, lambda: table(rows, columns) if rows else "no campaigns yet")


def _ensure_home(rt: "Runtime") -> None:
    from colophon.bootstrap.home import initialise, is_initialised

    if not is_initialised(rt.settings):
        for thing in initialise(rt.settings):
            say(f"made: {thing}")


def _view(campaign: str, rt: "Runtime") -> View:
    from colophon.services.show_standing import campaign_view

    return campaign_view(campaign, catalog=rt.catalog, address=rt.store.address)


def _write_sheet(view: View, rt: "Runtime") -> Path:
    from colophon.bootstrap.sheets import write_sheet

    return write_sheet(view, rt)


def _plan_text(view: View) -> str:
    cost = view["cost"]
    parts = [
        f"{view['campaign']} (revision {view['revision'][:12]})",
        "",
        "masters",
        table([{**m, "serves": ", ".join(m["serves"])} for m in view["masters"]], ("id", "serves")),
        "",
        "generations",
        table(
            [{**g, "low": g["cost"]["low"], "high": g["cost"]["high"]} for g in view["generations"]],
            ("id", "visual", "variant", "master", "route", "model", "seed", "low", "high"),
        ),
        "",
        "renditions (from each variant)",
        table(view["renditions"], ("visual", "placement", "format", "width", "height", "max_bytes", "cut", "manifest")),
        "",
        *(f"route {name}: {c['low']} to {c['high']} {c['currency']}" for name, c in view["routes"].items()),
        "",
        *(line for route, rows in view["conversions"].items() for line in _conversion_lines(route, rows)),
        f"cost: {cost['low']} to {cost['high']} {cost['currency']} of at most {cost['cap']} (estimated)",
        *(f"route {name} is left out: {why}" for name, why in view["not_on"].items() if name in view["asked"]),
        *(f"note: {warning}" for warning in view["warnings"]),
    ]
    return "\n".join(parts)


def _conversion_lines(route: str, rows: list[View]) -> list[str]:
    shown = [{**row, "sent": ", ".join(_short(value) for value in row["values"][:3])} for row in rows]
    return [f"parameters on {route}", table(shown, ("parameter", "how", "member", "sent", "note")), ""]


def _short(value: object) -> str:
    if isinstance(value, dict) and value.keys() == {"width", "height"}:
        return f"{value['width']}x{value['height']}"
    text = str(value)
    return text if len(text) <= 48 else text[:47] + "…"


def _status_text(view: View) -> str:
    cost = view["cost"]
    parts = [
        f"{view['campaign']}: {view['state']}",
        "",
        table(
            view["generations"],
            ("id", "visual", "variant", "master", "state", "route", "seed", "cost", "cost_basis", "asset_id"),
        ),
        "",
        f"assets: {_counted(view['assets'])}; renditions: {_counted(view['renditions'])}",
        f"cost: {cost['spent']} spent, {cost['reserved']} reserved, cap {cost['cap']} {cost['currency']}",
        *_beside(view["renditions"]),
        *(f"{p['where']} ({p['state']}): {p['message']}" for p in view["problems"]),
        *(
            f"{g['id']}: attempt {a['number']} on {a['route']} {a['outcome'] or 'under way'}: {a['problem']}"
            for g in view["generations"]
            for a in g.get("tried", ())
            if a["problem"]
        ),
    ]
    return "\n".join(parts)


def _beside(renditions: list[View]) -> list[str]:
    apart = sorted({f"{r['placement']} {r['format']}" for r in renditions if r["manifest"] != EMBEDDED})
    return [f"manifest beside the file, since the cap has no room for it: {', '.join(apart)}"] if apart else []


def _counted(rows: list[View]) -> str:
    states = [row["state"] for row in rows]
    return ", ".join(f"{states.count(state)} {state}" for state in sorted(set(states))) or "none"
