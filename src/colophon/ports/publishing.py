"""What publishing asks of the world: whose turn it is, what the public sees, a CDN's purge, signed lists, evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from colophon.domain.withdrawal import Ask, Seen, Sighting, Withdrawal


class PublicView(Protocol):
    """Looks at public addresses as anybody does."""

    public: bool
    """False: the store itself is looked at, since the place has no address that others can ask."""

    def look(self, address: str, ask: Ask, *, body: bool = False) -> Seen:
        """One answer, redirects not followed; nothing answering is an answer too (``status`` None). ``body`` reads
        it, within bounds."""


class Purge(Protocol):
    """Tells a CDN to forget what it keeps."""

    name: str

    def purge(self, addresses: Sequence[str], tags: Sequence[str]) -> None:
        """Forget these addresses, and all that carries one of these tags. May be repeated. Raises
        `StoreUnavailable` when the service did not take all of it."""


class ListSigner(Protocol):
    def sign(self, content: bytes) -> bytes:
        """A detached signature over these bytes. Raises `SigningError`."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lease. ``process`` says which process of which machine; empty where that cannot be told."""

    token: str
    process: str = ""


class Leases(Protocol):
    """Turns: one holder for each name at a time."""

    def take(self, name: str, holder: Holder, *, until: datetime, now: datetime) -> tuple[Holder, datetime] | None:
        """None: it is ours until then (also when it was before). Otherwise who has it, and until when."""

    def take_over(self, name: str, dead: Holder, holder: Holder, *, until: datetime) -> bool:
        """In place of a holder that is known to be dead; False: somebody else has it by now."""

    def release(self, name: str, holder: Holder) -> None:
        """Ours no more, if it was."""


class Withdrawals(Protocol):
    """The catalog's memory of what was taken back, and the evidence that it is gone."""

    def begin(self, withdrawal: Withdrawal) -> Withdrawal:
        """One for each publication: the one on record is returned where there is one."""

    def mark(
        self,
        withdrawal: str,
        *,
        taken_down_at: datetime | None = None,
        purged_at: datetime | None = None,
        gone_at: datetime | None = None,
        superseded_at: datetime | None = None,
    ) -> None:
        """What is given is set; a first ``taken_down_at`` or ``gone_at`` is kept."""

    def see(self, withdrawal: str, seen: Sequence[Sighting]) -> None:
        """Append what was seen; the same answer as the last one of its address and variant is counted with it."""

    def unfinished(self, campaign: str | None = None) -> Sequence[Withdrawal]:
        """Oldest first."""

    def of_publications(self, publications: Sequence[str]) -> Sequence[Withdrawal]: ...

    def sightings(self, withdrawal: str) -> Sequence[Sighting]:
        """In the order they were first seen."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One signed list of all lists. ``content`` None: a later one took its place, and only its digest is kept."""

    sequence: int
    sha256: str
    issued_at: datetime
    content: bytes | None
    signature: bytes


class Issues(Protocol):
    """The catalog's memory of the signed lists."""

    def latest(self) -> Issue | None: ...

    def add(self, issue: Issue) -> bool:
        """False: another one has this number already."""
