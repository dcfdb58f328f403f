"""Commands about pictures: verify, ingest, identify, assets."""

from pathlib import Path
from typing import Annotated

import typer

from colophon.cli.cropping import focus_asset, show_crops
from colophon.cli.exporting import lineage_asset
from colophon.cli.output import ANSWER_IS_NO, EMBEDDED, Json, View, errors_shown, show, table
from colophon.cli.rechecking import check_assets
from colophon.cli.reverifying import verify_assets
from colophon.cli.review_text import review_lines
from colophon.cli.searching import list_assets

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Picture files.")]


def add_to(app: typer.Typer) -> None:
    app.command()(verify)
    app.command()(ingest)
    app.command()(identify)
    group = typer.Typer(help="The catalog's assets.", no_args_is_help=True)
    group.command("list")(list_assets)
    group.command("show")(show_asset)
    group.command("lineage")(lineage_asset)
    group.command("verify")(verify_assets)
    group.command("check")(check_assets)
    group.command("focus")(focus_asset)
    group.command("crops")(show_crops)
    app.add_typer(group, name="assets")


def verify(
    files: Files,
    manifest: Annotated[Path | None, typer.Option(help="A detached manifest of the (single) file.")] = None,
    policy: Annotated[
        Path | None, typer.Option(help="Judge by this trust policy file instead of the one in force.")
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="DATE", help="Judge as of the end of this day (UTC), or of a time.")
    ] = None,
    json: Json = False,
) -> None:
    """Provenance verdict in parts, for any file. Exit 0 only when all are trusted without problems in the chain."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.verify import moment, verify_files

        asked = moment(at) if at else None
        rows = verify_files(files, manifest, reader=runtime().reader_under(policy), at=asked)
        show(rows, json, lambda: "\n\n".join(_verdict_text(row) for row in rows))
        if not all(row["state"] == "trusted" and not row["problems"] for row in rows):
            raise typer.Exit(ANSWER_IS_NO)


def ingest(files: Files, json: Json = False) -> None:
    """Bring pictures from outside into the catalog, after the same checks, as reference or asset: all, or none."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.ingest_files import ingest_files
        from colophon.services.show_asset import asset_row

        made = ingest_files(files, bench=runtime().bench)
        rows = [{"file": str(file), **row} for file, row in zip(files, map(asset_row, made), strict=True)]
        show({"assets": rows}, json, lambda: table(rows, ("file", "id", "state", "width", "height")))


def identify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A picture.")],
    recover: Annotated[
        Path | None, typer.Option(metavar="OUT.c2pa", help="Write the manifest store kept for the best match here.")
    ] = None,
    json: Json = False,
) -> None:
    """Say which catalogued asset this picture is: by bytes or pixels, by credentials, by fingerprint. Exit 1 when none.

    A manifest that is found is shown as recovered: it came with our file and says nothing about these bytes.
    """
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.identify import identify_file, recover_to

        rt = runtime()
        view = identify_file(file, catalog=rt.catalog, imaging=rt.imaging, reader=rt.reader)
        if recover is not None:
            recover_to(recover, view, store=rt.store)
        show(view | {"recovered_to": str(recover) if recover else None}, json, lambda: _matches_text(view))
        if all(match["looks_alike"] is False for match in view["matches"]):
            raise typer.Exit(ANSWER_IS_NO)


def show_asset(asset: Annotated[str, typer.Argument(metavar="ID", help="The asset's id.")], json: Json = False) -> None:
    """Everything on record about one asset: who made it, with what, at what price, what was found, who decided."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services.show_asset import asset_view

        rt = runtime()
        view = asset_view(asset, catalog=rt.catalog, address=rt.store.address)
        show(view, json, lambda: _asset_text(view))


def _matches_text(view: View) -> str:
    own = view["credentials"]
    lines = [f"own credentials: {own['state']}" + (f" ({', '.join(own['problems'])})" if own["problems"] else "")]
    if not view["matches"]:
        return "\n".join([*lines, "not known here"])
    lines.append(table(view["matches"], ("asset_id", "rendition_id", "how", "score", "state")))
    for match in view["matches"]:
        if match["looks_alike"] is False:
            lines.append(f"{match['asset_id']}: its label is in this file, but the pictures do not look alike")
        if match["manifest"]:
            lines.append(f"recovered for {match['asset_id']}: manifest {match['manifest']['label']}")
    return "\n".join(lines)


def _verdict_text(row: View) -> str:
    lines = [
        f"{row['file']}: {row['state']}",
        f"  integrity   {row['integrity']}",
        f"  signer      {_signer_text(row['signer'])}",
        f"  time stamp  {row['timestamp']}{', ' + row['signed_at'] if row['signed_at'] else ''}",
        f"  revocation  {row['revocation']}",
        f"  claim       {', '.join(str(v) for v in (row['claim'] or {}).values() if v) or '-'}",
        f"  policy      {row['policy'].get('name') or '-'} {row['policy'].get('version', '')} "
        f"({row['policy'].get('digest', '-')[:12]}){_until(row)}",
        *(_link_text(link) for link in row["chain"]),
        *(f"  problem: {problem}" for problem in row["problems"]),
    ]
    return "\n".join(lines)


def _signer_text(signer: View | None) -> str:
    if signer is None:
        return "none"
    names = f"{signer['organisation'] or '-'} ({signer['common_name'] or '-'})"
    if not signer["trusted"]:
        return f"{names}, not known to the policy"
    ended = ", certificate ended since" if signer["expired"] else ""
    return f"{names}, {'pinned' if signer['basis'] == 'pin' else 'anchored'} in {signer['anchor']}{ended}"


def _until(row: View) -> str:
    return f", time alone may change this from {row['holds_until']}" if row["holds_until"] else ""


def _link_text(link: View) -> str:
    """One manifest of the chain, with what is wrong with it."""
    known = (
        f"{'pinned' if link['basis'] == 'pin' else 'anchored'} in {link['anchor']}" if link["trusted"] else "not known"
    )
    stamp = "" if link["timestamp"] == "absent" else f", time stamp {link['timestamp']}"
    problems = f": {', '.join(link['problems'])}" if link["problems"] else ""
    actions = ", ".join(link["actions"]) or "no actions"
    return f"  <- {link['organisation'] or '-'} ({known}, {link['integrity']}{stamp}): {actions}{problems}"


def _asset_text(view: View) -> str:
    made = view["generation"] or {}
    cost = made.get("cost") or {}
    provenance = view["provenance"]
    lines = [
        f"{view['id']}: {view['state']}",
        f"  picture     {view['width']}x{view['height']} {view['format']}, sha256 {view['sha256']}",
        f"  campaign    {view['campaign']}, visual {view['visual']}, variant {view['variant']}",
        f"  made by     {made.get('provider') or 'outside'}, model {made.get('model') or '-'} "
        f"(reported: {made.get('model_reported') or 'not reported'}), route {made.get('route') or '-'}",
        f"  seed        {made.get('seed_requested') or '-'} (reported: {made.get('seed_reported') or 'not reported'})",
        f"  request     {made.get('provider_request_id') or '-'}",
        f"  cost        {cost.get('amount') or '-'} {cost.get('currency') or ''} ({cost.get('basis') or 'none'})",
        f"  prompt      {made.get('prompt_sent') or '-'}",
        f"  provenance  {provenance['state']}, integrity {provenance['integrity']}, "
        f"problems: {', '.join(provenance['problems']) or 'none'}",
        *([f"  focus       {_focus_text(view['focus'])}"] if view["focus"] else []),
        *review_lines(view),
        *(
            f"  rendition   {r['placement']} {r['format']}, {r['bytes']} bytes, {r['state']}"
            + _looks(r["quality"])
            + ("" if r["manifest"] == EMBEDDED else f", manifest beside the file: {r['manifest']}")
            for r in view["renditions"]
        ),
        *(_publication_line(p) for p in view["publications"]),
        *(_history_line(verdict) for verdict in view["verdicts"]),
    ]
    return "\n".join(lines)


def _publication_line(publication: View) -> str:
    withdrawal = publication["withdrawal"]
    if publication["until"] is None:
        return f"  published   {publication['address']}"
    state = f", {withdrawal['state']} {withdrawal['gone_at'] or ''}".rstrip() if withdrawal else ""
    return f"  withdrawn   {publication['address']} at {publication['until']}{state}"


def _focus_text(focus: View) -> str:
    return f"{focus['x']}, {focus['y']} by {focus['by']} at {focus['at']}"


def _looks(quality: View) -> str:
    """How like its picture a rendition is, where that was measured."""
    if quality["similarity"] is None:
        return ""
    short = "" if quality["reached"] else f", below the {quality['floor']:g} asked for: its cap allows no more"
    return f", likeness {quality['similarity']:g}{short}"


def _history_line(verdict: View) -> str:
    policy, change = verdict["policy"], verdict["change"]
    was = f" (was {change['before']}: {change['because']})" if change and change["before"] != change["after"] else ""
    confirmed = f", last confirmed {verdict['confirmed_at']}" if verdict["confirmed_at"] != verdict["at"] else ""
    found = f"{verdict['occasion']} {verdict['rendition'] or 'original'}: {verdict['state']}{was}"
    under = f"policy {policy.get('name', '-')} {policy.get('version', '')} {policy.get('digest', '')[:12]}"
    return f"  verdict     {verdict['at']} {found}, {under}{confirmed}"
