"""Where checkpoints of the audit log lie: names that are written once, in a folder or on S3."""

from collections.abc import Sequence
from pathlib import Path

from colophon.domain.checkpoint import LONGEST, read_note
from colophon.errors import InvalidInput, NotFound, StoreUnavailable
from colophon.storage import s3_client
from colophon.storage.folder import FolderShelf
from colophon.storage.s3 import S3Shelf
from colophon.storage.s3_client import Connection


class FolderPlace:
    """Implements `colophon.ports.CheckpointPlace`."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()
        self.address = str(self._path)
        self._files = FolderShelf(path, self.address)

    def put(self, name: str, content: bytes) -> None:
        self._files.put(name, content, "text/plain")

    def get(self, name: str) -> bytes:
        return self._files.get(name)

    def names(self, prefix: str) -> Sequence[str]:
        """What another program leaves there under names that begin with a point is none."""
        files = (path for path in self._path.rglob("*") if path.is_file() and not path.name.startswith("."))
        found = (path.relative_to(self._path).as_posix() for path in files)
        return sorted(name for name in found if name.startswith(prefix))


class FilePlace:
    """One checkpoint that somebody kept as a file, to be read only: a witness. Implements
    `colophon.ports.CheckpointPlace` in so far."""

    def __init__(self, path: Path) -> None:
        self.address = str(path.absolute())
        self._path = path

    def put(self, name: str, content: bytes) -> None:
        raise InvalidInput("a checkpoint that is a witness is not written to", where=self.address)

    def get(self, name: str) -> bytes:
        if self.names(name) != [name]:
            raise NotFound(f"{self.address} is not {name}", where=name)
        return self._read()

    def names(self, prefix: str) -> Sequence[str]:
        """The name that the checkpoint should have; one that cannot be read has the file's own."""
        try:
            name = read_note(self._read()).checkpoint.name
        except InvalidInput:
            return [f"{prefix.rpartition('/')[0]}/{self._path.name}"]
        return [name] if name.startswith(prefix) else []

    def _read(self) -> bytes:
        try:
            with self._path.open("rb") as file:
                return file.read(4 * LONGEST)
        except OSError as error:
            raise StoreUnavailable(f"it cannot be read: {error.strerror}", where=self.address) from error


class S3Place:
    """Implements `colophon.ports.CheckpointPlace`. A bucket with object lock keeps them from whoever has its keys."""

    def __init__(self, connection: Connection, bucket: str, prefix: str) -> None:
        self._connection = connection
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""
        self.address = f"s3://{bucket}/{prefix}".rstrip("/")
        self._files = S3Shelf(connection, bucket, prefix, self.address)

    def put(self, name: str, content: bytes) -> None:
        self._files.put(name, content, "text/plain")

    def get(self, name: str) -> bytes:
        return self._files.get(name)

    def names(self, prefix: str) -> Sequence[str]:
        found = s3_client.names(self._connection, self._bucket, self._prefix + prefix, self.address)
        return sorted(name.removeprefix(self._prefix) for name in found)
