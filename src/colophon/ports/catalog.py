"""All of the catalog."""

from typing import Protocol

from colophon.ports.judging import Neighbours
from colophon.ports.orders import Orders
from colophon.ports.pictures import Assets, Lookalikes, Manifests, Publications, Verdicts
from colophon.ports.search import Search


class Catalog(Neighbours, Protocol):
    """All of the catalog; services name the part they use."""

    orders: Orders
    assets: Assets
    publications: Publications
    manifests: Manifests
    lookalikes: Lookalikes
    verdicts: Verdicts
    search: Search
