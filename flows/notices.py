"""What people and other programs are told of a changed verdict: a warning in the log, an event of the orchestrator."""

import logging
from collections.abc import Iterable

from prefect.events import emit_event

from colophon.errors import Problem
from colophon.services.recheck import Rechecked
from colophon.services.reverify import Result
from colophon.services.show_history import changed_view
from colophon.services.take_down import OVERDUE

_PUBLISHING = logging.getLogger("colophon.publishing")
_LOG = logging.getLogger("colophon.reverify")
_CHECKS = logging.getLogger("colophon.recheck")
CHANGED = "colophon.provenance.changed"


def tell(result: Result) -> None:
    """Says nothing of a file whose verdict is what it was."""
    file, change = result.standing, result.change
    if result.trouble is not None:
        _LOG.warning("%s could not be verified: %s", file.subject, result.trouble.message)
    if not result.changed or change is None:
        return
    because = ", ".join(change.because)
    _LOG.warning("%s: %s, was %s (%s)", file.subject, change.after.value, change.before.value, because)
    emit_event(
        event=CHANGED,
        resource={"prefect.resource.id": f"colophon.file.{file.subject}"},
        related=[{"prefect.resource.id": f"colophon.asset.{file.asset}", "prefect.resource.role": "asset"}],
        payload=changed_view(result) | {"approved": file.approved, "public": file.public},
    )


def tell_problems(problems: Iterable[Problem]) -> None:
    """What a scheduled pass could not see through: an error where a limit has passed, a warning before that."""
    for problem in problems:
        level = logging.ERROR if problem.code == OVERDUE else logging.WARNING
        _PUBLISHING.log(level, "%s: %s", problem.code, problem)


def tell_rechecked(result: Rechecked) -> None:
    """Says nothing of an asset whose state is what it was."""
    if result.trouble is not None:
        _CHECKS.warning("%s could not be checked: %s", result.asset.id, result.trouble[1])
    elif result.changed:
        because = result.turn.reason or "; ".join(f"{doubt.check} {doubt.verdict}" for doubt in result.doubts)
        _CHECKS.warning("%s: %s, was %s (%s)", result.asset.id, result.turn.state, result.before, because)
