"""Who starts a run, as far as this process can know, and the note of it in the audit log."""

import os
from typing import TYPE_CHECKING

from colophon.domain.dossier import StartedBy
from colophon.settings import Settings

if TYPE_CHECKING:
    from colophon.bootstrap.workrooms import Workrooms


def this_actor(settings: Settings) -> StartedBy:
    """The name that was set, else the system's user: neither of them is proved."""
    if settings.actor:
        return StartedBy(settings.actor, "setting")
    try:
        import pwd

        return StartedBy(pwd.getpwuid(os.getuid()).pw_name, "system user")
    except (ImportError, KeyError):  # another system, or a container whose user has no name
        return StartedBy(f"user {os.getuid() if hasattr(os, 'getuid') else 'unknown'}", "system user")


def note_run(rt: "Workrooms", campaign: str, by: StartedBy | None = None) -> None:
    """One event for each run that does something. The name is a personal text and can be erased."""
    actor = by or this_actor(rt.settings)
    revision = rt.catalog.orders.campaign(campaign).revision
    body = {"revision": revision, "by_from": actor.source}
    rt.catalog.events.note("run", campaign, body=body, by=actor.name)
