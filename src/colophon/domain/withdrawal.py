"""A publication taken back: what was done, what was seen at its addresses, and whether it is gone everywhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

# What a cache and its origin answer with for something that is not there (RFC 9110, sections 15.5.5 and 15.5.11).
GONE = (404, 410)


class Why(StrEnum):
    """``unplanned``: the newest revision or its approvals do not want it any more; ``rights``: the brief's rights or
    embargo do not allow it yet; ``expired``: its rights have ended."""

    ASKED = "asked"
    REJECTED = "rejected"
    UNPLANNED = "unplanned"
    RIGHTS = "rights"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Ask:
    """One way a browser or a job asks for an address; ``name`` tells it apart in the evidence."""

    name: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ""


# Caches keep an answer for each combination they negotiate on; each is asked for on its own.
VARIANTS = (
    Ask("get", headers={"Accept": "*/*", "Accept-Encoding": "identity"}),
    Ask("get avif", headers={"Accept": "image/avif,image/webp,*/*;q=0.8", "Accept-Encoding": "identity"}),
    Ask("get webp", headers={"Accept": "image/webp,*/*;q=0.8", "Accept-Encoding": "identity"}),
    Ask("get jpeg", headers={"Accept": "image/jpeg", "Accept-Encoding": "identity"}),
    Ask("get compressed", headers={"Accept": "*/*", "Accept-Encoding": "gzip, deflate, br"}),
    Ask("head", method="HEAD", headers={"Accept": "*/*", "Accept-Encoding": "identity"}),
    Ask("get with query", headers={"Accept": "*/*", "Accept-Encoding": "identity"}, query="withdrawn=1"),
)
ONE_LOOK = VARIANTS[:1]


@dataclass(frozen=True, slots=True)
class Seen:
    """What an address answered. ``status`` None: nothing answered, and ``problem`` says why. ``headers`` are those of
    interest, bounded; ``body`` only where it was asked for."""

    status: int | None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    problem: str | None = None

    @property
    def gone(self) -> bool:
        return self.status in GONE


@dataclass(frozen=True, slots=True)
class Sighting:
    """The same answer of one address to one way of asking, ``times`` times in a row."""

    address: str
    variant: str
    status: int | None
    headers: Mapping[str, str]
    problem: str | None
    first_at: datetime
    last_at: datetime
    times: int = 1

    @property
    def gone(self) -> bool:
        return self.status in GONE


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """``taken_down_at``: nothing is left on the shelf; ``purged_at``: the CDN last took a purge for it; ``gone_at``:
    whole rounds of looks saw it nowhere. ``due_at`` is when it should have been gone at the latest. ``superseded``:
    the same address was made public again, so that there is nothing left to look for."""

    id: str
    publication: str
    campaign: str
    rendition: str
    addresses: tuple[str, ...]
    why: Why
    begun_at: datetime
    due_at: datetime
    taken_down_at: datetime | None = None
    purged_at: datetime | None = None
    gone_at: datetime | None = None
    superseded_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.gone_at is None and self.superseded_at is None

    def overdue(self, now: datetime) -> bool:
        return self.open and now > self.due_at
