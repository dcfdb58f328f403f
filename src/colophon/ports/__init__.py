"""What the core asks of the world. Adapters implement these; services name the ones they use."""

from colophon.ports.accounts import Accounts, KnownBrowsers, SignInTries
from colophon.ports.auditing import AuditedCatalog, CheckpointPlace, EventLog, ListVerifier, NoteSigner, NoteVerifier
from colophon.ports.catalog import Catalog
from colophon.ports.dossiers import Dossiers
from colophon.ports.halting import Halts
from colophon.ports.judging import Candidate, Check, LogoFinder, ModerationService, Neighbours, SafetyEngine, WordReader
from colophon.ports.measuring import Delays, Gauges
from colophon.ports.orders import Orders
from colophon.ports.outbox import Courier, Outbox
from colophon.ports.papers import CertifiableKey, KeyService, ManifestReader, ManifestSigner, ManifestStores
from colophon.ports.pictures import Assets, Lookalikes, Manifests, Publications, Verdicts
from colophon.ports.publishing import Holder, Issue, Issues, Leases, ListSigner, PublicView, Purge, Withdrawals
from colophon.ports.queue import ReviewQueue
from colophon.ports.replies import Replies
from colophon.ports.reviews import Reviews
from colophon.ports.search import Search
from colophon.ports.starting import Starter
from colophon.ports.world import Clock, Imaging, Provider, Shelf, Store

__all__ = [
    "Accounts",
    "Assets",
    "AuditedCatalog",
    "Candidate",
    "Catalog",
    "CertifiableKey",
    "Check",
    "CheckpointPlace",
    "Clock",
    "Courier",
    "Delays",
    "Dossiers",
    "EventLog",
    "Gauges",
    "Halts",
    "Holder",
    "Imaging",
    "Issue",
    "Issues",
    "KeyService",
    "KnownBrowsers",
    "Leases",
    "ListSigner",
    "ListVerifier",
    "LogoFinder",
    "Lookalikes",
    "ManifestReader",
    "ManifestSigner",
    "ManifestStores",
    "Manifests",
    "ModerationService",
    "Neighbours",
    "NoteSigner",
    "NoteVerifier",
    "Orders",
    "Outbox",
    "Provider",
    "PublicView",
    "Publications",
    "Purge",
    "Replies",
    "ReviewQueue",
    "Reviews",
    "SafetyEngine",
    "Search",
    "Shelf",
    "SignInTries",
    "Starter",
    "Store",
    "Verdicts",
    "Withdrawals",
    "WordReader",
]
