"""Where contact sheets are kept: ``sheets/CAMPAIGN.html`` in the home."""

import os
from pathlib import Path
from typing import Any

from colophon import data
from colophon.bootstrap.runtime import Runtime
from colophon.services.sheet import sheet_html
from colophon.services.show import asset_view


def write_sheet(campaign: dict[str, Any], rt: Runtime) -> Path:
    """Write the page of a campaign view, unless it already says just that. Returns its path."""
    folder = rt.settings.home / "sheets"
    folder.mkdir(exist_ok=True)
    page = folder / f"{campaign['campaign']}.html"

    def source(address: str) -> str | None:
        return os.path.relpath(address, folder) if Path(address).is_file() else None

    assets = [asset_view(a["id"], catalog=rt.catalog, address=rt.store.address) for a in campaign["assets"]]
    text = sheet_html(data.text("sheet.html"), campaign, assets, source)
    if not page.exists() or page.read_text(encoding="utf-8") != text:
        page.write_text(text, encoding="utf-8")
    return page
