"""The provenance verdict on files this system may never have seen."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time
from functools import partial
from pathlib import Path
from typing import Any

from colophon.domain.asset import sha256
from colophon.domain.provenance import ProvenanceState
from colophon.errors import InvalidInput
from colophon.ports import ManifestReader
from colophon.services.ingest import read_picture_file
from colophon.services.show_asset import provenance_view

# Each waits for a confined child; more than the machine has cores keep all of those busy while files are read.
_AT_ONCE = 8


def moment(text: str) -> datetime:
    """A day (its end, in UTC) or a time with its zone. Raises `InvalidInput`."""
    try:
        asked = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput("not a date or time", where="--at", hint="2027-03-31, or 2027-03-31T12:00:00Z") from error
    if len(text) == len("2027-03-31"):
        return datetime.combine(asked.date(), time.max, UTC)
    if asked.tzinfo is None:
        raise InvalidInput("a time needs its zone", where="--at", hint=f"{text}Z for UTC")
    return asked.astimezone(UTC)


def verify_files(
    files: Sequence[Path], manifest: Path | None, *, reader: ManifestReader, at: datetime | None = None
) -> list[dict[str, Any]]:
    """A row per file, in their order; ``at``: as of that time instead of now. Among several, one that cannot be read
    is a row of its own with state ``error``; a single one raises `InvalidInput`."""
    if manifest is not None and len(files) > 1:
        raise InvalidInput("one manifest belongs to one file", where="--manifest", hint="verify the files one by one")
    if len(files) == 1:
        return [verify_file(files[0], manifest, reader=reader, at=at)]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="verify") as threads:
        return list(threads.map(partial(_row, reader=reader, at=at), files))


def _row(file: Path, *, reader: ManifestReader, at: datetime | None) -> dict[str, Any]:
    try:
        return verify_file(file, None, reader=reader, at=at)
    except InvalidInput as error:
        return _unreadable(file, error)


def verify_file(
    file: Path, manifest: Path | None, *, reader: ManifestReader, at: datetime | None = None
) -> dict[str, Any]:
    """The verdict in parts; ``manifest`` is a detached one, by default ``FILE.c2pa`` when there is one beside the
    file. Raises `InvalidInput` when the file cannot be read."""
    content = read_picture_file(file)
    beside = manifest or file.with_name(file.name + ".c2pa")
    detached = read_picture_file(beside) if manifest or beside.is_file() else None
    return {"file": str(file), "sha256": sha256(content), **provenance_view(reader.read(content, detached, at=at))}


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
        "lists": {},
        "holds_until": None,
        "problems": (error.message if error.where == str(file) else f"{error.where}: {error.message}",),
    }
