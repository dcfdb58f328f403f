"""The audit pack of a campaign: everything an auditor needs, in one ZIP that the script inside can check alone.

The same records give the same bytes: entries have a fixed order and time, and nothing says when it was written (that
the audit log does)."""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from colophon.domain.asset import sha256 as sha256_of
from colophon.domain.dossier import Revision
from colophon.domain.lineage import Node, NodeKind
from colophon.errors import NotFound, ObjectCorrupt
from colophon.ports import Store
from colophon.services.compliance import compliance_view, parse_mapping
from colophon.services.formats import FORMATS
from colophon.services.report import page_text, write_report
from colophon.services.spool import Spool
from colophon.services.thumbnails import Thumbnails

_ALWAYS = (1980, 1, 1, 0, 0, 0)  # the earliest time a ZIP can say
_FILE_MODE = 0o644 << 16
_FOLDERS = {
    NodeKind.ORIGINAL: "pictures/originals",
    NodeKind.RENDITION: "pictures/renditions",
    NodeKind.REFERENCE: "pictures/references",
    NodeKind.MANIFEST: "manifests",
}
_ENDINGS = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/avif": ".avif"}
Missing = dict[str, str]
Files = Iterable[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class PackParts:
    """``data`` gives the text of a file that ships with the package, ``trust`` the policy in force and its
    certificates, ``log`` the part of the audit log about this campaign, each file in pieces."""

    store: Store
    thumbnails: Thumbnails
    data: Callable[[str], str]
    revisions: Iterable[Revision]
    trust: Files
    log: Iterable[tuple[str, Iterable[bytes]]] = ()
    pictures: bool = True


def write_pack(spool: Spool, out: IO[bytes], folder: Path, parts: PackParts) -> tuple[Missing, ...]:
    """Returns the files that the records name and the store does not give as they should be; the pack names them too.
    Raises `StoreUnavailable` when the store is out of reach: then there is no pack."""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        pack = _Pack(archive)
        pack.add("README.txt", parts.data("pack_readme.txt").encode())
        for name in ("check_pack.py", "check_formats.py"):
            pack.add(name, parts.data(name).encode())
        for name, writer in FORMATS.values():
            with pack.open(name) as file:
                writer(spool, file, folder)
        with pack.open("report.html") as file:
            write_report(spool, file, parts.data("report.html"), parts.thumbnails)
        _compliance(spool, pack, parts)
        for revision in parts.revisions:
            pack.add(f"brief/{revision.digest}.json", revision.brief.encode())
        for name, content in parts.trust:
            pack.add(name, content)
        for name, pieces in parts.log:
            with pack.open(name) as file:
                file.writelines(pieces)
        missing = tuple(_objects(spool, pack, parts))
        pack.close(spool, missing, with_pictures=parts.pictures)
        return missing


class _Pack:
    """Files are written once each, in the order they come; digests are kept for the list at the end."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.files: dict[str, dict[str, Any]] = {}

    def add(self, name: str, content: bytes, *, stored: bool = False) -> None:
        with self.open(name, stored=stored) as file:
            file.write(content)

    def open(self, name: str, *, stored: bool = False) -> "_Entry":
        info = zipfile.ZipInfo(name, _ALWAYS)
        info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        info.create_system, info.external_attr = 3, _FILE_MODE
        return _Entry(name, self._archive.open(info, "w", force_zip64=True), self.files)

    def close(self, spool: Spool, missing: tuple[Missing, ...], *, with_pictures: bool) -> None:
        head = {
            "schema_version": 1,
            "campaign": spool.campaign,
            "latest": spool.latest,
            "pictures": with_pictures,
            "counts": spool.counts.model_dump(),
            "missing": list(missing),
            "files": dict(sorted(self.files.items())),
        }
        text = json.dumps(head, indent=1, ensure_ascii=False)
        with self.open("pack.json") as file:
            file.write(text.encode())


class _Entry:
    """One file of the pack, with its digest taken on the way. Not seekable, and its writers do not need it to be."""

    def __init__(self, name: str, file: IO[bytes], files: dict[str, dict[str, Any]]) -> None:
        self._name, self._file, self._files = name, file, files
        self._digest, self._size = hashlib.sha256(), 0

    def write(self, content: bytes) -> int:
        self._digest.update(content)
        self._size += len(content)
        return self._file.write(content)

    def writelines(self, pieces: Iterable[bytes]) -> None:
        for piece in pieces:
            self.write(piece)

    def __enter__(self) -> IO[bytes]:
        return cast("IO[bytes]", self)

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._files[self._name] = {"sha256": self._digest.hexdigest(), "bytes": self._size}

    # What `io.TextIOWrapper` asks of a file before it writes to it.
    closed = False

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def flush(self) -> None:
        self._file.flush()


def _compliance(spool: Spool, pack: _Pack, parts: PackParts) -> None:
    view = compliance_view(spool.campaign, spool.parts(), parse_mapping(parts.data("compliance.toml")))
    pack.add("compliance.json", json.dumps(view, indent=1, ensure_ascii=False).encode())
    pack.add("compliance.html", page_text(parts.data("compliance.html"), {"view": view}).encode())


def _objects(spool: Spool, pack: _Pack, parts: PackParts) -> Iterator[Missing]:
    """Each object once, by its digest, however many records name it."""
    known: set[str] = set()
    for part in spool.parts():
        for node in part.nodes:
            for name, digest in _names(node):
                if name in known or (node.kind is not NodeKind.MANIFEST and not parts.pictures):
                    continue
                known.add(name)
                try:
                    pack.add(name, parts.store.get(digest), stored=True)
                except (NotFound, ObjectCorrupt) as error:
                    yield {"id": node.id, "sha256": digest, "reason": error.message}


def _names(node: Node) -> Iterator[tuple[str, str]]:
    """Where the pack has the bytes that this node stands for."""
    folder = _FOLDERS.get(node.kind)
    if folder and node.sha256:
        ending = ".c2pa" if node.kind is NodeKind.MANIFEST else _ENDINGS.get(node.media_type or "", "")
        yield f"{folder}/{node.sha256}{ending}", node.sha256
    detached = node.facts.get("detached_manifest_sha256")
    if isinstance(detached, str):
        yield f"manifests/{detached}.c2pa", detached


def trust_files(policy: Mapping[str, Any], certificates: Iterable[tuple[str, str]]) -> Iterator[tuple[str, bytes]]:
    """The policy as JSON, and each anchor's certificates (PEM) under its digest, which verdicts name."""
    yield "trust/policy.json", json.dumps(policy, indent=1, ensure_ascii=False, sort_keys=True).encode()
    for pem in sorted({pem for _, pem in certificates if pem}):
        content = pem.encode()
        yield f"trust/{sha256_of(content)}.pem", content
