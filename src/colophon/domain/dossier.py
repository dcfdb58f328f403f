"""All the catalog holds about one picture, as one value: what its lineage is drawn from."""

from dataclasses import dataclass, field
from datetime import datetime

from colophon.domain.asset import Asset, Rendition
from colophon.domain.finding import Comment
from colophon.domain.history import RecordedVerdict
from colophon.domain.judgement import Decision, Round
from colophon.domain.kept import KeptManifest
from colophon.domain.record import Attempt, LedgerEntry, Progress, Publication
from colophon.domain.withdrawal import Sighting, Withdrawal


@dataclass(frozen=True, slots=True)
class Revision:
    """One registered revision of a campaign's brief; ``brief`` is its canonical JSON, whose SHA-256 ``digest`` is."""

    campaign: str
    digest: str
    title: str
    brand: str
    owner: str | None
    brief: str
    registered_at: datetime
    newest: bool


@dataclass(frozen=True, slots=True)
class StartedBy:
    """Who started a run: in their own word (``source`` ``setting``), the system's (``system user``), or as an account
    of the web page and the API (``signed in``)."""

    name: str
    source: str


@dataclass(frozen=True, slots=True)
class RunStart:
    """A run of a campaign that had something to do. ``number`` is that of its event in the audit log."""

    number: int
    at: datetime
    by: StartedBy
    revision: str


@dataclass(frozen=True, slots=True)
class Made:
    """A rendition, and when it was made."""

    rendition: Rendition
    at: datetime


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A withdrawal, and what was seen at its addresses, by number."""

    withdrawal: Withdrawal
    seen: tuple[tuple[int, Sighting], ...] = ()


@dataclass(frozen=True, slots=True)
class Dossier:
    """``progress`` None: the picture was brought in from outside. ``asset`` None: it never became one. ``ledger`` are
    the rows of its generation, ``rounds`` the checks it went through, oldest first."""

    progress: Progress | None = None
    attempts: tuple[Attempt, ...] = ()
    ledger: tuple[LedgerEntry, ...] = ()
    asset: Asset | None = None
    accepted_at: datetime | None = None
    rounds: tuple[Round, ...] = ()
    decisions: tuple[Decision, ...] = ()
    renditions: tuple[Made, ...] = ()
    publications: tuple[Publication, ...] = ()
    manifests: tuple[KeptManifest, ...] = ()
    verdicts: tuple[RecordedVerdict, ...] = field(default=())
    comments: tuple[Comment, ...] = ()
    withdrawals: tuple[TakenBack, ...] = ()
