"""Signed delivery addresses that expire after ten minutes, valid in every process that shares the folder."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

from colophon.sandbox.files import locked, write_whole

LIFETIME_S = 600


class SignedAddresses:
    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._key = _key(folder)

    def mint(self, task_id: str, mint: int) -> str:
        """The query of an address that is served from now on for ten minutes."""
        expires = int(self._clock().timestamp()) + LIFETIME_S
        return urlencode({"expires": expires, "sig": self._sign(task_id, mint, expires)})

    def valid(self, task_id: str, mint: int, expires: int, signature: str) -> bool:
        ours = self._sign(task_id, mint, expires)
        return hmac.compare_digest(ours.encode(), signature.encode()) and self._clock().timestamp() < expires

    def _sign(self, task_id: str, mint: int, expires: int) -> str:
        return hmac.new(self._key, f"{task_id}\n{mint}\n{expires}".encode(), hashlib.sha256).hexdigest()


def _key(folder: Path) -> bytes:
    path = folder / "pki" / "delivery.key"
    with locked(folder / "pki.lock"):
        if not path.exists():
            write_whole(path, secrets.token_bytes(32), mode=0o600)
        return path.read_bytes()
