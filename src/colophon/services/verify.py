"""The provenance verdict on a file this system may never have seen."""

from pathlib import Path
from typing import Any

from colophon.domain.asset import sha256
from colophon.ports import ManifestReader
from colophon.services.ingest import read_picture_file
from colophon.services.show_asset import provenance_view


def verify_file(file: Path, manifest: Path | None, *, reader: ManifestReader) -> dict[str, Any]:
    """The verdict in parts; ``manifest`` is a detached one, by default ``FILE.c2pa`` when there is one beside the
    file. Raises `InvalidInput` when the file cannot be read."""
    content = read_picture_file(file)
    beside = manifest or file.with_name(file.name + ".c2pa")
    detached = read_picture_file(beside) if manifest or beside.is_file() else None
    return {"file": str(file), "sha256": sha256(content), **provenance_view(reader.read(content, detached))}
