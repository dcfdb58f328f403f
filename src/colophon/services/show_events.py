"""What the audit log has about one asset and what belongs to it, as plain data."""

from collections.abc import Iterator, Mapping
from typing import Any

from colophon.ports import EventLog
from colophon.services.times import time_text

View = dict[str, Any]
MOST = 200


def asset_events_view(asset: Mapping[str, Any], *, events: EventLog) -> list[View]:
    """The newest `MOST`, oldest first. ``asset`` is an `asset_view`. ``said`` is what an event shows of its row: codes,
    states and its own ids. What findings and people say stands in the log as digests and commitments only, so nothing
    here names another brand's picture."""
    return [
        {
            "sequence": event.sequence,
            "at": time_text(event.at),
            "kind": event.draft.kind,
            "about": event.draft.about,
            "subject": event.draft.subject,
            "said": dict(event.draft.body),
            "hash": event.hash,
        }
        for event in events.of_rows(list(_rows(asset)), limit=MOST)
    ]


def _rows(asset: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each row by its table and key."""
    made = asset["generation"]
    if made:
        yield "generations", made["id"]
        yield from (("attempts", f"{made['id']}/{attempt['number']}") for attempt in made["attempts"])
    yield "assets", asset["id"]
    yield from (("rounds", f"{asset['id']}/{found['round']}") for found in asset["checks_history"])
    for table, member in (("decisions", "decisions"), ("comments", "comments"), ("verdicts", "verdicts")):
        yield from ((table, each["id"]) for each in asset[member])
    for rendition in asset["renditions"]:
        yield "renditions", rendition["id"]
    for publication in asset["publications"]:
        yield "publications", publication["id"]
        if publication["withdrawal"]:
            yield "withdrawals", publication["withdrawal"]["id"]
