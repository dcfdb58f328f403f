"""Commands for what outlives the product: lineage, exports, reports, audit packs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from colophon.cli.output import ANSWER_IS_NO, Json, View, errors_shown, say, show, table

if TYPE_CHECKING:
    from colophon.domain.lineage import Lineage
    from colophon.services.export import Exported

Campaign = Annotated[str, typer.Argument(help="The campaign.")]
Replace = Annotated[bool, typer.Option("--replace", help="Write over another file that is there.")]
Format = Literal["json", "csv", "prov", "openlineage", "pack"]


def add_to(audit: typer.Typer) -> None:
    """Onto the group ``audit``."""
    audit.command("export")(export_campaign)
    audit.command("report")(report_campaign)


def export_campaign(
    campaign: Campaign,
    form: Annotated[Format, typer.Option("--format", help="What to write; pack: all of them, and the files.")] = "json",
    out: Annotated[Path | None, typer.Option(metavar="PATH", help="The file; by default one in the home.")] = None,
    pictures: Annotated[bool, typer.Option("--pictures/--without-pictures", help="Put pictures into a pack.")] = True,
    replace: Replace = False,
    json: Json = False,
) -> None:
    """Write a campaign's lineage, from brief to public address, to a file: whole, or not at all.

    Exit 1 when a pack lacks files that the store could not give; they are named.
    """
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.bootstrap.exports import write_export

        done = write_export(campaign, form, runtime(), out=out, replace=replace, pictures=pictures)
        _told(done, json)


def report_campaign(
    campaign: Campaign,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="The page; by default one in the home.")] = None,
    replace: Replace = False,
    json: Json = False,
) -> None:
    """Write a campaign's report: one page with pictures, verdicts, costs and decisions, to read and to print."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.bootstrap.exports import write_campaign_report

        _told(write_campaign_report(campaign, runtime(), out=out, replace=replace), json)


def lineage_asset(
    asset: Annotated[str, typer.Argument(metavar="ID", help="The asset's id.")], json: Json = False
) -> None:
    """What came of what: from the brief over orders and checks to the addresses of this picture."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.domain.counting import counted
        from colophon.domain.lineage import LineageDocument, NodeKind, node_id
        from colophon.services.lineage import asset_lineage

        graph = asset_lineage(asset, dossiers=runtime().catalog.dossiers)
        document = LineageDocument(
            subject=node_id(NodeKind.ASSET, asset), counts=counted(graph), nodes=graph.nodes, edges=graph.edges
        )
        show(document.model_dump(mode="json") if json else None, json, lambda: _graph_text(graph))


def _told(done: "Exported", json: bool) -> None:
    view: View = {
        "campaign": done.read.campaign,
        "format": done.read.format,
        "path": str(done.path),
        "sha256": done.read.sha256,
        "bytes": done.read.bytes,
        "unchanged": done.unchanged,
        "counts": done.counts.model_dump(),
        "missing": list(done.missing),
    }
    nodes = sum(done.counts.nodes.values())
    kept = " (unchanged)" if done.unchanged else ""
    text = f"{done.path}{kept}\n{nodes} records, {done.read.bytes} bytes, sha256 {done.read.sha256}"
    show(view, json, lambda: text)
    for lost in done.missing:
        say(f"missing: {lost['id']}: {lost['reason']}")
    if done.missing:
        raise typer.Exit(ANSWER_IS_NO)


def _graph_text(graph: "Lineage") -> str:
    """One line a node, with what it came of."""
    grounds = graph.grounds()
    names = {node.id: f"{node.kind.value} {node.name}" for node in graph.nodes}
    rows: list[View] = [
        {
            "kind": node.kind.value,
            "name": node.name,
            "state": node.state,
            "at": node.at,
            "came of": "; ".join(names.get(edge.source, edge.source) for edge in grounds[node.id]),
        }
        for node in graph.nodes
    ]
    return table(rows, ("kind", "name", "state", "at", "came of"))
