"""What the core asks of the world. Adapters implement these; services name the ones they use."""

from colophon.ports.auditing import AuditedCatalog, CheckpointPlace, EventLog, NoteSigner, NoteVerifier
from colophon.ports.catalog import Catalog
from colophon.ports.dossiers import Dossiers
from colophon.ports.judging import Candidate, Check, LogoFinder, ModerationService, Neighbours, SafetyEngine, WordReader
from colophon.ports.orders import Orders
from colophon.ports.papers import CertifiableKey, KeyService, ManifestReader, ManifestSigner, ManifestStores
from colophon.ports.pictures import Assets, Lookalikes, Manifests, Publications, Verdicts
from colophon.ports.publishing import Holder, Issue, Issues, Leases, ListSigner, PublicView, Purge, Withdrawals
from colophon.ports.reviews import Reviews
from colophon.ports.search import Search
from colophon.ports.world import Clock, Imaging, Provider, Shelf, Store

__all__ = [
    "Assets",
    "AuditedCatalog",
    "Candidate",
    "Catalog",
    "CertifiableKey",
    "Check",
    "CheckpointPlace",
    "Clock",
    "Dossiers",
    "EventLog",
    "Holder",
    "Imaging",
    "Issue",
    "Issues",
    "KeyService",
    "Leases",
    "ListSigner",
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
    "Provider",
    "PublicView",
    "Publications",
    "Purge",
    "Reviews",
    "SafetyEngine",
    "Search",
    "Shelf",
    "Store",
    "Verdicts",
    "Withdrawals",
    "WordReader",
]
