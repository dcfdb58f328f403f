"""One S3 client with limits, and its errors in this package's own."""

import time
from collections.abc import Iterator, Mapping
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
_LONGEST_TEXT = 200
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
}


@dataclass(frozen=True, slots=True)
class S3Access:
    """``endpoint`` is host or host:port; ``region`` None asks the server; ``secure`` False is plain http."""

    endpoint: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    region: str | None = None
    secure: bool = True


def client(access: S3Access) -> Minio:
    """A client that never waits long and never retries: whoever calls decides that. Raises `InvalidInput`."""
    http = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=_CONNECT, read=_SILENCE), retries=False, maxsize=16, cert_reqs="CERT_REQUIRED"
    )
    try:
        return Minio(
            endpoint=access.endpoint,
            access_key=access.access_key or None,
            secret_key=access.secret_key or None,
            region=access.region or None,
            secure=access.secure,
            http_client=http,
        )
    except ValueError as error:
        raise InvalidInput(f"not an S3 endpoint: {error}", where="COLOPHON_S3_ENDPOINT", hint="host:port") from error


def ensure_bucket(s3: Minio, bucket: str) -> None:
    """Create the bucket where it is missing. A key that may not ask is believed that it is there: the first put
    will tell. Raises `StoreUnavailable`, `InvalidInput` for an impossible name."""
    with own_errors(f"s3://{bucket}"):
        try:
            if not s3.bucket_exists(bucket_name=bucket):
                s3.make_bucket(bucket_name=bucket)
        except S3Error as error:
            if error.code not in ("AccessDenied", "BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                raise


def put(s3: Minio, bucket: str, key: str, content: bytes, headers: Mapping[str, str]) -> None:
    """One request, whatever the size: there are never parts to clean up, and nothing is visible before all of it."""
    # The client's public `put_object` turns unknown headers into metadata and so cannot make a put conditional.
    s3._put_object(bucket, key, content, dict(headers))


def get(s3: Minio, bucket: str, key: str, address: str) -> bytes:
    """Raises `NotFound`, `ObjectCorrupt` over `LARGEST` bytes, `StoreUnavailable`."""
    with own_errors(address):
        response = s3.get_object(bucket_name=bucket, object_name=key)
        try:
            return _body(response, address)
        finally:
            response.close()
            response.release_conn()


def present(s3: Minio, bucket: str, key: str, address: str) -> bool:
    with own_errors(address):
        try:
            s3.stat_object(bucket_name=bucket, object_name=key)
        except S3Error as error:
            if error.code in ("NoSuchKey", "NoSuchObject"):
                return False
            raise
    return True


@contextmanager
def own_errors(address: str) -> Iterator[None]:
    try:
        yield
    except (MinioException, urllib3.exceptions.HTTPError, ParseError, UnicodeDecodeError) as error:
        raise translated(error, address) from error
    except ValueError as error:
        raise InvalidInput(f"not an address S3 takes: {error}", where=address) from error


def translated(error: Exception, address: str) -> ColophonError:
    """Messages hold the server's code, never its body or our keys."""
    if isinstance(error, S3Error):
        if error.code == "NoSuchKey":
            return nothing_at(address)
        text = f"{error.code}: {error.message}"[:_LONGEST_TEXT]
        hint = _HINTS.get(error.code or "", "look at the S3 server's log")
    elif isinstance(error, ServerError):
        text, hint = f"HTTP {error.status_code}", "look at the S3 server's log"
    elif isinstance(error, InvalidResponseError):
        text, hint = "the answer is not S3", "check COLOPHON_S3_ENDPOINT and COLOPHON_S3_SECURE"
    else:
        text, hint = type(error).__name__, "check that the S3 server is running, and COLOPHON_S3_ENDPOINT"
    return StoreUnavailable(f"the S3 store is out of reach: {text}", where=address, hint=hint)


def _body(response: urllib3.BaseHTTPResponse, address: str) -> bytes:
    deadline = time.monotonic() + _LONGEST
    content = bytearray()
    # Undecoded: a Content-Encoding that someone set must not inflate what is read.
    while chunk := response.read(_CHUNK, decode_content=False):
        content += chunk
        if len(content) > LARGEST:
            raise too_large(address)
        if time.monotonic() > deadline:
            raise StoreUnavailable(f"the object did not arrive within {_LONGEST:.0f} s", where=address)
    return bytes(content)
