"""Where sheets are kept: ``sheets/CAMPAIGN.html`` and ``sheets/crops-ASSET.html`` in the home."""

import os
from pathlib import Path
from typing import Any

from colophon import data
from colophon.bootstrap.runtime import Runtime
from colophon.errors import StoreUnavailable
from colophon.services.crops import crops_html, crops_view, planned_for
from colophon.services.sheet import sheet_html
from colophon.services.show_asset import asset_view


def write_sheet(campaign: dict[str, Any], rt: Runtime) -> Path:
    """Write the page of a campaign view, unless it already says just that. Returns its path. Raises
    `StoreUnavailable` where it cannot be written."""
    folder = rt.settings.home / "sheets"
    page = folder / f"{campaign['campaign']}.html"

    def source(address: str) -> str | None:
        return os.path.relpath(address, folder) if Path(address).is_file() else None

    assets = [asset_view(a["id"], catalog=rt.catalog, address=rt.store.address) for a in campaign["assets"]]
    text = sheet_html(data.text("sheet.html"), campaign, assets, source)
    try:
        _write(page, text)
    except OSError as error:
        raise StoreUnavailable(f"the contact sheet cannot be written: {error.strerror}", where=str(page)) from error
    return page


def write_crops(asset_id: str, rt: Runtime, *, out: Path | None = None, everywhere: bool = False) -> dict[str, Any]:
    """Write the page of an asset's crops, to ``out`` or into the home. Returns the crops, and the page's path. Raises
    `NotFound`, and `StoreUnavailable` where it cannot be written."""
    asset = rt.catalog.assets.get(asset_id)
    planned = planned_for(asset, orders=rt.catalog.orders, placements=rt.rules.placements, everywhere=everywhere)
    view = crops_view(asset, planned, assets=rt.catalog.assets, enlarge=rt.settings.crop_enlarge)
    text = crops_html(data.text("crops.html"), view, asset, store=rt.store, imaging=rt.imaging)
    page = out or rt.settings.home / "sheets" / f"crops-{asset.id}.html"
    try:
        _write(page, text)
    except OSError as error:
        raise StoreUnavailable(f"the page of crops cannot be written: {error.strerror}", where=str(page)) from error
    return view | {"page": str(page)}


def _write(page: Path, text: str) -> None:
    page.parent.mkdir(exist_ok=True)
    if not page.exists() or page.read_bytes() != text.encode():
        page.write_text(text, encoding="utf-8")
