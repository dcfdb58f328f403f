"""Store and shelf on any S3 endpoint."""

from colophon.domain.asset import sha256
from colophon.errors import NotFound
from colophon.storage import s3_client
from colophon.storage.keys import intact, object_key, other_bytes, shelf_key, small_enough
from colophon.storage.s3_client import Connection
from colophon.storage.s3_put import put, put_new

_IMMUTABLE = "public, max-age=31536000, immutable"
_CHANGING = "no-cache"  # may be kept, but is asked for again each time


class S3Store:
    """Implements `colophon.ports.Store`. ``bucket`` exists; objects lie under ``prefix``."""

    def __init__(self, connection: Connection, bucket: str, prefix: str = "") -> None:
        self._connection = connection
        self._bucket = bucket
        self._prefix = prefix.strip("/")

    def put(self, content: bytes, media_type: str) -> str:
        """Raises `InvalidInput` for more than 128 MiB."""
        digest = sha256(small_enough(content))
        put_new(self._connection, self._bucket, self._key(digest), content, {"Content-Type": media_type})
        return digest

    def get(self, sha256: str) -> bytes:
        address = self.address(sha256)
        return intact(s3_client.get(self._connection, self._bucket, self._key(sha256), address), sha256, address)

    def exists(self, sha256: str) -> bool:
        return s3_client.size(self._connection, self._bucket, self._key(sha256), self.address(sha256)) is not None

    def address(self, sha256: str) -> str:
        return f"s3://{self._bucket}/{self._key(sha256)}"

    def _key(self, digest: str) -> str:
        return _under(self._prefix, object_key(digest))


class S3Shelf:
    """Implements `colophon.ports.Shelf`: the bucket, or a prefix of it, that a CDN serves."""

    def __init__(self, connection: Connection, bucket: str, prefix: str, public_url: str) -> None:
        self._connection = connection
        self._bucket = bucket
        self._prefix = prefix.strip("/")
        self._public_url = public_url.rstrip("/")

    def put(self, key: str, content: bytes, media_type: str) -> str:
        headers = {"Content-Type": media_type, "Cache-Control": _IMMUTABLE}
        name = self._key(key)
        small_enough(content)
        # Asked first, for the servers that ignore the condition of a put.
        new = self._size(key) is None and put_new(self._connection, self._bucket, name, content, headers)
        if not new and self.get(key) != content:
            raise other_bytes(key)
        return self._address(key)

    def replace(self, key: str, content: bytes, media_type: str) -> str:
        """Bytes that are there already are left with the media type and the cache rule they have."""
        headers = {"Content-Type": media_type, "Cache-Control": _CHANGING}
        if not self._holds(key, small_enough(content)):
            put(self._connection, self._bucket, self._key(key), content, headers)
        return self._address(key)

    def get(self, key: str) -> bytes:
        return s3_client.get(self._connection, self._bucket, self._key(key), self._inner_address(key))

    def delete(self, key: str) -> None:
        """A bucket with versions keeps the old one, but no longer answers with it."""
        s3_client.delete(self._connection, self._bucket, self._key(key), self._inner_address(key))

    def _size(self, key: str) -> int | None:
        return s3_client.size(self._connection, self._bucket, self._key(key), self._inner_address(key))

    def _holds(self, key: str, content: bytes) -> bool:
        try:
            return self._size(key) == len(content) and self.get(key) == content
        except NotFound:  # deleted in between
            return False

    def _key(self, key: str) -> str:
        return _under(self._prefix, shelf_key(key))

    def _inner_address(self, key: str) -> str:
        return f"s3://{self._bucket}/{self._key(key)}"

    def _address(self, key: str) -> str:
        return f"{self._public_url}/{key}"


def _under(prefix: str, key: str) -> str:
    return f"{prefix}/{key}" if prefix else key
