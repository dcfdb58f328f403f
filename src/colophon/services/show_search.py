"""What a search found, as people look at it: pictures with how each was made, what it cost and how it stands."""

from collections.abc import Sequence
from typing import Any

from colophon.domain.asset import Asset
from colophon.domain.query import AssetQuery
from colophon.ports import Catalog
from colophon.services.show_queue import picture_view
from colophon.services.times import time_text

View = dict[str, Any]


def found_view(query: AssetQuery, *, limit: int, after: str | None, catalog: Catalog) -> View:
    """A page, newest first. ``verdict`` is that of the original. Raises `InvalidInput`."""
    page = catalog.search.find(query, limit=limit, after=after)
    return {"assets": _rows(page, catalog), "next_cursor": page[-1].id if len(page) == limit else None}


def _rows(page: Sequence[Asset], catalog: Catalog) -> list[View]:
    progress = {p.generation.id: p for p in catalog.orders.known([a.generation for a in page if a.generation])}
    verdicts = catalog.verdicts.latest([asset.id for asset in page])
    return [
        picture_view(asset)
        | {
            "format": asset.facts.format.value,
            "model": p.generation.model if (p := progress.get(asset.generation or "")) else None,
            "route": p.generation.route if p else None,
            "seed": p.generation.seed if p else None,
            "prompt": p.generation.prompt if p else None,
            "ready_at": time_text(p.ready_at) if p else None,
            "cost": str(p.cost) if p and p.cost is not None else None,
            "currency": p.cost.currency if p and p.cost is not None else None,
            "basis": p.cost_basis.value if p and p.cost_basis else None,
            "verdict": verdicts[asset.id].provenance.state.value if asset.id in verdicts else None,
        }
        for asset in page
    ]
