"""What requests to the API have in common: pages of lists, pictures in a body, days."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Query, Request, Response

from colophon.errors import InvalidInput
from colophon.web.bodies import read_body
from colophon.web.protection import MAX_UPLOAD

T = TypeVar("T")
View = dict[str, Any]
Limit = Annotated[int, Query(ge=1, le=200, description="At most this many.")]
Cursor = Annotated[str | None, Query(max_length=200, description="Where the page before ended: its `next_cursor`.")]
Day = Annotated[date | None, Query(description="A day in UTC, as 2026-11-21.")]
Word = Annotated[str | None, Query(max_length=200)]

# Pictures that are judged at once: whoever sends many must not have all threads, which answer everybody else.
LOOKED_AT_ONCE = 4
# A picture is the request's body, as it is.
PICTURE = {
    "requestBody": {"required": True, "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}}}
}
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
# What FastAPI cannot see in the code: every answer that is none is a problem document.
PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {
        "description": text,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for code, text in {
        400: "The request cannot be read",
        401: "Nobody known asks",
        403: "Not this role's",
        404: "Not there, or not to be seen",
        409: "In conflict with what is on record",
        413: "Larger than this address takes",
        422: "Invalid input",
        429: "Too many tries",
        503: "A service behind it does not answer now",
    }.items()
}


def paged(name: str, rows: list[View], limit: int, cursor: Callable[[View], str]) -> View:
    """A page of a list and where the next begins; ``next_cursor`` is null at the end."""
    return {name: rows, "next_cursor": cursor(rows[-1]) if len(rows) == limit else None}


def kept_file(content: bytes, media_type: str, digest: str) -> Response:
    """Bytes that never change, to keep and not to run."""
    headers = {
        "Cache-Control": "private, max-age=31536000, immutable",
        "ETag": f'"{digest}"',
        "Content-Disposition": "attachment",
        "Vary": "Cookie, Authorization",
    }
    return Response(content, media_type=media_type, headers=headers)


async def picture_of(request: Request) -> bytes:
    """The picture that is the body of a request. Raises `InvalidInput` for none."""
    content = await read_body(request, limit=MAX_UPLOAD - 2 * 1024 * 1024, seconds=60.0)
    if not content:
        raise InvalidInput("the body is empty", hint="send the picture's bytes as the body")
    return content


async def with_picture(content: bytes, work: Callable[[Path], T], limiter: CapacityLimiter) -> T:
    """Work on bytes as on a file, away from the loop that answers; ``limiter``: as many at once as it says."""

    def do() -> T:
        with as_file(content) as path:
            return work(path)

    return await to_thread.run_sync(do, limiter=limiter)


@contextmanager
def as_file(content: bytes, name: str = "picture") -> Iterator[Path]:
    """A file that is there as long as it is needed; its name is never the sender's."""
    with tempfile.TemporaryDirectory(prefix="colophon-") as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        yield path
