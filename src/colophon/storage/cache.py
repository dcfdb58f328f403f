"""Bytes that can be made again, in a folder of bounded size."""

import hashlib
import logging
import os
import re
import tempfile
import threading
from pathlib import Path

_LOG = logging.getLogger("colophon.storage")
_NAME = re.compile(r"[0-9a-z][0-9a-z._-]{3,200}")
_DIGEST = hashlib.sha256().digest_size
_ROOM_AFTERWARDS = 0.9  # of the limit, once the oldest were dropped: not each new file drops one


class FolderCache:
    """Implements `colophon.ports.miniatures.Cache`. Each file begins with the digest of the rest, so that half of one
    is never served. When ``limit`` (bytes) is passed, those that were not asked for the longest go first. A disk that
    cannot be read or written is as an empty cache, and said in the log."""

    def __init__(self, path: Path, limit: int) -> None:
        self._path = path.absolute()
        self._limit = limit
        self._lock = threading.Lock()
        self._held: int | None = None

    def get(self, name: str) -> bytes | None:
        file = self._file(name)
        try:
            whole = file.read_bytes()
            os.utime(file)
        except FileNotFoundError:
            return None
        except OSError as error:
            _LOG.warning("the cache cannot be read: %s", error)
            return None
        digest, content = whole[:_DIGEST], whole[_DIGEST:]
        return content if hashlib.sha256(content).digest() == digest else None

    def put(self, name: str, content: bytes) -> None:
        file, whole = self._file(name), hashlib.sha256(content).digest() + content
        if len(whole) > self._limit:
            return
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".", delete=False) as draft:
                draft.write(whole)
            Path(draft.name).replace(file)
            self._make_room(len(whole))
        except OSError as error:
            _LOG.warning("the cache cannot be written: %s", error)

    def _file(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name in a cache")
        return self._path / name[:2] / name

    def _make_room(self, added: int) -> None:
        """Other processes may write here too: what is held is counted anew whenever it seems too much."""
        with self._lock:
            if self._held is not None:
                self._held += added
                if self._held <= self._limit:
                    return
            found = sorted(self._files())
            held = sum(size for _, size, _ in found)
            if held > self._limit:
                for _, size, file in found:
                    file.unlink(missing_ok=True)
                    held -= size
                    if held <= self._limit * _ROOM_AFTERWARDS:
                        break
            self._held = held

    def _files(self) -> list[tuple[float, int, Path]]:
        """By when they were last asked for; also drafts that somebody died over."""
        found = []
        for file in self._path.glob("*/*"):
            try:
                status = file.stat()
            except FileNotFoundError:  # another process made room meanwhile
                continue
            found.append((status.st_mtime, status.st_size, file))
        return found
