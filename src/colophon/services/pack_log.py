"""The part of the audit log about one campaign, for its pack: events, proofs, and the checkpoint they lead to.

That is the smallest checkpoint over all of the campaign's events, not the newest of the log: so the pack stays
the same while other campaigns go on.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colophon.domain import merkle
from colophon.domain.checkpoint import Note
from colophon.domain.event import canonical_value
from colophon.errors import Conflict, ObjectCorrupt
from colophon.services.checkpoint import Notary, chain_of, newest, note_over
from colophon.services.proofs import event_view

CHANGED = "changed"  # why a pack was not written: the campaign moved meanwhile
_AT_ONCE = 10_000  # proofs over one pass of the log
LogFile = tuple[str, Iterable[bytes]]


@dataclass(frozen=True, slots=True)
class CampaignLog:
    """``numbers`` are those of the events; ``note`` None: there is no checkpoint at all."""

    numbers: Sequence[int]
    note: Note | None
    notary: Notary


def campaign_log(campaign: str, notary: Notary, seal: Callable[[], object], *, as_of: int) -> CampaignLog:
    """``seal`` writes a checkpoint where none covers the campaign yet. ``as_of`` is the size of the log before the
    records were read. Raises `Conflict` when the campaign changed since then, and `StoreUnavailable`."""
    numbers = notary.log.of_campaign(campaign)
    last = numbers[-1] if numbers else 0
    if last > as_of:
        raise Conflict(
            f"campaign {campaign} changed while it was read", where=campaign, reason=CHANGED, hint="run it again"
        )
    note = note_over(last, notary)
    if note is None:
        seal()
        note = note_over(last, notary) or newest(notary)
    return CampaignLog(numbers, note, notary)


def log_files(log: CampaignLog) -> Iterator[LogFile]:
    """The checkpoint comes as the text that is signed, the signature (X.509 form) and the certificate chain, each as
    openssl reads it. Raises `NotFound` when no place has the chain."""
    yield "log/events.ndjson", _lines(map(event_view, log.notary.log.numbered(log.numbers)))
    if log.note is not None:
        yield "log/proofs.ndjson", _lines(_proofs(log, log.note))
        yield "log/checkpoint.txt", [log.note.checkpoint.text.encode()]
        yield "log/checkpoint.sig", [log.note.signature]
        yield "log/checkpoint.pem", [chain_of(log.note, log.notary)]


def _proofs(log: CampaignLog, note: Note) -> Iterator[Mapping[str, Any]]:
    size = note.checkpoint.size
    covered = [number for number in log.numbers if number <= size]
    for start in range(0, len(covered), _AT_ONCE):
        ranges = {each: merkle.inclusion_ranges(each - 1, size) for each in covered[start : start + _AT_ONCE]}
        roots = _roots({each for path in ranges.values() for each in path}, size, log.notary)
        for number, path in ranges.items():
            yield {"sequence": number, "size": size, "path": [roots[each].hex() for each in path]}


def _roots(ranges: set[merkle.Range], size: int, notary: Notary) -> dict[merkle.Range, bytes]:
    if not ranges:
        return {}
    try:
        return merkle.roots_together(ranges, size, map(merkle.leaf_hash, notary.log.leaves(0, size)))
    except ValueError as error:
        raise ObjectCorrupt(
            f"a checkpoint is over {size} events, and the log has {notary.log.size()}: events are lost, or this is an"
            " older copy of the catalog",
            where=notary.origin,
            hint="run `colophon audit verify`; the other formats can be exported",
        ) from error


def _lines(values: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    for value in values:
        text = json.dumps(value, ensure_ascii=False, default=canonical_value)
        yield text.encode("utf-8", "surrogatepass") + b"\n"
