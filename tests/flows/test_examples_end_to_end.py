"""Both examples, from brief to published files, through command line and Prefect; then read without this product."""

import io
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import c2pa
import pytest
from PIL import Image

from colophon.storage import S3Access

EXAMPLES = Path(__file__).parents[2] / "examples"
CLI = str(Path(sys.executable).with_name("colophon"))
EKUS = "1.3.6.1.4.1.62558.2.1\n1.3.6.1.5.5.7.3.4\n1.3.6.1.5.5.7.3.36"
FORMATS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "avif": "AVIF"}

OwnDatabase = Callable[[], AbstractContextManager[str]]

pytestmark = [pytest.mark.flow, pytest.mark.timeout(600)]


@dataclass(frozen=True)
class World:
    """A home with its settings, and the command line under them."""

    home: Path
    environment: Mapping[str, str]

    def colophon(self, *arguments: str, **more: str) -> Any:
        done = subprocess.run(
            [CLI, *arguments, "--json"],
            env={**_plain_environment(), **self.environment, "COLOPHON_HOME": str(self.home), **more},
            cwd=self.home.parent,
            capture_output=True,
            timeout=480,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    def run(self, example: str, **more: str) -> Any:
        brief = str(EXAMPLES / example / "brief.yaml")
        return self.colophon("run", brief, "--approve-as", "Ana", "--publish", **more)


def _plain_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COLOPHON_", "PREFECT_"))}
    return {**kept, "BFL_API_KEY": ""}


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("local") / "home", {})


@pytest.fixture(scope="module")
def remote(
    tmp_path_factory: pytest.TempPathFactory, own_database: OwnDatabase, s3_access: S3Access, prefect_url: str
) -> Iterator[World]:
    """PostgreSQL for the catalog, S3 for store and CDN."""
    with own_database() as database:
        settings = {**_remote_settings(database, s3_access), "PREFECT_API_URL": prefect_url}
        yield World(tmp_path_factory.mktemp("remote") / "home", settings)


def _remote_settings(database: str, s3_access: S3Access) -> dict[str, str]:
    return {
        "COLOPHON_DATABASE_URL": database,
        "COLOPHON_STORAGE_URL": "s3://example-store",
        "COLOPHON_CDN_URL": "s3://example-cdn",
        "COLOPHON_CDN_PUBLIC_URL": "https://cdn.example.com",
        "COLOPHON_CDN_READ_BACK": "store",
        "COLOPHON_S3_ENDPOINT": s3_access.endpoint,
        "COLOPHON_S3_ACCESS_KEY": s3_access.access_key,
        "COLOPHON_S3_SECRET_KEY": s3_access.secret_key,
        "COLOPHON_S3_SECURE": "false",
    }


@pytest.fixture(scope="module")
def runs(local: World, prefect_url: str) -> dict[str, Any]:
    """The first starts a Prefect server of its own, as a newcomer's does; the second uses one that is there."""
    alone = local.run("northwind-mugs")
    return {"northwind-mugs": alone, "harbour-house": local.run("harbour-house", PREFECT_API_URL=prefect_url)}


@pytest.fixture(scope="module")
def read_alone(local: World, runs: dict[str, Any]) -> Callable[[bytes], Any]:
    """The C2PA library with nothing but the two test authorities' certificates."""
    anchors = [
        {"trust_uri": f"urn:test:{name}", "trust_kind": "manifest", "trust_anchors": file.read_text()}
        for name, file in (
            ("brand", local.home / "pki" / "ca.pem"),
            ("vendor", local.home / "sandbox" / "pki" / "root.pem"),
        )
    ]
    context = c2pa.Context.from_dict(
        {
            "trust": {"anchors": anchors, "trust_config": EKUS},
            "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
            "core": {"allowed_network_hosts": []},
        }
    )

    def read(content: bytes) -> Any:
        with c2pa.Reader(None, io.BytesIO(content), context=context) as reader:
            return json.loads(reader.json())

    return read


@pytest.fixture(scope="module")
def plans(local: World, runs: dict[str, Any]) -> dict[str, Any]:
    return {name: local.colophon("plan", str(EXAMPLES / name / "brief.yaml")) for name in runs}


def test_every_wanted_file_is_made_and_published(runs: dict[str, Any], plans: dict[str, Any]) -> None:
    for name, run in runs.items():
        plan = plans[name]
        assert [g["id"] for g in run["generations"]] == [g["id"] for g in plan["generations"]]
        assert {g["state"] for g in run["generations"]} == {"asset"}
        variants = {g["id"]: (g["visual"], g["master"]) for g in run["generations"]}
        assets = {g["asset_id"]: variants[g["id"]] for g in run["generations"]}
        wanted = sorted(
            (asset, r["placement"], r["format"])
            for asset, (visual, master) in assets.items()
            for r in plan["renditions"]
            if (r["visual"], r["master"]) == (visual, master)
        )
        assert sorted((r["asset_id"], r["placement"], r["format"]) for r in run["renditions"]) == wanted
        assert {r["state"] for r in run["renditions"]} == {"published"}
    assert {r["format"] for run in runs.values() for r in run["renditions"]} == set(FORMATS)


def test_every_file_is_within_its_cap_and_of_its_size_and_format(runs: dict[str, Any], plans: dict[str, Any]) -> None:
    for name, run in runs.items():
        plan = plans[name]
        caps = {(r["placement"], r["width"]): r["max_bytes"] for r in plan["renditions"]}
        for rendition in run["renditions"]:
            content = Path(rendition["path_or_key"]).read_bytes()
            assert len(content) == rendition["bytes"]
            cap = caps[rendition["placement"], rendition["width"]]
            assert cap is None or len(content) <= cap
            with Image.open(io.BytesIO(content)) as picture:
                assert picture.format == FORMATS[rendition["format"]]
                assert picture.size == (rendition["width"], rendition["height"])


def test_the_library_alone_trusts_every_file_back_to_the_vendor(
    runs: dict[str, Any], read_alone: Callable[[bytes], Any]
) -> None:
    for run in runs.values():
        for rendition in run["renditions"]:
            store = read_alone(Path(rendition["path_or_key"]).read_bytes())
            assert store["validation_state"] == "Trusted"
            active = store["manifests"][store["active_manifest"]]
            (parent,) = active["ingredients"]
            assert parent["relationship"] == "parentOf"
            vendor = store["manifests"][parent["active_manifest"]]
            assert len(store["manifests"]) == 2
            assert vendor["signature_info"]["issuer"] == "Colophon Sandbox"


def test_spending_is_what_the_vendor_charged(local: World, runs: dict[str, Any]) -> None:
    spent = sum(Decimal(run["cost"]["spent"]) for run in runs.values())
    lines = [json.loads(line) for line in (local.home / "sandbox" / "invoice.jsonl").read_text().splitlines()]
    assert spent == sum(Decimal(line["amount"]) for line in lines if line["event"] == "settled")
    assert len(lines) == 2 * sum(len(run["generations"]) for run in runs.values())
    assert all(run["cost"]["reserved"] == "0.00" for run in runs.values())


def test_running_again_changes_nothing_and_starts_nothing(local: World, runs: dict[str, Any]) -> None:
    def everything() -> dict[str, tuple[int, bytes]]:
        files = (f for f in local.home.rglob("*") if f.is_file() and "prefect" not in f.parts)
        return {str(f): (f.stat().st_mtime_ns, f.read_bytes()) for f in files if not f.suffix.startswith(".db")}

    def changes() -> int:
        """Of guarded rows: taking a turn at publishing writes to the file, and leaves no row."""
        with closing(sqlite3.connect(local.home / "catalog.db")) as database:
            return int(database.execute("SELECT count(*) FROM events").fetchone()[0])

    before, events = everything(), changes()
    assert local.run("northwind-mugs")["renditions"] == runs["northwind-mugs"]["renditions"]
    assert changes() == events
    after = everything()
    assert {name for name, was in before.items() if after.get(name) != was} == set()


@pytest.mark.postgres
@pytest.mark.s3
def test_postgresql_and_s3_give_the_same(remote: World, runs: dict[str, Any]) -> None:
    there, here = remote.run("northwind-mugs"), runs["northwind-mugs"]
    same = ("id", "visual", "variant", "state", "seed", "cost", "cost_basis")
    assert [[g[k] for k in same] for g in there["generations"]] == [[g[k] for k in same] for g in here["generations"]]
    made = ("placement", "format", "width", "height", "state")
    assert sorted([r[k] for k in made] for r in there["renditions"]) == sorted(
        [r[k] for k in made] for r in here["renditions"]
    )
    assert there["cost"] == here["cost"]
    assert all(r["path_or_key"].startswith("s3://example-store/") for r in there["renditions"])
    asset = there["assets"][0]["id"]
    assert remote.colophon("assets", "show", asset)["provenance"]["state"] == "trusted"
