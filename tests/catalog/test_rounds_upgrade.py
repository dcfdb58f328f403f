"""A catalog from before rounds: what was found is each asset's first round, and what was approved stays approved."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData

from colophon.catalog import open_catalog
from colophon.catalog.database import Database
from colophon.domain.finding import findings_digest
from colophon.domain.gate import may_publish
from colophon.domain.judgement import Weight

AT = datetime(2027, 3, 4, 23, 59, 59, 500000, tzinfo=UTC)
MANY = 603  # more than one part of the step
PICTURE: dict[str, Any] = {
    **dict.fromkeys(("sha256", "pixels_sha256"), "ab" * 32),
    **dict.fromkeys(("bytes", "width", "height", "frames"), 1),
    **dict.fromkeys(("phash", "dhash"), 0),
    "campaign": "mugs",
    "state": "approved",
    "format": "png",
    "mode": "RGB",
    "deviation": 1.0,
    "outcome": "hold",
    "provenance": {},
}
FOUND = {"name": "palette", "version": "1", "score": 0.1 + 0.2, "parameters": {"colours": ["é", 1.0], "most": None}}


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
        command.upgrade(config, "0007")
        tables = MetaData()
        tables.reflect(connection)
        at = AT.replace(tzinfo=None) if connection.dialect.name == "sqlite" else AT
        assets = [{**PICTURE, "id": f"asset_{n:026d}", "created_at": at} for n in range(MANY)]
        connection.execute(tables.tables["assets"].insert(), assets)
        found = [
            {**FOUND, "asset": asset["id"], "position": place, "verdict": verdict, "reasons": [verdict]}
            for asset in assets[:-1]
            for place, verdict in enumerate(("pass", "review"))
        ]
        connection.execute(tables.tables["findings"].insert(), found)
        said = {"action": "approve", "decided_by": "Ana", "reason": "good", "decided_at": at}
        said |= {"asset_sha256": PICTURE["sha256"], "findings_sha256": "cd" * 32}
        decisions = [{**said, "id": f"dec_{n}", "asset": assets[n]["id"]} for n in (0, 600, MANY - 1)]
        connection.execute(tables.tables["decisions"].insert(), decisions)
    database.close()
    return url


def test_findings_are_the_first_round_and_approvals_stand(old_url: str) -> None:
    catalog = open_catalog(old_url)
    for number in (0, 600):
        [first] = catalog.reviews.rounds(f"asset_{number:026d}")
        assert (first.number, first.at, first.occasion) == (1, AT, "ingest")
        assert [f.verdict.value for f in first.findings] == ["pass", "review"]
        assert first.findings[0].parameters == FOUND["parameters"]
        assert first.findings_sha256 == findings_digest(first.findings)
        assert first.judgement.weights == (Weight.NOTE, Weight.HOLD)
        dossier = catalog.reviews.dossier(first.asset)
        [decision] = dossier.decisions
        assert (decision.policy, decision.needed, decision.actor, decision.expires_at) == (None, 1, "person", None)
        assert decision.accepted == first.doubts != ()
        assert may_publish(dossier, AT) is None
    bare = catalog.reviews.dossier(f"asset_{MANY - 1:026d}")
    assert (bare.round.findings, bare.round.findings_sha256) == ((), findings_digest(()))
    assert may_publish(bare, AT) is None
    catalog.close()
