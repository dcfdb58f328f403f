"""Exports of a campaign's lineage to a file: read once, written whole, and noted before anybody has it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from colophon.domain.lineage import Counts
from colophon.ports import Dossiers
from colophon.services.formats import FORMATS
from colophon.services.lineage import campaign_parts
from colophon.services.spool import Spool
from colophon.services.whole_file import told, write_whole


@dataclass(frozen=True, slots=True)
class Read:
    """Somebody was given an export: what the audit log keeps of it."""

    campaign: str
    format: str
    sha256: str
    bytes: int


NoteRead = Callable[[Read], None]


@dataclass(frozen=True, slots=True)
class Exported:
    """``missing`` are files that the catalog names and the store cannot give, with the reason; ``unchanged``: the same
    bytes were there before."""

    path: Path
    read: Read
    counts: Counts
    missing: tuple[dict[str, str], ...] = ()
    unchanged: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to write: ``format`` names it in the audit log."""

    campaign: str
    format: str
    path: Path
    replace: bool = False


def export(
    wanted: Wanted,
    write: Callable[[Spool, IO[bytes]], tuple[dict[str, str], ...]],
    *,
    dossiers: Dossiers,
    note_read: NoteRead,
) -> Exported:
    """``note_read`` is told when all is written and before the file is in its place: where it fails, nobody has the
    export. Raises `NotFound` for an unknown campaign, and as `write_whole`."""
    noted: list[Read] = []
    missing: list[dict[str, str]] = []
    revisions = dossiers.revisions(wanted.campaign)  # an unknown campaign leaves no trace in the folder
    parts = campaign_parts(wanted.campaign, dossiers=dossiers)
    with told(wanted.path), Spool(revisions[0].campaign, parts, _folder(wanted)) as spool:

        def fill(file: IO[bytes]) -> None:
            missing.extend(write(spool, file))
            noted.append(_read(wanted, file))

        changed = write_whole(wanted.path, fill, replace=wanted.replace, before=lambda: note_read(noted[0]))
        return Exported(wanted.path, noted[0], spool.counts, tuple(missing), unchanged=not changed)


def export_format(wanted: Wanted, *, dossiers: Dossiers, note_read: NoteRead) -> Exported:
    """One of `FORMATS`."""
    _, writer = FORMATS[wanted.format]

    def write(spool: Spool, file: IO[bytes]) -> tuple[dict[str, str], ...]:
        writer(spool, file, _folder(wanted))
        return ()

    return export(wanted, write, dossiers=dossiers, note_read=note_read)


def _folder(wanted: Wanted) -> Path:
    return wanted.path.absolute().parent


def _read(wanted: Wanted, file: IO[bytes]) -> Read:
    file.flush()
    size = file.seek(0, 2)
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    return Read(wanted.campaign, wanted.format, digest, size)
