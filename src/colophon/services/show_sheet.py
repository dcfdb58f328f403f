"""A campaign's contact sheet by placement: its files, with what the channel covers of them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from colophon.domain.asset import Asset, Rendition
from colophon.domain.placement import SafeArea
from colophon.domain.recipe import wanted_files
from colophon.domain.rendition import PlannedRendition
from colophon.ports import Catalog

View = dict[str, Any]
Address = Callable[[str], str]
PAGE = 24  # pictures a page; each may have several files


@dataclass(frozen=True, slots=True)
class SheetFile:
    """A file as the newest revision wants it; ``rendition`` None: it is not made yet."""

    asset: Asset
    planned: PlannedRendition
    rendition: Rendition | None

    @property
    def covered(self) -> SafeArea | None:
        """What the channel covers, in pixels of the placement's own size."""
        return self.planned.safe


@dataclass(frozen=True, slots=True)
class SheetPage:
    """``cursor`` is where the next page begins; None: there is none."""

    files: Sequence[SheetFile]
    cursor: int | None


def placements_of(campaign: str, *, catalog: Catalog) -> Sequence[str]:
    """In the plan's order. Raises `NotFound`."""
    return list(dict.fromkeys(file.placement for file in catalog.orders.planned_renditions(campaign)))


def sheet_page(campaign: str, placement: str, *, after: int = -1, limit: int = PAGE, catalog: Catalog) -> SheetPage:
    """The files of one placement, in the order of the ``limit`` pictures they are cut from. Of a set of widths the
    widest is shown, of several formats the first. Raises `NotFound`."""
    brief = catalog.orders.campaign(campaign).brief
    planned = [file for file in catalog.orders.planned_renditions(campaign) if file.placement == placement]
    rows = catalog.boards.pictures(campaign, limit=limit + 1, after=after)
    files: list[SheetFile] = []
    for _, progress, asset in rows[:limit]:
        if asset is None:
            continue
        made = {file.recipe: file for file in catalog.assets.renditions(asset.id)}
        shown: dict[str | None, SheetFile] = {}
        for recipe, file in wanted_files(asset, progress, planned, brief).items():
            shown.setdefault(file.locale, SheetFile(asset, file, made.get(recipe)))
        files += shown.values()
    return SheetPage(files, rows[limit - 1][0] if len(rows) > limit else None)


def sheet_view(page: SheetPage, address: Address) -> list[View]:
    """The files of a page as plain data. ``rendition`` None: it is not made yet."""
    return [
        {
            "asset": file.asset.id,
            "state": file.asset.state.value,
            "visual": file.planned.visual,
            "variant": file.asset.variant,
            "placement": file.planned.placement,
            "format": file.planned.format.value,
            "locale": file.planned.locale,
            "width": file.planned.width,
            "height": file.planned.height,
            "max_bytes": file.planned.max_bytes,
            "safe": asdict(file.covered) if file.covered else None,
            "rendition": _made(file.rendition, address) if file.rendition else None,
        }
        for file in page.files
    ]


def _made(rendition: Rendition, address: Address) -> View:
    return {
        "id": rendition.id,
        "sha256": rendition.sha256,
        "bytes": rendition.bytes,
        "path_or_key": address(rendition.sha256),
    }
