"""The provenance verdict on files this system may never have seen."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from colophon.domain.asset import sha256
from colophon.domain.provenance import ProvenanceState
from colophon.errors import InvalidInput
from colophon.ports import ManifestReader
from colophon.services.ingest import read_picture_file
from colophon.services.show_asset import provenance_view


def verify_files(files: Sequence[Path], manifest: Path | None, *, reader: ManifestReader) -> list[dict[str, Any]]:
    """A row per file. Among several, one that cannot be read is a row of its own with state ``error``; a single one
    raises `InvalidInput`."""
    if len(files) == 1:
        return [verify_file(files[0], manifest, reader=reader)]
    rows = []
    for file in files:
        try:
            rows.append(verify_file(file, manifest, reader=reader))
        except InvalidInput as error:
            rows.append(_unreadable(file, error))
    return rows


def verify_file(file: Path, manifest: Path | None, *, reader: ManifestReader) -> dict[str, Any]:
    """The verdict in parts; ``manifest`` is a detached one, by default ``FILE.c2pa`` when there is one beside the
    file. Raises `InvalidInput` when the file cannot be read."""
    content = read_picture_file(file)
    beside = manifest or file.with_name(file.name + ".c2pa")
    detached = read_picture_file(beside) if manifest or beside.is_file() else None
    return {"file": str(file), "sha256": sha256(content), **provenance_view(reader.read(content, detached))}


def _unreadable(file: Path, error: InvalidInput) -> dict[str, Any]:
    """The members of a verdict, where nothing could be judged."""
    return {
        "file": str(file),
        "sha256": None,
        "state": ProvenanceState.ERROR.value,
        "integrity": "unknown",
        "signer": None,
        "timestamp": "absent",
        "signed_at": None,
        "revocation": "not_checked",
        "claim": {},
        "policy": {},
        "library": "",
        "chain": (),
        "problems": (error.message if error.where == str(file) else f"{error.where}: {error.message}",),
    }
