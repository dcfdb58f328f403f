"""A file that is there whole or not at all, and never in the place of somebody else's."""

import errno
import fcntl
import filecmp
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from colophon.errors import ColophonError, Conflict, InvalidInput, StoreUnavailable

_DRAFT = ".part"
_YOUNG = 60.0  # seconds
_LATER = {errno.ENOSPC, errno.EDQUOT, errno.EIO}


def write_whole(path: Path, write: Callable[[IO[bytes]], None], *, replace: bool, before: Callable[[], None]) -> bool:
    """Write to a draft beside ``path`` and put it there when it is complete; False: the same bytes were there.

    ``before`` is called when all is written and nothing is in place yet. Without ``replace``, a file with other bytes
    stays, and `Conflict` is raised. Drafts of writers that died are removed. Raises `InvalidInput` for a place that
    cannot be, `StoreUnavailable` for one that is full or cannot be written now."""
    with told(path):
        if path.is_dir():
            raise InvalidInput("this is a folder; name a file in it", where=str(path))
        _sweep(path)
        descriptor, name = tempfile.mkstemp(_DRAFT, f".{path.name[:100]}.", path.parent)
        draft = Path(name)
        try:
            with os.fdopen(descriptor, "w+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                write(file)
                file.flush()
                os.fsync(file.fileno())
                os.fchmod(file.fileno(), 0o666 & ~_umask())
                before()
                return _place(draft, path, replace)
        finally:
            draft.unlink(missing_ok=True)


def _place(draft: Path, path: Path, replace: bool) -> bool:
    if path.is_file() and filecmp.cmp(draft, path, shallow=False):
        return False
    if replace:
        draft.replace(path)
        return True
    try:
        os.link(draft, path)  # unlike a rename, never over a file that appeared meanwhile
    except FileExistsError:
        raise Conflict(
            "another file is there, and it is left as it is",
            where=str(path),
            hint="name another file, or say --replace",
        ) from None
    return True


def _sweep(path: Path) -> None:
    """Drafts that nobody has locked: their writer is dead. One just made may not be locked yet."""
    for draft in path.parent.glob(f".{_literal(path.name[:100])}.*{_DRAFT}"):
        with suppress(FileNotFoundError), draft.open("rb") as file:
            if os.fstat(file.fileno()).st_mtime > time.time() - _YOUNG:
                continue
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            draft.unlink(missing_ok=True)


def _literal(name: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def _umask() -> int:
    """There is no way to ask for it without setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


@contextmanager
def told(path: Path) -> Iterator[None]:
    """What the system says of a place, as an error of our own."""
    try:
        yield
    except ColophonError:
        raise
    except OSError as error:
        message = f"the file cannot be written: {error.strerror or error}"
        if error.errno in _LATER:
            raise StoreUnavailable(message, where=str(path), hint="make room, then run it again") from error
        raise InvalidInput(message, where=str(path)) from error
