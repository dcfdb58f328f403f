"""Publishing and withdrawing in somebody's name: what is done is in the audit log before it is done."""

from colophon.ports import EventLog
from colophon.services.press import Difference, Press
from colophon.services.publish import publish
from colophon.services.withdraw import unpublish


def published_by(by: str, campaign: str, *, press: Press, events: EventLog, dry_run: bool = False) -> Difference:
    """As `colophon.services.publish.publish`; ``dry_run`` only says what would change."""
    if not dry_run:
        events.note("publish", campaign, by=by)
    return publish(campaign, press=press, dry_run=dry_run)


def withdrawn_by(
    by: str, subject: str, *, press: Press, events: EventLog, dry_run: bool = False, wait: float = 0.0
) -> Difference:
    """As `colophon.services.withdraw.unpublish`, of a campaign or of one rendition."""
    if not dry_run:
        events.note("unpublish", subject, by=by)
    return unpublish(subject, press=press, dry_run=dry_run, wait=wait)
