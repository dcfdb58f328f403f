"""Commands for the CDN store: publish, unpublish."""

from typing import TYPE_CHECKING, Annotated

import typer

from colophon.cli.output import Json, errors_shown, show

if TYPE_CHECKING:
    from colophon.services.publish import Difference

DryRun = Annotated[bool, typer.Option("--dry-run", help="List the difference, change nothing.")]


def add_to(app: typer.Typer) -> None:
    app.command()(publish)
    app.command()(unpublish)


def publish(
    campaign: Annotated[str, typer.Argument(help="The campaign.")], dry_run: DryRun = False, json: Json = False
) -> None:
    """Put what the campaign plans and people approved at its public addresses, verified there, and take down the
    rest."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services import publish as service

        _show(campaign, service.publish(campaign, press=runtime().press, dry_run=dry_run), dry_run, json)


def unpublish(
    campaign_or_rendition: Annotated[str, typer.Argument(metavar="CAMPAIGN|RENDITION", help="What to take down.")],
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Take publications off the CDN store and prove that nothing answers there any more."""
    with errors_shown(json):
        from colophon.bootstrap import runtime
        from colophon.services import publish as service

        done = service.unpublish(campaign_or_rendition, press=runtime().press, dry_run=dry_run)
        _show(campaign_or_rendition, done, dry_run, json)


def _show(name: str, difference: "Difference", dry_run: bool, json: bool) -> None:
    view = {
        "name": name,
        "dry_run": dry_run,
        "added": list(difference.added),
        "removed": list(difference.removed),
        "kept": list(difference.kept),
        "list": difference.list_address,
    }
    verb = "would change" if dry_run else "changed"
    text = f"{name}: {len(difference.added)} added, {len(difference.removed)} removed, {len(difference.kept)} kept"
    address = f"\nlist: {difference.list_address}" if difference.list_address else ""
    if not (difference.added or difference.removed):
        verb = "nothing to change"
    show(view, json, lambda: f"{verb}: {text}{address}")
