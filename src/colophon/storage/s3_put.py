"""One signed PUT: the client's own has no argument for a condition."""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from colophon.storage.s3_client import Connection, deadline, not_s3, own_errors, received, refused

_VALID = timedelta(minutes=15)  # as far as S3 lets clocks be apart
_PIECE = 64 * 1024
_LONGEST_ANSWER = 64 * 1024
# Looked for, not parsed: an error's body comes from anyone, and only its code is of use.
_CODE = re.compile(rb"<Code>([A-Za-z][A-Za-z0-9.]{0,63})</Code>")
_TAKEN = (304, 412)
_NO_CONDITIONS = (405, 501)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    code: str | None
    tagged: bool


def put(s3: Connection, bucket: str, key: str, content: bytes, headers: Mapping[str, str]) -> None:
    """One request, whatever the size: there are never parts to clean up, and nothing is visible before all of it.

    ``headers`` may hold no ``x-amz-*``, which S3 takes only when they are signed. Raises `StoreUnavailable`,
    `InvalidInput` for a name S3 does not take.
    """
    _accepted(_send(s3, bucket, key, content, headers), f"s3://{bucket}/{key}")


def put_new(s3: Connection, bucket: str, key: str, content: bytes, headers: Mapping[str, str]) -> bool:
    """Put where nothing is yet. False: something is there already, which is left as it is. A server that does not
    know conditions is asked without. Two writers at the same moment may both be told to come again (HTTP 409), which
    is `StoreUnavailable`, as all else is that `put` raises."""
    answer = _send(s3, bucket, key, content, {**headers, "If-None-Match": "*"})
    if answer.status in _TAKEN:
        return False
    if answer.status in _NO_CONDITIONS:
        answer = _send(s3, bucket, key, content, headers)
    _accepted(answer, f"s3://{bucket}/{key}")
    return True


def _send(s3: Connection, bucket: str, key: str, content: bytes, headers: Mapping[str, str]) -> _Answer:
    """The signed address lets whoever has it put these bytes at this key for `_VALID`; it is in no message.

    It names the content's SHA-256, as S3 has it for signed addresses, and a server that honours it there refuses other
    bytes. For all others there is Content-MD5 (RFC 1864), which needs no signature.
    """
    address = f"s3://{bucket}/{key}"
    with own_errors(address):
        url = s3.api.get_presigned_url(
            "PUT", bucket, key, expires=_VALID, extra_query_params={"x-amz-checksum-sha256": _sha256(content)}
        )
        response = s3.http.urlopen(
            "PUT",
            url,
            body=_pieces(content, address),
            headers={**headers, "Content-Length": str(len(content)), "Content-MD5": _md5(content)},
            redirect=False,
            preload_content=False,
        )
        try:
            code = _CODE.search(received(response, _LONGEST_ANSWER, address))
            return _Answer(response.status, code[1].decode() if code else None, "ETag" in response.headers)
        finally:
            response.close()
            response.release_conn()


def _accepted(answer: _Answer, address: str) -> None:
    if answer.status not in (200, 204):
        raise refused(answer.code, answer.status, address)
    if not answer.tagged:  # some other web server that answers everything with a page
        raise not_s3(address)


def _pieces(content: bytes, address: str) -> Iterator[bytes]:
    """Sent at once, all of it would have to leave within the time for one silence."""
    limit = deadline(address)
    for start in range(0, len(content), _PIECE):
        limit()
        yield content[start : start + _PIECE]


def _sha256(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def _md5(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
