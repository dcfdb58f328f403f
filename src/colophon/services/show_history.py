"""Verdicts on record, and what verifying again brought, as plain data."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from colophon.domain.history import Change, RecordedVerdict, Standing
from colophon.domain.provenance import ProvenanceState
from colophon.services.reverify import Result
from colophon.services.times import time_text

View = dict[str, Any]

MOST_ROWS = 10_000  # of one kind in one document; the rest is counted, and all of it is in the catalog


@dataclass
class Tally:
    """What a pass over files brought, in bounded memory."""

    checked: int = 0
    changed: list[View] = field(default_factory=list)
    problems: list[View] = field(default_factory=list)
    let_down: list[View] = field(default_factory=list)
    left_out: int = 0

    def add(self, result: Result) -> None:
        self.checked += 1
        if result.changed:
            self._keep(self.changed, changed_view(result))
        if result.trouble:
            self._keep(self.problems, _file(result.standing) | asdict(result.trouble))
        if result.let_down:
            state = result.provenance.state if result.provenance else None
            self._keep(self.let_down, let_down_view(result.standing, state))

    def _keep(self, rows: list[View], row: View) -> None:
        if len(rows) < MOST_ROWS:
            rows.append(row)
        else:
            self.left_out += 1


def changed_view(result: Result) -> View:
    return _file(result.standing) | (change_view(result.change) or {})


def change_view(change: Change | None) -> View | None:
    """``because`` names every ground that differs; where none does, it was the clock."""
    if change is None:
        return None
    return {
        "because": ", ".join(change.because),
        "before": change.before.value,
        "after": change.after.value,
        "parts": list(change.parts),
        "problems_new": list(change.problems_new),
        "problems_gone": list(change.problems_gone),
    }


def let_down_view(standing: Standing, state: ProvenanceState | None) -> View:
    """A file somebody relies on; ``state`` None: it could not be judged, or never was."""
    return _file(standing) | {
        "state": state.value if state else None,
        "approved": standing.approved,
        "public": standing.public,
    }


def doubted_views(standings: Iterable[Standing]) -> list[View]:
    return [let_down_view(standing, standing.state) for standing in standings]


def history_view(history: Sequence[RecordedVerdict]) -> list[View]:
    """Oldest first: what was found, when, on what grounds, and what was different before."""
    return [
        {
            "id": v.id,
            "rendition": v.rendition,
            "occasion": v.occasion.value,
            "at": time_text(v.judged_at),
            "confirmed_at": time_text(v.confirmed_at),
            "state": v.provenance.state.value,
            "problems": list(v.provenance.problems),
            "policy": v.provenance.policy,
            "lists": v.provenance.lists,
            "library": v.provenance.library,
            "holds_until": time_text(v.provenance.holds_until),
            "change": change_view(v.change),
        }
        for v in history
    ]


def _file(standing: Standing) -> View:
    return {"asset": standing.asset, "rendition": standing.rendition}
