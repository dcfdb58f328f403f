"""A catalog from before the history of verdicts: each asset's first verdict is on record, and every file is due."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData

from colophon.catalog import open_catalog
from colophon.catalog.database import Database
from colophon.domain.asset import AssetState
from colophon.domain.history import Due, Grounds, Occasion, Scope
from colophon.domain.provenance import ProvenanceState
from colophon.domain.query import AssetQuery, parse_text

AT = datetime(2027, 3, 4, 23, 59, 59, 500000, tzinfo=UTC)
LATER = datetime(2027, 4, 1, tzinfo=UTC)
MANY = 1203  # more than two parts of the step
FOUND: dict[str, Any] = {
    "state": "trusted",
    "integrity": "intact",
    "signer": None,
    "timestamp": "absent",
    "signed_at": None,
    "revocation": "not_checked",
    "claim": {"vendor": "Vendor"},
    "policy": {"name": "default", "version": "1", "issued": "2027-01-01", "digest": "ab" * 32},
    "library": "c2pa 0.91",
    "chain": [],
    "problems": [],
}
PICTURE: dict[str, Any] = {
    **dict.fromkeys(("sha256", "pixels_sha256"), "ab" * 32),
    **dict.fromkeys(("bytes", "width", "height", "frames"), 1),
    **dict.fromkeys(("phash", "dhash", "b0", "b1", "b2", "b3"), 0),
    "campaign": "mugs",
    "state": "approved",
    "format": "png",
    "mode": "RGB",
    "deviation": 1.0,
    "outcome": "accept",
}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def old_url(request: pytest.FixtureRequest) -> str:
    path: Path = request.getfixturevalue("tmp_path")
    url = f"sqlite:///{path}/catalog.db"
    if request.param == "postgres":
        url = str(request.getfixturevalue("database_url"))
    config = Config()
    config.set_main_option("script_location", "colophon:catalog/migrations")
    config.set_main_option("path_separator", "os")
    database = Database(url)
    with database.connection(writes=True) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0003")
        tables = MetaData()
        tables.reflect(connection)
        at = AT.replace(tzinfo=None) if connection.dialect.name == "sqlite" else AT
        row = {**PICTURE, "provenance": FOUND, "created_at": at}
        assets = [row | {"id": f"asset_{number:026d}"} for number in range(MANY)]
        connection.execute(tables.tables["assets"].insert(), assets)
        rendition = {name: PICTURE[name] for name in ("width", "height", "sha256", "bytes")}
        rendition |= {"id": "rend_1", "asset": assets[0]["id"], "placement": "a/b", "format": "jpg"}
        rendition |= {"recipe": "cd" * 32, "signer": "Northwind", "created_at": at}
        connection.execute(tables.tables["renditions"].insert().values(**rendition))
    database.close()
    return url


def test_the_first_verdict_of_each_asset_is_its_history(old_url: str) -> None:
    catalog = open_catalog(old_url)
    for number in (0, 600, MANY - 1):
        [first] = catalog.verdicts.history(f"asset_{number:026d}")
        assert (first.occasion, first.judged_at, first.confirmed_at) == (Occasion.INGEST, AT, AT)
        assert first.provenance == catalog.assets.provenance(first.asset)
        assert (first.provenance.state, first.change) == (ProvenanceState.TRUSTED, None)
        assert catalog.verdicts.latest([first.asset])[first.asset] == first
    catalog.close()


def test_old_assets_are_found(old_url: str) -> None:
    catalog = open_catalog(old_url)
    approved = AssetQuery(text=parse_text("mugs"), verdict="trusted", state=AssetState.APPROVED)
    pages, after = [], None
    while page := catalog.search.find(approved, limit=500, after=after):
        pages.append([asset.id for asset in page])
        after = page[-1].id
    assert [each for page in pages for each in page] == [f"asset_{number:026d}" for number in reversed(range(MANY))]
    catalog.close()


def test_renditions_of_which_nothing_was_kept_are_due(old_url: str) -> None:
    catalog = open_catalog(old_url)
    [first] = catalog.verdicts.history(f"asset_{0:026d}")
    [due] = catalog.verdicts.standings(Scope(), due=Due(Grounds.of(first.provenance), LATER), limit=9)
    assert (due.subject, due.state, due.verdict, due.approved) == ("rend_1", None, None, True)
    assert catalog.verdicts.count(Scope()) == MANY + 1
    catalog.close()
