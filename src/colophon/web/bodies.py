"""Request bodies of a stated size, counted as they arrive, and in a stated time."""

import asyncio

from fastapi import Request
from starlette.requests import ClientDisconnect

from colophon.errors import InvalidInput


class BodyTooLarge(InvalidInput):
    code = "too_large"


class BodyTooSlow(InvalidInput):
    code = "too_slow"


async def read_body(request: Request, *, limit: int, seconds: float = 10.0) -> bytes:
    """The raw bytes, as they were sent. Raises `BodyTooLarge` before more than ``limit`` bytes are in memory, and
    `BodyTooSlow` for one that is not complete in time or breaks off."""
    stated = request.headers.get("content-length", "0")
    if stated.isdigit() and int(stated[:20]) > limit:
        raise BodyTooLarge(f"the body is larger than {limit} bytes")
    content = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                content += chunk
                if len(content) > limit:
                    raise BodyTooLarge(f"the body is larger than {limit} bytes")
    except (TimeoutError, ClientDisconnect) as error:
        raise BodyTooSlow(f"the body was not complete after {seconds:g} s") from error
    return bytes(content)
