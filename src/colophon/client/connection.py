"""How the client asks: with its token, a page of a list after the other, and writes under a key of their own.

Writes carry an ``Idempotency-Key`` and are sent again, with the same key, when no answer came: what was done is not
done twice, and what is still being worked on is waited for.
"""

import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import sleep
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from colophon.errors import (
    ColophonError,
    Conflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    ProviderUnavailable,
)

View = dict[str, Any]
_KINDS: Mapping[int, type[ColophonError]] = {
    400: InvalidInput,
    401: NotSignedIn,
    403: NotAllowed,
    404: NotFound,
    408: InvalidInput,
    409: Conflict,
    413: InvalidInput,
    422: InvalidInput,
    429: NotSignedIn,
    503: ProviderUnavailable,
}
_TRIES = 3
_PAGE = 200
_PATIENCE = 600.0  # seconds that are waited for an answer to what is being worked on


class Connection:
    """The way to one server. ``token`` is one that `colophon users token` or the page *Settings* made; ``transport`` is
    for tests."""

    def __init__(
        self, address: str, token: str, *, timeout: float = 60.0, transport: httpx.BaseTransport | None = None
    ) -> None:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        base = f"{address.rstrip('/')}/api/v1"
        self._http = httpx.Client(base_url=base, headers=headers, timeout=timeout, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def _pages(self, path: str, name: str, params: Mapping[str, Any], *, most: int = _PAGE) -> Iterator[View]:
        asked = {**params, "limit": most}
        while True:
            page = self._json("GET", path, params=asked)
            yield from page[name]
            if page["next_cursor"] is None:
                return
            asked["cursor"] = page["next_cursor"]

    def _events(self, path: str) -> Iterator[tuple[str, str]]:
        """Names and data of server-sent events, as long as one answer lasts."""
        headers = {"Accept": "text/event-stream"}
        try:
            with self._http.stream("GET", path, headers=headers) as answer:
                if not answer.is_success:
                    answer.read()
                    raise _error(answer)
                name, data = "message", list[str]()
                for line in answer.iter_lines():
                    field, _, value = line.partition(":")
                    if line == "" and data:
                        yield name, "\n".join(data)
                    if line == "":
                        name, data = "message", []
                    elif field == "event":
                        name = value.removeprefix(" ")
                    elif field == "data":
                        data.append(value.removeprefix(" "))
        except httpx.TransportError as error:
            raise ProviderUnavailable(f"no answer: {error}", where=str(self._http.base_url)) from error

    def _json(self, method: str, path: str, **request: Any) -> View:
        view: View = self._send(method, path, **request).json()
        return view

    def _rows(self, method: str, path: str, *, name: str, **request: Any) -> list[View]:
        """A list that comes whole, under this name."""
        rows: list[View] = self._json(method, path, **request)[name]
        return rows

    def _bytes(self, path: str, **request: Any) -> bytes:
        return self._send("GET", path, **request).content

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        request["params"] = {name: value for name, value in request.get("params", {}).items() if value is not None}
        headers = {} if method == "GET" else {"Idempotency-Key": str(uuid.uuid4())}
        lost, waited = 0, 0.0
        while True:
            try:
                answer = self._http.request(method, path, headers=headers, **request)
            except httpx.TransportError as error:
                lost += 1
                if lost == _TRIES:
                    raise ProviderUnavailable(f"no answer: {error}", where=str(self._http.base_url)) from error
                sleep(0.5 * 2 ** (lost - 1))
                continue
            if answer.is_success:
                return answer
            error_told = _error(answer)
            if error_told.code != "in_progress" or waited >= _PATIENCE:
                raise error_told
            pause = _pause(answer)
            waited += pause
            sleep(pause)


def at(*parts: str) -> str:
    """A path of these parts, whatever is in them."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def bytes_of(picture: bytes | Path) -> bytes:
    return picture.read_bytes() if isinstance(picture, Path) else picture


def _pause(answer: httpx.Response) -> float:
    """Seconds until it is worth asking again."""
    told = answer.headers.get("retry-after", "")
    return float(min(max(int(told), 1), 60)) if told.isdigit() and len(told) < 6 else 2.0


def _error(answer: httpx.Response) -> ColophonError:
    try:
        told = answer.json()
    except ValueError:
        told = {}
    told = told if isinstance(told, dict) else {}
    kind = _KINDS.get(answer.status_code, ColophonError)
    error = kind(str(told.get("detail") or f"the server answered {answer.status_code}"))
    error.code = str(told.get("code") or error.code)
    error.where, error.hint = str(told.get("where") or ""), str(told.get("hint") or "")
    return error
