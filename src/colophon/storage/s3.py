"""Store and shelf on any S3 endpoint."""

import base64

from minio import Minio
from minio.error import S3Error, ServerError

from colophon.domain.asset import sha256
from colophon.storage import s3_client
from colophon.storage.keys import intact, object_key, other_bytes, shelf_key, small_enough

_IMMUTABLE = "public, max-age=31536000, immutable"
_CHANGING = "no-cache"  # may be kept, but is asked for again each time


class S3Store:
    """Implements `colophon.ports.Store`. ``bucket`` exists; objects lie under ``prefix``."""

    def __init__(self, client: Minio, bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix.strip("/")

    def put(self, content: bytes, media_type: str) -> str:
        """Raises `InvalidInput` for more than 128 MiB."""
        digest = sha256(small_enough(content))
        address = self.address(digest)
        with s3_client.own_errors(address):
            _put_new(self._client, self._bucket, self._key(digest), content, _headers(content, media_type))
        return digest

    def get(self, sha256: str) -> bytes:
        address = self.address(sha256)
        return intact(s3_client.get(self._client, self._bucket, self._key(sha256), address), sha256, address)

    def exists(self, sha256: str) -> bool:
        return s3_client.present(self._client, self._bucket, self._key(sha256), self.address(sha256))

    def address(self, sha256: str) -> str:
        return f"s3://{self._bucket}/{self._key(sha256)}"

    def _key(self, digest: str) -> str:
        return _under(self._prefix, object_key(digest))


class S3Shelf:
    """Implements `colophon.ports.Shelf`: the bucket, or a prefix of it, that a CDN serves."""

    def __init__(self, client: Minio, bucket: str, prefix: str, public_url: str) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix.strip("/")
        self._public_url = public_url.rstrip("/")

    def put(self, key: str, content: bytes, media_type: str) -> str:
        name, address = self._key(key), self._inner_address(key)
        headers = {**_headers(small_enough(content), media_type), "Cache-Control": _IMMUTABLE}
        # Asked first, for the servers that ignore the condition of a put.
        new = not s3_client.present(self._client, self._bucket, name, address)
        with s3_client.own_errors(address):
            new = new and _put_new(self._client, self._bucket, name, content, headers)
        if not new and self.get(key) != content:
            raise other_bytes(key)
        return self._address(key)

    def replace(self, key: str, content: bytes, media_type: str) -> str:
        headers = {**_headers(small_enough(content), media_type), "Cache-Control": _CHANGING}
        with s3_client.own_errors(self._inner_address(key)):
            s3_client.put(self._client, self._bucket, self._key(key), content, headers)
        return self._address(key)

    def get(self, key: str) -> bytes:
        return s3_client.get(self._client, self._bucket, self._key(key), self._inner_address(key))

    def delete(self, key: str) -> None:
        """A bucket with versions keeps the old one, but no longer answers with it."""
        with s3_client.own_errors(self._inner_address(key)):
            self._client.remove_object(bucket_name=self._bucket, object_name=self._key(key))

    def _key(self, key: str) -> str:
        return _under(self._prefix, shelf_key(key))

    def _inner_address(self, key: str) -> str:
        return f"s3://{self._bucket}/{self._key(key)}"

    def _address(self, key: str) -> str:
        return f"{self._public_url}/{key}"


def _under(prefix: str, key: str) -> str:
    return f"{prefix}/{key}" if prefix else key


def _headers(content: bytes, media_type: str) -> dict[str, str]:
    """The checksum lets a server that knows it refuse bytes that changed on the way."""
    checksum = base64.b64encode(bytes.fromhex(sha256(content))).decode()
    return {"Content-Type": media_type, "x-amz-checksum-sha256": checksum}


def _put_new(client: Minio, bucket: str, key: str, content: bytes, headers: dict[str, str]) -> bool:
    """Put where nothing is yet. False: something is there already, which is left as it is."""
    try:
        s3_client.put(client, bucket, key, content, {**headers, "If-None-Match": "*"})
    except S3Error as error:
        if error.code == "PreconditionFailed":
            return False
        if error.code not in ("NotImplemented", "MethodNotAllowed"):
            raise
        s3_client.put(client, bucket, key, content, headers)  # the server does not know conditions
    except ServerError as error:
        if error.status_code not in (304, 412):
            raise
        return False
    return True
