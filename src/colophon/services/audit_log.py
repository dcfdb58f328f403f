"""The log held against itself and against the checkpoints that lie outside the catalog."""

from collections import defaultdict
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from colophon.domain.audit import Disagreement
from colophon.domain.checkpoint import Note, read_note
from colophon.domain.event import FIRST_PREVIOUS, Event
from colophon.domain.merkle import Frontier, leaf_hash
from colophon.errors import ColophonError, InvalidInput
from colophon.ports import AuditedCatalog, CheckpointPlace, NoteVerifier
from colophon.services.checkpoint import notes_at

OVERDUE = timedelta(hours=2)  # twice the longest that a checkpoint may take to be written


@dataclass(frozen=True, slots=True)
class Log:
    """What the log is held against. ``witnesses`` are places in other hands: what they have has to fit, and they need
    not have all. ``now`` is when the catalog was read: a copy of last year is not overdue for its
    checkpoint since then, so it is the copy's time that matters; None leaves that out."""

    catalog: AuditedCatalog
    origin: str
    places: Sequence[CheckpointPlace]
    verifier: NoteVerifier
    now: datetime | None = None
    witnesses: Sequence[CheckpointPlace] = ()


@dataclass(frozen=True, slots=True)
class Uncovered:
    """How many events came after the newest checkpoint: these can be cut off or rewritten, and nothing here tells."""

    events: int


def check_log(log: Log) -> Iterator[Disagreement | Event | Note | Uncovered]:
    """Each event and checkpoint as it was checked, and before it what is wrong with it."""
    notes = yield from _notes(log)
    tree, pending, leaves = Frontier(), sorted(notes), list[bytes]()
    previous, expected, uncovered, after = FIRST_PREVIOUS, 1, None, 0
    largest = pending[-1] if pending else 0
    for event in log.catalog.events():
        if isinstance(event, Disagreement):
            yield event
            expected += 1
            leaves.append(leaf_hash(event.id.encode()))
            continue
        yield from _wrong(event, expected, previous)
        previous, expected = event.hash, event.sequence + 1
        leaves.append(leaf_hash(_leaf(event)))
        if event.sequence > largest:
            uncovered, after = uncovered or event.at, after + 1
        if (pending and tree.size + len(leaves) == pending[0]) or len(leaves) >= 4096:
            tree, leaves = tree.grown(leaves), []
        if pending and tree.size == pending[0]:
            yield from _other_root(tree, notes[pending.pop(0)])
        yield event
    tree = tree.grown(leaves)
    for size in pending:
        for note in notes[size]:
            what = f"it is over {size} events and the log has {tree.size}: its end is cut off, or this is an older copy"
            yield Disagreement("log_cut", "checkpoint", note.checkpoint.name, what)
    yield Uncovered(after)
    if uncovered is not None and log.now is not None and log.now - uncovered > OVERDUE:
        what = f"events since {uncovered:%Y-%m-%d %H:%M} UTC are under no checkpoint"
        yield Disagreement("checkpoint_overdue", "checkpoint", log.origin, what)


def _notes(log: Log) -> Generator[Disagreement | Note, None, dict[int, list[Note]]]:
    """Returns the checkpoints that count, by size; several of one size where places do not agree."""
    lying: dict[str, dict[str, bytes]] = defaultdict(dict)
    answered: list[CheckpointPlace] = []
    for place in (*log.places, *log.witnesses):
        try:
            names = notes_at(place, log.origin)
            for name in names:
                lying[name][place.address] = place.get(name)
        except ColophonError as error:
            yield Disagreement("checkpoints_unreadable", "checkpoint", place.address, error.message)
        else:
            if place in log.places:
                answered.append(place)
            elif not names:
                what = f"this witness has no checkpoint of a log named {log.origin}"
                yield Disagreement("witness_empty", "checkpoint", place.address, what)
    found: dict[int, list[Note]] = defaultdict(list)
    for name, copies in sorted(lying.items()):
        for place in answered:
            if place.address not in copies:
                yield Disagreement("checkpoint_missing", "checkpoint", name, f"there is none at {place.address}")
        if len(set(copies.values())) > 1:
            yield Disagreement("checkpoint_differs", "checkpoint", name, f"not the same at {', '.join(copies)}")
        for content in dict.fromkeys(copies.values()):
            note = yield from _believed(name, content, log)
            if note is not None:
                found[note.checkpoint.size].append(note)
                yield note
    return dict(found)


def _believed(name: str, content: bytes, log: Log) -> Generator[Disagreement, None, Note | None]:
    """Returns the note, or None for one that does not count."""
    try:
        note = read_note(content)
    except InvalidInput as error:
        yield Disagreement("checkpoint_unreadable", "checkpoint", name, error.message)
        return None
    if note.checkpoint.name != name:
        yield Disagreement("checkpoint_unreadable", "checkpoint", name, f"it is the one named {note.checkpoint.name}")
        return None
    doubt = "the certificate it was signed with is gone"
    for place in (*log.places, *log.witnesses):
        try:
            chain = place.get(note.checkpoint.certificate_name)
        except ColophonError:
            continue
        doubt = log.verifier.doubt(note, chain) or ""
        if not doubt:
            return note
    yield Disagreement("checkpoint_untrusted", "checkpoint", name, doubt)
    return None


def _wrong(event: Event, expected: int, previous: str) -> Iterator[Disagreement]:
    name = str(event.sequence)
    if event.sequence != expected:
        yield Disagreement("event_missing", "event", name, f"event {expected} is not before it")
    if event.previous != previous:
        yield Disagreement("event_chain", "event", name, "it does not name the event before it")
    try:
        same = event.counted_hash() == event.hash
    except (ValueError, TypeError, AttributeError):
        same = False
    if not same:
        yield Disagreement("event_differs", "event", name, "its content is not what its hash says")


def _leaf(event: Event) -> bytes:
    try:
        return event.leaf
    except (ValueError, TypeError):
        return b""


def _other_root(tree: Frontier, notes: Sequence[Note]) -> Iterator[Disagreement]:
    for note in notes:
        if note.checkpoint.root != tree.root:
            what = f"the log's first {tree.size} events are not those it was made over: they were rewritten"
            yield Disagreement("log_rewritten", "checkpoint", note.checkpoint.name, what)
