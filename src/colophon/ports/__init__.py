"""What the core asks of the world. Adapters implement these; services name the ones they use."""

from colophon.ports.catalog import Catalog
from colophon.ports.judging import Candidate, Check, Neighbours, SafetyEngine, WordReader
from colophon.ports.orders import Orders
from colophon.ports.papers import CertifiableKey, KeyService, ManifestReader, ManifestSigner, ManifestStores
from colophon.ports.pictures import Assets, Lookalikes, Manifests, Publications, Verdicts
from colophon.ports.publishing import Holder, Issue, Issues, Leases, ListSigner, PublicView, Purge, Withdrawals
from colophon.ports.world import Clock, Imaging, Provider, Shelf, Store

__all__ = [
    "Assets",
    "Candidate",
    "Catalog",
    "CertifiableKey",
    "Check",
    "Clock",
    "Holder",
    "Imaging",
    "Issue",
    "Issues",
    "KeyService",
    "Leases",
    "ListSigner",
    "Lookalikes",
    "ManifestReader",
    "ManifestSigner",
    "ManifestStores",
    "Manifests",
    "Neighbours",
    "Orders",
    "Provider",
    "PublicView",
    "Publications",
    "Purge",
    "SafetyEngine",
    "Shelf",
    "Store",
    "Verdicts",
    "Withdrawals",
    "WordReader",
]
