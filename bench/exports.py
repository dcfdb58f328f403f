"""Export of a campaign of 100,000 records, each format in a process of its own: time and the most memory it had.

The records are made up and go straight into the catalog's tables: orders, money, checks, renditions, verdicts. There
are no pictures: those are read one at a time, whatever their number.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from colophon.catalog import open_catalog
from colophon.catalog.asset_tables import AssetRow, ManifestRow, PublicationRow, RenditionRow
from colophon.catalog.database import Database
from colophon.catalog.money_tables import LedgerRow
from colophon.catalog.review_tables import DecisionRow, FindingRow, RoundRow
from colophon.catalog.tables import (
    AttemptRow,
    CampaignRow,
    GenerationRow,
    RevisionRow,
    Row,
)
from colophon.catalog.verdict_tables import VerdictRow

RECORDS = int(os.environ.get("BENCH_EXPORTS", "100000"))
LIMIT_MIB = 100.0
FORMATS = ("json", "csv", "prov", "openlineage")
_CUTS = 8
_EACH = 5 + 3 + 6 + 1 + 4 * _CUTS  # records of one picture below, with its task and its original
_CHILD = """
import sys
from pathlib import Path
from colophon.catalog import open_catalog
from colophon.services.export import Wanted, export_format
before = int(next(l for l in open("/proc/self/status") if l.startswith("VmRSS")).split()[1])
catalog = open_catalog(sys.argv[1])
done = export_format(
    Wanted("big", sys.argv[2], Path(sys.argv[3])), dossiers=catalog.dossiers, note_read=lambda read: None
)
most = int(next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1])
print(sum(done.counts.nodes.values()), done.read.bytes, before, most)
"""
_START = datetime(2027, 3, 4, tzinfo=UTC)
_VERDICT = {
    "state": "trusted", "integrity": "intact", "timestamp": "absent", "signed_at": None, "revocation": "not_checked",
    "signer": None, "claim": {"vendor": "Vendor"}, "policy": {"name": "default", "digest": "ab"}, "library": "c2pa",
}  # fmt: skip


def run(records: int = RECORDS) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/catalog.db"
        open_catalog(url).close()
        _fill(url, -(-records // _EACH))
        for form in FORMATS:
            out = Path(folder) / form
            start = datetime.now(UTC)
            told = subprocess.run([sys.executable, "-c", _CHILD, url, form, str(out)], capture_output=True, check=True)
            seconds = (datetime.now(UTC) - start).total_seconds()
            nodes, size, before, most = map(int, told.stdout.split())
            print(
                f"{form}: {nodes} records, {size / 1e6:.0f} MB in {seconds:.0f} s, at most "
                f"{most / 1024:.0f} MiB of memory ({before / 1024:.0f} MiB of them the program itself)"
            )
            assert most / 1024 < LIMIT_MIB, form


def _fill(url: str, pictures: int) -> None:
    database = Database(url)
    tables: dict[type[Row], list[dict[str, Any]]] = {}
    with database.writing() as session:
        _put(session, CampaignRow, [{"slug": "big", "revision": "r1", "created_at": _START, "updated_at": _START}])
        _put(
            session,
            RevisionRow,
            [
                {
                    "campaign": "big", "revision": "r1", "title": "Big", "brand": "Northwind", "owner": "Ada",
                    "canonical": '{"visuals":[{"id":"hero"}]}', "renditions": [], "cap_micros": 1, "currency": "USD",
                    "registered_at": _START,
                }
            ],
        )  # fmt: skip
        for number in range(pictures):
            for table, row in _picture(number):
                tables.setdefault(table, []).append(row)
            if number % 200 == 199 or number == pictures - 1:
                for table, rows in tables.items():
                    _put(session, table, rows)
                tables = {}
    database.close()


def _put(session: Any, table: type[Row], rows: list[dict[str, Any]]) -> None:
    session.execute(insert(table), rows)


def _picture(number: int) -> Iterator[tuple[type[Row], dict[str, Any]]]:
    at, generation, asset = _START + timedelta(seconds=number), f"gen_{number:08}", f"asset_{number:08}"
    yield (
        GenerationRow,
        {
            "id": generation, "campaign": "big", "revision": "r1", "visual": "hero", "variant": number, "master": "m",
            "width": 1024, "height": 1024, "route": "sandbox", "model": "flux-2-pro", "seed": number,
            "prompt": "A matte ceramic mug on a sunlit oak table, steam rising, soft window light, 85mm",
            "structure": "{}", "safety": "strict", "references": [], "routes": ["sandbox"], "low_micros": 30000,
            "high_micros": 50000, "currency": "USD", "state": "asset", "attempt": 1, "provider": "Sandbox",
            "submitted_at": at, "ready_at": at, "parameters": {}, "original_sha256": f"{number:064x}",
        },
    )  # fmt: skip
    yield (
        AttemptRow,
        {
            "generation": generation, "number": 1, "route": "sandbox", "model": "flux-2-pro", "started_at": at,
            "ended_at": at, "outcome": "delivered", "request_id": f"task-{number}",
        },
    )  # fmt: skip
    for kind in ("reservation", "charge", "release"):
        yield (
            LedgerRow,
            {
                "id": f"led_{number:08}_{kind}", "campaign": "big", "brand": "Northwind", "day": at.date(),
                "generation": generation, "attempt": 1, "kind": kind, "micros": 45000, "currency": "USD",
                "basis": "settled", "route": "sandbox", "at": at,
            },
        )  # fmt: skip
    yield (
        AssetRow,
        {
            "id": asset, "sha256": f"{number:064x}", "bytes": 9, "campaign": "big", "visual": "hero",
            "variant": number, "generation": generation, "state": "approved", "format": "png", "width": 1024,
            "height": 1024, "mode": "RGB", "frames": 1, "pixels_sha256": f"{number:064x}", "phash": number,
            "dhash": number, "deviation": 50.0, "outcome": "accept", "provenance": _VERDICT, "created_at": at,
        },
    )  # fmt: skip
    yield (
        RoundRow,
        {
            "asset": asset, "number": 1, "checked_at": at, "occasion": "ingest", "findings_round": 1,
            "findings_sha256": "f" * 64, "outcome": "accept", "weights": ["note"] * 6, "absent": [],
            "policy": "colophon", "policy_version": "1", "policy_sha256": "e" * 64,
        },
    )  # fmt: skip
    for position in range(6):
        yield (
            FindingRow,
            {
                "asset": asset, "round": 1, "position": position, "name": "palette", "version": "1", "verdict": "pass",
                "reasons": ["10% of the area is in the brand's colours"], "parameters": {"tolerance": 6.0},
            },
        )  # fmt: skip
    yield (
        DecisionRow,
        {
            "id": f"dec_{number:08}", "asset": asset, "action": "approve", "decided_by": "Ada", "reason": "",
            "decided_at": at, "asset_sha256": f"{number:064x}", "findings_sha256": "f" * 64,
            "actor": "person", "accepted": [], "needed": 1,
        },
    )  # fmt: skip
    for cut in range(_CUTS):
        rendition, digest = f"ren_{number:08}_{cut}", f"{number * _CUTS + cut:064x}"
        yield (
            RenditionRow,
            {
                "id": rendition, "asset": asset, "placement": f"web/{cut}", "format": "jpg", "width": 800,
                "height": 600, "sha256": digest, "bytes": 9, "recipe": digest, "signer": "Northwind", "created_at": at,
            },
        )  # fmt: skip
        yield (
            ManifestRow,
            {
                "label": f"urn:c2pa:{digest}", "sha256": digest, "asset": asset, "rendition": rendition,
                "state": "trusted", "created_at": at,
            },
        )  # fmt: skip
        yield (
            VerdictRow,
            {
                "id": f"ver_{number:08}_{cut}", "asset": asset, "rendition": rendition, "occasion": "sign",
                "judged_at": at, "confirmed_at": at, "state": "trusted", "policy": "ab", "lists": "ab",
                "library": "c2pa", "provenance": _VERDICT, "changes": None,
            },
        )  # fmt: skip
        yield (
            PublicationRow,
            {
                "id": f"pub_{number:08}_{cut}", "campaign": "big", "rendition": rendition, "key": f"big/{digest}.jpg",
                "address": f"https://cdn.example/big/{digest}.jpg", "sha256": digest, "published_from": at,
            },
        )  # fmt: skip
