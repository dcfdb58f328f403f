"""What the public gets from a CDN: one request as a browser would send it, through the guarded client."""

import httpx

from colophon.domain.withdrawal import Ask, Seen
from colophon.errors import NotFound, ProviderUnavailable
from colophon.ports import Shelf
from colophon.providers.answers import plain
from colophon.providers.http import visit

MAX_FILE = 128 * 1024 * 1024
_TOLD = (
    "age",
    "cache-control",
    "cf-cache-status",
    "cf-ray",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "etag",
    "last-modified",
    "location",
    "server",
    "surrogate-key",
    "vary",
    "via",
    "x-cache",
    "x-cache-hits",
    "x-served-by",
)
_LONGEST = 200
_AGENT = "colophon (publication check)"


class HttpView:
    """Implements `colophon.ports.PublicView` for http(s) addresses. Sends no key and follows no redirect; ``seconds``
    is how long one answer may take."""

    public = True

    def __init__(self, client: httpx.Client, *, seconds: float = 60.0) -> None:
        self._client = client
        self._seconds = seconds

    def look(self, address: str, ask: Ask, *, body: bool = False) -> Seen:
        """A compressed body is taken for no answer: it was not asked for."""
        url = f"{address}?{ask.query}" if ask.query else address
        headers = {"User-Agent": _AGENT, **ask.headers}
        limit = MAX_FILE if body else None
        try:
            answer = visit(self._client, ask.method, url, headers=headers, max_bytes=limit, deadline_s=self._seconds)
        except ProviderUnavailable as error:
            return Seen(None, problem=error.message)
        told = {name: plain(answer.headers[name])[:_LONGEST] for name in _TOLD if name in answer.headers}
        return Seen(answer.status, told, answer.body)


class ShelfView:
    """Implements `colophon.ports.PublicView` where there is no address that others can ask, or it is not to be asked:
    looks at the store itself. ``base`` is what its addresses begin with."""

    public = False

    def __init__(self, shelf: Shelf, base: str) -> None:
        self._shelf = shelf
        self._base = base.rstrip("/") + "/"

    def look(self, address: str, ask: Ask, *, body: bool = False) -> Seen:
        try:
            content = self._shelf.get(address.removeprefix(self._base))
        except NotFound:
            return Seen(404)
        return Seen(200, body=content if body else b"")
