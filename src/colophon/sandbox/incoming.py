"""Reading requests of the queue dialects: the body as bytes, the pictures it names, the root it came to."""

import json
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Header, Request

from colophon.sandbox.bfl_bodies import Reference
from colophon.sandbox.uploads import Uploads


async def _whole(request: Request) -> bytes:
    return await request.body()


RawBody = Annotated[bytes, Depends(_whole)]
FaultName = Annotated[str | None, Header(alias="x-sandbox-fault")]
Authorization = Annotated[str | None, Header()]


def root_of(request: Request) -> str:
    """Scheme, host and port that the request came to."""
    parts = urlsplit(str(request.url))
    return f"{parts.scheme}://{parts.netloc}"


def key_of(scheme: str, authorization: str | None) -> str | None:
    """The key behind the scheme's word; any will do, none will not."""
    word, _, key = (authorization or "").partition(" ")
    return key.strip() or None if word.lower() == scheme.lower() else None


def json_object(content: bytes) -> dict[str, Any]:
    """Raises ``ValueError`` for what is not a JSON object."""
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        raise ValueError("the body is not JSON") from None
    if not isinstance(value, dict):
        raise ValueError("the body is not a JSON object")
    return value


def picture(name: str, value: str, root: str, uploads: Uploads) -> Reference:
    """A picture from a data URI, base64, or an address this sandbox gave out. Raises ``ValueError``."""
    if value.startswith(("http://", "https://")):
        upload = uploads.at(value, root)
        if upload is None:
            raise ValueError(f"{name}: the sandbox fetches no addresses but those of files uploaded to it")
        return Reference.read(name, uploads.content(upload))
    return Reference.decode(name, value)


def shortened(value: Any) -> Any:
    """JSON as it may be kept and echoed: the middle of a long data URI is left out."""
    if isinstance(value, dict):
        return {name: shortened(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shortened(each) for each in value]
    if isinstance(value, str) and value.startswith("data:") and len(value) > 200:
        return f"{value[:100]}...({len(value)} characters)"
    return value
