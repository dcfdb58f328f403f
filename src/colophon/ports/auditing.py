"""The audit log, and the places outside the catalog where its checkpoints lie."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from colophon.domain.audit import Decided, Disagreement, Held, Published, SignedFile
from colophon.domain.checkpoint import Note
from colophon.domain.event import Event
from colophon.domain.merkle import Frontier
from colophon.ports.publishing import Issue


class EventLog(Protocol):
    """What changed the catalog is in the log by itself; this is for all else, and for reading it."""

    def note(self, kind: str, subject: str, *, body: Mapping[str, Any] | None = None, by: str | None = None) -> Event:
        """Put on record what changed no row: the read of an export. ``by`` is a person; the log commits to the name,
        which can be erased. ``body`` must hold nothing personal."""

    def size(self) -> int:
        """How many events there are."""

    def event(self, sequence: int) -> Event:
        """Raises `NotFound`."""

    def page(self, *, after: int = 0, limit: int = 1000, about: str | None = None) -> Sequence[Event]:
        """In order; ``about``: of one table, or ``log``."""

    def of_rows(self, rows: Sequence[tuple[str, str]], *, limit: int) -> Sequence[Event]:
        """The newest events about these rows, each as table and key, in order."""

    def of_campaign(self, campaign: str) -> Sequence[int]:
        """The numbers of the events about rows of a campaign, in order. Reads of its exports are about no row."""

    def numbered(self, numbers: Sequence[int]) -> Iterator[Event]:
        """These events, in this order; read in parts."""

    def leaves(self, start: int, end: int) -> Iterator[bytes]:
        """What the Merkle tree has at these places, counted from 0; read in parts."""

    def frontier(self, at_most: int) -> Frontier:
        """The largest tree on record with no more leaves than this."""

    def keep(self, tree: Frontier, note: Note) -> None:
        """Remember a checkpoint that was written, and the way to it."""

    def checkpointed(self) -> tuple[int, datetime | None]:
        """The size of the newest checkpoint on record, and when the first event after it was written; None: there is
        none."""

    def erase(self, subject: str) -> Sequence[str]:
        """Erase all personal text of a row, ``TABLE/KEY``, or of an event, ``log/TEXT``. The columns that were erased;
        none when it had been before. Raises `NotFound`, `InvalidInput` where nothing is personal."""

    def personal(self, name: str) -> Sequence[str]:
        """The rows and events whose personal text is exactly this, as `erase` takes them."""


class CheckpointPlace(Protocol):
    """A folder or bucket outside the catalog."""

    address: str

    def put(self, name: str, content: bytes) -> None:
        """Write once: other bytes under a name that is taken raise `Conflict`. Raises `StoreUnavailable`."""

    def get(self, name: str) -> bytes:
        """Raises `NotFound`, `StoreUnavailable`."""

    def names(self, prefix: str) -> Sequence[str]:
        """All names that begin so, sorted. Raises `StoreUnavailable`."""


class NoteSigner(Protocol):
    """The brand's key, for checkpoints. ``certificate`` is the SHA-256 of its certificate's DER in hex, ``chain`` the
    certificates in PEM form."""

    certificate: str
    chain: bytes

    def sign(self, text: str) -> tuple[bytes, bytes]:
        """Key id and signature. Raises `SigningError`."""


class NoteVerifier(Protocol):
    def doubt(self, note: Note, chain: bytes) -> str | None:
        """Why the note's signature is not believed; None: it is."""


class ListVerifier(Protocol):
    def doubt(self, content: bytes, signature: bytes, at: datetime) -> str | None:
        """Why the detached signature over a list of that time is not believed; None: it is."""


class AuditedCatalog(Protocol):
    """A catalog, or a copy of one, read and never written; all of it as of one moment. For one thread.

    Rows that cannot be read are disagreements too, never errors."""

    def rows(self) -> Iterator[tuple[int, Sequence[Disagreement]]]:
        """All guarded rows against the newest event about each: how many were read, and what does not agree."""

    def events(self) -> Iterator[Event | Disagreement]:
        """The whole log in order."""

    def texts(self) -> Iterator[Disagreement]:
        """Personal texts of events that are not what the events committed to."""

    def money(self) -> Iterator[Disagreement]:
        """The ledger against attempts and generations, and the purses against its sums."""

    def objects(self) -> Iterator[Held | Disagreement]: ...

    def signed(self) -> Iterator[SignedFile | Disagreement]:
        """Renditions, oldest first."""

    def decided(self) -> Iterator[Decided | Disagreement]:
        """Assets that are approved, rejected, or public."""

    def publications(self) -> Iterator[Published | Disagreement]:
        """All that are open, and the closed ones whose key no open one has."""

    def public_campaigns(self) -> Sequence[str]:
        """Those of which something is public."""

    def public_of(self, campaign: str) -> Iterator[Published | Disagreement]:
        """What is public of it."""

    def issues(self) -> Iterator[Issue | Disagreement]:
        """The signed lists of all lists, oldest first."""
