"""Files that customers upload before they order: kept in the folder, known by an id, gone after a day."""

import json
import re
import secrets
from base64 import b32encode
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from colophon.domain.asset import sha256
from colophon.sandbox.files import write_whole
from colophon.sandbox.pictures import keep_reference

LIFETIME = timedelta(days=1)
_ID = re.compile(r"[a-z2-7]{26}")


@dataclass(frozen=True, slots=True)
class Upload:
    id: str
    name: str
    content_type: str
    size: int
    sha256: str
    created_at: str
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def expires_at(self) -> str:
        return _text(datetime.fromisoformat(self.created_at) + LIFETIME)


class Uploads:
    """``places`` are the paths behind which files are served: an address of one of them is known again."""

    def __init__(self, folder: Path, clock: Callable[[], datetime], places: tuple[str, ...]) -> None:
        self._folder = folder
        self._clock = clock
        paths = "|".join(re.escape(place) for place in places)
        self._address = re.compile(rf"(?:{paths})/([a-z2-7]{{26}})(?:[/.][a-z]+)?")

    def keep(
        self, content: bytes, name: str, content_type: str, metadata: dict[str, Any], upload_id: str | None = None
    ) -> Upload:
        upload = Upload(
            upload_id or new_id(),
            name,
            content_type,
            len(content),
            sha256(content),
            _text(self._clock()),
            metadata,
        )
        keep_reference(self._folder, content)
        write_whole(self._path(upload.id), json.dumps(asdict(upload)).encode())
        return upload

    def find(self, upload_id: str) -> Upload | None:
        if not _ID.fullmatch(upload_id) or not self._path(upload_id).exists():
            return None
        upload = Upload(**json.loads(self._path(upload_id).read_bytes()))
        return upload if datetime.fromisoformat(upload.expires_at) > self._clock() else None

    def at(self, address: str, root: str) -> Upload | None:
        """The file at an address that was given out under this root."""
        found = self._address.fullmatch(address.removeprefix(root)) if address.startswith(f"{root}/") else None
        return self.find(found[1]) if found else None

    def content(self, upload: Upload) -> bytes:
        return (self._folder / "references" / upload.sha256).read_bytes()

    def remove(self, upload: Upload) -> None:
        self._path(upload.id).unlink(missing_ok=True)

    def all(self) -> list[Upload]:
        found = [self.find(path.stem) for path in (self._folder / "uploads").glob("*.json")]
        return sorted((each for each in found if each), key=lambda each: each.created_at, reverse=True)

    def _path(self, upload_id: str) -> Path:
        return self._folder / "uploads" / f"{upload_id}.json"


def new_id() -> str:
    """26 letters, as some vendors' ids are."""
    return b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def _text(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
