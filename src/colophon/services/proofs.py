"""Proofs over the audit log, and their verification without it."""

from dataclasses import dataclass
from typing import Any

from colophon.domain import merkle
from colophon.domain.checkpoint import Checkpoint
from colophon.domain.event import Event
from colophon.errors import InvalidInput
from colophon.ports import EventLog


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That ``event`` is in the tree of ``size`` events: the hashes beside its way to the root."""

    event: Event
    size: int
    path: tuple[bytes, ...]

    def holds(self, root: bytes) -> bool:
        """Pure: event, proof and root of a checkpoint are all it takes."""
        said = self.event.counted_hash() == self.event.hash
        leaf = merkle.leaf_hash(self.event.leaf)
        return said and merkle.includes(leaf, self.event.sequence - 1, self.size, self.path, root)


def prove(sequence: int, size: int, log: EventLog) -> Inclusion:
    """Raises `NotFound`; `InvalidInput` for an event that came after the first ``size``."""
    event = log.event(sequence)
    if sequence > size:
        raise InvalidInput(f"event {sequence} is not among the first {size}", where=str(sequence))
    return Inclusion(event, size, tuple(_roots(merkle.inclusion_ranges(sequence - 1, size), size, log)))


def prove_consistent(first: int, second: int, log: EventLog) -> tuple[bytes, ...]:
    """That the tree of ``second`` events begins with that of ``first``. Raises `InvalidInput`."""
    if not 0 < first <= second <= log.size():
        raise InvalidInput(f"the log has {log.size()} events; it cannot be asked for {first} and {second}")
    return tuple(_roots(merkle.consistency_ranges(first, second), second, log))


def consistent(first: Checkpoint, second: Checkpoint, path: tuple[bytes, ...]) -> bool:
    """Whether the proof holds between two checkpoints; pure."""
    return merkle.extends(first.size, first.root, second.size, second.root, path)


def event_view(event: Event) -> dict[str, Any]:
    """All that its hash is of, and the hash."""
    draft = event.draft
    return {
        "sequence": event.sequence,
        "at": event.at,
        "kind": draft.kind,
        "about": draft.about,
        "subject": draft.subject,
        "digest": draft.digest,
        "commitments": dict(draft.commitments),
        "body": dict(draft.body),
        "previous": event.previous,
        "hash": event.hash,
    }


def inclusion_view(proof: Inclusion) -> dict[str, Any]:
    return {
        "event": event_view(proof.event),
        "size": proof.size,
        "path": [node.hex() for node in proof.path],
    }


def _roots(ranges: list[merkle.Range], size: int, log: EventLog) -> list[bytes]:
    return merkle.roots(ranges, map(merkle.leaf_hash, log.leaves(0, size)))
