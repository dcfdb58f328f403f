"""Every object of 10,000 assets read and hashed again, as `audit verify` does it: from a folder store, objects of one
megabyte. ``BENCH_REHASH`` names another number; it takes as many megabytes of disk."""

import os
import tempfile
import time
from pathlib import Path

from sqlalchemy import create_engine, delete, select, update
from sqlmodel import col

from bench.million import fill
from colophon.catalog import open_audited
from colophon.catalog.asset_tables import AssetRow, ManifestRow, RenditionRow
from colophon.domain.audit import Checked
from colophon.services.audit_files import check_objects
from colophon.storage import open_store

ASSETS = int(os.environ.get("BENCH_REHASH", "10000"))
SIZE = 1_000_000
_LIMIT = 300.0  # seconds


def run() -> None:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as folder:
        url, store = f"sqlite:///{folder}/catalog.db", open_store((Path(folder) / "store").as_uri(), s3=None)
        fill(url, ASSETS)
        engine = create_engine(url)  # without foreign keys: nothing else that refers to a rendition is asked about
        noise = os.urandom(SIZE - 8)
        with engine.begin() as connection:
            connection.execute(delete(ManifestRow))
            connection.execute(delete(RenditionRow))
            for number, key in enumerate(connection.scalars(select(col(AssetRow.id))).all()):
                digest = store.put(number.to_bytes(8, "big") + noise, "image/png")
                connection.execute(update(AssetRow).where(col(AssetRow.id) == key).values(sha256=digest))
        engine.dispose()
        for threads in (1, 2 * (os.cpu_count() or 1)):
            began, load = time.perf_counter(), os.getloadavg()[0]
            with open_audited(url) as catalog:
                found = list(check_objects(catalog, store, threads=threads))
            spent = time.perf_counter() - began
            wrong = sum(not isinstance(each, Checked) for each in found)
            kept = "kept" if spent <= _LIMIT else "MISSED"
            print(
                f"{len(found) - wrong} objects of {SIZE / 1e6:.0f} MB, {threads} threads: {spent:.1f} s, {wrong} wrong;"
                f" limit {_LIMIT:.0f} s {kept}; load of the machine {load:.1f} before"
            )
