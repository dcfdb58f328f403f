"""Checkpoints of the audit log: signed, and written where a restored or rewritten catalog does not reach.

One is only written over a log that continues the newest one outside: over any other the product would sign away the
evidence that something was lost or rewritten.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from colophon.domain.checkpoint import Checkpoint, Note, read_note
from colophon.domain.merkle import Frontier, leaf_hash
from colophon.errors import Conflict, NotFound, ObjectCorrupt
from colophon.ports import CheckpointPlace, Clock, EventLog, NoteSigner

EVERY = timedelta(minutes=10)
_HINT = "run `colophon audit verify`; see docs/audit.md for what to do after a restore"


@dataclass(frozen=True, slots=True)
class Notary:
    """The ports by which checkpoints are written. ``signer`` is asked for when there is something to sign."""

    origin: str
    log: EventLog
    places: Sequence[CheckpointPlace]
    signer: Callable[[], NoteSigner]
    clock: Clock


def write_checkpoint(notary: Notary) -> Checkpoint | None:
    """The checkpoint of what the log has now, written to every place; None when the newest one says it all. A place
    that lacks the newest one gets it.

    Raises `ObjectCorrupt` when the log does not continue the newest checkpoint, `SigningError`, `StoreUnavailable`.
    """
    last = newest(notary)
    size = notary.log.size()
    if last is not None and last.checkpoint.size > size:
        raise ObjectCorrupt(
            f"the log has {size} events, and a checkpoint of {last.checkpoint.at:%Y-%m-%d %H:%M} UTC has"
            f" {last.checkpoint.size}: events are lost, or this is an older copy of the catalog",
            where=last.checkpoint.name,
            hint=_HINT,
        )
    tree = notary.log.frontier(last.checkpoint.size if last else 0)
    if last is not None:
        tree = _grown(tree, last.checkpoint.size, notary)
        if tree.root != last.checkpoint.root:
            raise ObjectCorrupt(
                f"the log's first {tree.size} events are not those of the checkpoint of"
                f" {last.checkpoint.at:%Y-%m-%d %H:%M} UTC: they were rewritten, or another catalog's checkpoints are"
                " here",
                where=last.checkpoint.name,
                hint=_HINT,
            )
        if notary.log.checkpointed()[0] < tree.size:  # whoever wrote it died before it was on record
            notary.log.keep(tree, last)
    if size == tree.size:
        return None
    return _write(_grown(tree, size, notary), notary)


def is_due(notary: Notary) -> bool:
    """Whether an event has waited for its checkpoint for `EVERY`."""
    _, since = notary.log.checkpointed()
    return since is not None and notary.clock.now() - since >= EVERY


def notes_at(place: CheckpointPlace, origin: str) -> list[str]:
    """Names of the checkpoints of one log, by size."""
    return [name for name in place.names(f"{origin}/") if name.count("/") == origin.count("/") + 1]


def newest(notary: Notary) -> Note | None:
    """The newest checkpoint of all places; a place that lacks it gets it. None: there is none yet."""
    names = {place: notes_at(place, notary.origin)[-1:] for place in notary.places}
    last = max((name for found in names.values() for name in found), default=None)
    if last is None:
        return None
    source = next(place for place, found in names.items() if found == [last])
    content = source.get(last)
    note = read_note(content)
    for place, found in names.items():
        if found != [last]:
            place.put(note.checkpoint.certificate_name, source.get(note.checkpoint.certificate_name))
            place.put(last, content)
    return note


def _grown(tree: Frontier, size: int, notary: Notary) -> Frontier:
    return tree.grown(map(leaf_hash, notary.log.leaves(tree.size, size)))


def _write(tree: Frontier, notary: Notary) -> Checkpoint:
    signer = notary.signer()
    checkpoint = Checkpoint(notary.origin, tree.size, tree.root, notary.clock.now(), signer.certificate)
    note = Note(checkpoint, *signer.sign(checkpoint.text))
    for place in notary.places:
        place.put(checkpoint.certificate_name, signer.chain)
        try:
            place.put(checkpoint.name, note.dump())
        except Conflict:  # another process was at the same size; signatures of one text differ
            if read_note(place.get(checkpoint.name)).checkpoint.root != tree.root:
                raise
    notary.log.keep(tree, note)
    return checkpoint


def note_over(size: int, notary: Notary) -> Note | None:
    """The smallest checkpoint of at least so many events, at any place."""
    wanted = f"{notary.origin}/{size:016d}.txt"
    found = [(name, place) for place in notary.places for name in notes_at(place, notary.origin) if name >= wanted]
    if not found:
        return None
    name, place = min(found, key=lambda pair: pair[0])
    return read_note(place.get(name))


def chain_of(note: Note, notary: Notary) -> bytes:
    """The certificates beside a checkpoint, from the first place that has them. Raises `NotFound`."""
    name = note.checkpoint.certificate_name
    for place in notary.places:
        with suppress(NotFound):
            return place.get(name)
    raise NotFound(f"no place has the certificate of checkpoint {note.checkpoint.name}", where=name, hint=_HINT)
