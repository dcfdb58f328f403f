"""Store and shelf in a folder of this machine."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from colophon.domain.asset import sha256
from colophon.errors import StoreUnavailable
from colophon.storage.keys import (
    LARGEST,
    intact,
    nothing_at,
    object_key,
    other_bytes,
    shelf_key,
    small_enough,
    too_large,
)

_HINTS = {
    errno.ENOSPC: "free some space, then run it again",
    errno.EDQUOT: "the quota is used up: free some space, then run it again",
    errno.EFBIG: "the system limits the size of files for this program",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "this user may not write there",
    errno.EPERM: "this user may not write there",
    errno.EEXIST: "a file is in the place of the folder",
    errno.ENOTDIR: "a file is in the place of the folder",
}


class FolderStore:
    """Implements `colophon.ports.Store`. Media types are not kept: a file system has no place for them."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()

    def put(self, content: bytes, media_type: str) -> str:
        """A damaged object is replaced by the right bytes. Raises `InvalidInput` for more than `LARGEST` bytes."""
        digest = sha256(small_enough(content))
        path = self._path / object_key(digest)
        with _own_errors(path):
            # A crash may have left half of what a careless copy put here; only equal bytes count as stored.
            if not _holds(path, content):
                _write(path, content, replace=True)
        return digest

    def get(self, sha256: str) -> bytes:
        path = self._path / object_key(sha256)
        with _own_errors(path):
            return intact(_read(path), sha256, str(path))

    def exists(self, sha256: str) -> bool:
        path = self._path / object_key(sha256)
        with _own_errors(path):
            return path.is_file()

    def address(self, sha256: str) -> str:
        return str(self._path / object_key(sha256))


class FolderShelf:
    """Implements `colophon.ports.Shelf`; a web server or a synchronising job publishes the folder."""

    def __init__(self, path: Path, public_url: str) -> None:
        self._path = path.absolute()
        self._public_url = public_url.rstrip("/")

    def put(self, key: str, content: bytes, media_type: str) -> str:
        path = self._file(key)
        with _own_errors(path):
            new = not path.exists() and _write(path, small_enough(content), replace=False)
            if not new and _read(path) != content:
                raise other_bytes(key)
        return self._address(key)

    def replace(self, key: str, content: bytes, media_type: str) -> str:
        path = self._file(key)
        with _own_errors(path):
            if not _holds(path, small_enough(content)):
                _write(path, content, replace=True)
        return self._address(key)

    def get(self, key: str) -> bytes:
        path = self._file(key)
        with _own_errors(path):
            return _read(path)

    def delete(self, key: str) -> None:
        path = self._file(key)
        with _own_errors(path), suppress(FileNotFoundError):
            path.unlink()
            _sync_folder(path.parent)

    def _file(self, key: str) -> Path:
        return self._path / shelf_key(key)

    def _address(self, key: str) -> str:
        return f"{self._public_url}/{key}"


@contextmanager
def _own_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise nothing_at(str(path)) from error
    except OSError as error:
        hint = _HINTS.get(error.errno or 0, "check the disk and the rights of the folder")
        raise StoreUnavailable(f"the store is out of reach: {error.strerror}", where=str(path), hint=hint) from error


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.is_file() and path.stat().st_size == len(content) and _read(path) == content
    except FileNotFoundError:  # deleted in between
        return False


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise too_large(str(path))
    return content


def _write(path: Path, content: bytes, *, replace: bool) -> bool:
    """All of it under its name and on the disk, or nothing. False: ``replace`` is off and something is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            temporary.replace(path)
        else:
            path.hardlink_to(temporary)  # unlike a rename, fails when another writer was faster
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return True


def _sync_folder(folder: Path) -> None:
    """A new name is on the disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
