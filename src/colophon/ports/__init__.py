"""What the core asks of the world. Adapters implement these; services name the ones they use."""

from colophon.ports.catalog import Catalog
from colophon.ports.judging import Candidate, Check, Neighbours, SafetyEngine, WordReader
from colophon.ports.orders import Orders
from colophon.ports.papers import CertifiableKey, KeyService, ManifestReader, ManifestSigner, ManifestStores
from colophon.ports.pictures import Assets, Lookalikes, Manifests, Publications, Verdicts
from colophon.ports.search import Search
from colophon.ports.world import Clock, Imaging, Provider, Shelf, Store

__all__ = [
    "Assets",
    "Candidate",
    "Catalog",
    "CertifiableKey",
    "Check",
    "Clock",
    "Imaging",
    "KeyService",
    "Lookalikes",
    "ManifestReader",
    "ManifestSigner",
    "ManifestStores",
    "Manifests",
    "Neighbours",
    "Orders",
    "Provider",
    "Publications",
    "SafetyEngine",
    "Search",
    "Shelf",
    "Store",
    "Verdicts",
    "WordReader",
]
