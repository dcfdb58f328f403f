"""One S3 connection with limits, and its errors in this package's own."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from xml.etree.ElementTree import ParseError

import urllib3
from minio import Minio
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError

from colophon.errors import ColophonError, InvalidInput, StoreUnavailable
from colophon.storage.keys import LARGEST, nothing_at, too_large

_CONNECT = 5.0  # seconds
_SILENCE = 30.0  # seconds without a byte
_LONGEST = 120.0  # seconds for one object
_CHUNK = 1024 * 1024
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9.]{0,63}")
_KEYS = "check COLOPHON_S3_ACCESS_KEY and COLOPHON_S3_SECRET_KEY, and what they allow"
_HINTS = {
    "AccessDenied": _KEYS,
    "InvalidAccessKeyId": _KEYS,
    "SignatureDoesNotMatch": _KEYS,
    "ExpiredToken": _KEYS,
    "NoSuchBucket": "create the bucket, or let the key create it",
    "AuthorizationHeaderMalformed": "check COLOPHON_S3_REGION",
    "PermanentRedirect": "check COLOPHON_S3_REGION and COLOPHON_S3_ENDPOINT",
    "RequestTimeTooSkewed": "set this machine's clock",
    "ConditionalRequestConflict": "another writer was at the same object; run it again",
    "BadDigest": "the bytes changed on their way; run it again",
}


@dataclass(frozen=True, slots=True)
class S3Access:
    """``endpoint`` is host or host:port; ``region`` None asks the server; ``secure`` False is plain http."""

    endpoint: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    region: str | None = None
    secure: bool = True


@dataclass(frozen=True, slots=True)
class Connection:
    """The client, and the pool under it for the one request that the client cannot make (`s3_put`)."""

    api: Minio
    http: urllib3.PoolManager


def connect(access: S3Access) -> Connection:
    """A connection that never waits long and never retries: whoever calls decides that. Raises `InvalidInput`."""
    http = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=_CONNECT, read=_SILENCE), retries=False, maxsize=16, cert_reqs="CERT_REQUIRED"
    )
    try:
        api = Minio(
            endpoint=access.endpoint,
            access_key=access.access_key or None,
            secret_key=access.secret_key or None,
            region=access.region or None,
            secure=access.secure,
            http_client=http,
        )
    except ValueError as error:
        raise InvalidInput(f"not an S3 endpoint: {error}", where="COLOPHON_S3_ENDPOINT", hint="host:port") from error
    return Connection(api, http)


def ensure_bucket(s3: Connection, bucket: str) -> None:
    """Create the bucket where it is missing. A key that may not ask is believed that it is there: the first put
    will tell. Raises `StoreUnavailable`, `InvalidInput` for an impossible name."""
    with own_errors(f"s3://{bucket}"):
        try:
            if not s3.api.bucket_exists(bucket_name=bucket):
                s3.api.make_bucket(bucket_name=bucket)
        except S3Error as error:
            if error.code not in ("AccessDenied", "BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                raise


def get(s3: Connection, bucket: str, key: str, address: str) -> bytes:
    """Raises `NotFound`, `ObjectCorrupt` over `LARGEST` bytes, `StoreUnavailable`."""
    with own_errors(address):
        response = s3.api.get_object(bucket_name=bucket, object_name=key)
        try:
            content = received(response, LARGEST, address)
        finally:
            response.close()
            response.release_conn()
    if len(content) > LARGEST:
        raise too_large(address)
    return content


def size(s3: Connection, bucket: str, key: str, address: str) -> int | None:
    """In bytes; None: nothing is there."""
    with own_errors(address):
        try:
            return s3.api.stat_object(bucket_name=bucket, object_name=key).size
        except S3Error as error:
            if error.code in ("NoSuchKey", "NoSuchObject"):
                return None
            raise


def names(s3: Connection, bucket: str, prefix: str, address: str) -> list[str]:
    """Of all objects whose keys begin so."""
    with own_errors(address):
        found = s3.api.list_objects(bucket_name=bucket, prefix=prefix, recursive=True)
        return [each.object_name for each in found if each.object_name and not each.is_dir]


def delete(s3: Connection, bucket: str, key: str, address: str) -> None:
    with own_errors(address):
        s3.api.remove_object(bucket_name=bucket, object_name=key)


def received(response: urllib3.BaseHTTPResponse, most: int, address: str) -> bytes:
    """The body, or so much of it that it is longer than ``most``. Raises `StoreUnavailable` when it takes too long."""
    limit = deadline(address)
    content = bytearray()
    # Undecoded: a Content-Encoding that someone set must not inflate what is read. `read1` returns with what has
    # come, so that a server that sends a byte now and then meets the deadline.
    while len(content) <= most and (chunk := response.read1(_CHUNK, decode_content=False)):
        content += chunk
        limit()
    return bytes(content)


def deadline(address: str) -> Callable[[], None]:
    """To be called now and then while one object is on its way; raises `StoreUnavailable` once that took too long."""
    end = time.monotonic() + _LONGEST

    def limit() -> None:
        if time.monotonic() > end:
            raise StoreUnavailable(f"the object took longer than {_LONGEST:.0f} s", where=address)

    return limit


@contextmanager
def own_errors(address: str) -> Iterator[None]:
    try:
        yield
    except (MinioException, urllib3.exceptions.HTTPError, ParseError, UnicodeDecodeError) as error:
        raise translated(error, address) from error
    except ValueError as error:
        raise InvalidInput(f"not an address S3 takes: {error}", where=address) from error


def translated(error: Exception, address: str) -> ColophonError:
    if isinstance(error, S3Error):
        return refused(error.code, error.response.status, address)
    if isinstance(error, ServerError):
        return refused(None, error.status_code, address)
    if isinstance(error, InvalidResponseError):
        return not_s3(address)
    hint = "check that the S3 server is running, and COLOPHON_S3_ENDPOINT"
    return _out_of_reach(type(error).__name__, address, hint)


def refused(code: str | None, status: int, address: str) -> ColophonError:
    """For a server that said no. Messages hold its code, never its body or our keys."""
    if code == "NoSuchKey":
        return nothing_at(address)
    text = code if code and _CODE.fullmatch(code) else f"HTTP {status}"
    return _out_of_reach(text, address, _HINTS.get(text, "look at the S3 server's log"))


def not_s3(address: str) -> StoreUnavailable:
    hint = "check COLOPHON_S3_ENDPOINT and COLOPHON_S3_SECURE"
    return _out_of_reach("the answer is not S3", address, hint)


def _out_of_reach(text: str, address: str, hint: str) -> StoreUnavailable:
    return StoreUnavailable(f"the S3 store is out of reach: {text}", where=address, hint=hint)
