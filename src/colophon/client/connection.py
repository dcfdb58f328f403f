"""The API of a running `colophon serve`, from Python: one method a thing to do, plain data in and out.

    from colophon import Client

    with Client("https://colophon.example", token="clp_...") as colophon:
        run = colophon.order(open("brief.yaml").read())
        for asset in colophon.assets(campaign="spring-mugs", state="held"):
            print(asset["id"])

Errors are those of `colophon.errors`. Writes carry an ``Idempotency-Key`` and are sent again, with the same key, when
no answer came: what was done is not done twice.
"""

import json
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import sleep
from types import TracebackType
from typing import Any, Self

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
    409: Conflict,
    413: InvalidInput,
    422: InvalidInput,
    429: NotSignedIn,
    503: ProviderUnavailable,
}
_TRIES = 3
_PAGE = 200
_PARTS = ("generations", "assets", "renditions", "problems")  # of a campaign


class Client:
    """``token`` is one that `colophon users token` or the page *Settings* made. ``transport`` is for tests."""

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

    def me(self) -> View:
        """Who the token is of, and its roles."""
        return self._json("GET", "/me")

    # campaigns

    def plan(self, brief: str | View, *, route: str | None = None) -> View:
        """Masters, generations, renditions and cost of a brief, YAML text or a mapping. Spends nothing."""
        return self._json("POST", "/plans", json={"brief": brief, "route": route})

    def order(
        self, brief: str | View, *, route: str | None = None, approve: bool = False, publish: bool = False
    ) -> View:
        """Register a brief and have it worked on: ``campaign``, ``revision`` and ``run``."""
        body = {"brief": brief, "route": route, "approve": approve, "publish": publish}
        return self._json("POST", "/campaigns", json=body)

    def resume(self, campaign: str, *, approve: bool = False, publish: bool = False) -> View:
        """Have what a campaign still lacks worked on."""
        return self._json("POST", f"/campaigns/{campaign}/runs", json={"approve": approve, "publish": publish})

    def campaigns(self, *, brand: str | None = None) -> Iterator[View]:
        """The newest first."""
        yield from self._pages("/campaigns", "campaigns", {"brand": brand})

    def campaign(self, campaign: str) -> View:
        """State of each generation, assets, renditions, cost and problems: of all of it, asked for in parts."""
        view = self._json("GET", f"/campaigns/{campaign}")
        while (cursor := view.pop("next_cursor", None)) is not None:
            part = self._json("GET", f"/campaigns/{campaign}", params={"cursor": cursor})
            view = part | {name: view[name] + part[name] for name in _PARTS}
        return view

    def follow(self, campaign: str) -> Iterator[View]:
        """Where it stands, at once and whenever it moves, until nothing of it is under way any more."""
        while True:
            for name, data in self._events(f"/campaigns/{campaign}/events"):
                if name == "done":
                    return
                view: View = json.loads(data)
                yield view

    def stop(self, campaign: str, *, reason: str) -> View:
        """Nothing more of it is ordered until `go_on`; what is under way is brought home."""
        return self._json("POST", f"/campaigns/{campaign}/stop", json={"reason": reason})

    def go_on(self, campaign: str) -> View:
        return self._json("POST", f"/campaigns/{campaign}/resume")

    def publish(self, campaign: str, *, dry_run: bool = False) -> View:
        return self._json("POST", f"/campaigns/{campaign}/publish", params={"dry_run": dry_run})

    def unpublish(self, campaign: str, *, dry_run: bool = False, wait: float = 0.0) -> View:
        """``withdrawals`` are the evidence; asked again, it goes on looking whether all is gone."""
        return self._json("POST", f"/campaigns/{campaign}/unpublish", params={"dry_run": dry_run, "wait": wait})

    def unpublish_rendition(self, rendition: str, *, dry_run: bool = False, wait: float = 0.0) -> View:
        return self._json("POST", f"/renditions/{rendition}/unpublish", params={"dry_run": dry_run, "wait": wait})

    def export(self, campaign: str, form: str, to: Path) -> Path:
        """``form``: json, csv, prov, openlineage, pack or report."""
        to.write_bytes(self._send("GET", f"/campaigns/{campaign}/exports/{form}").content)
        return to

    # assets

    def assets(self, **filters: Any) -> Iterator[View]:
        """Those that all filters hold for, newest first: text, brand, campaign, model, route, seed, state, verdict,
        outcome, cost_min, cost_max, since, until."""
        yield from self._pages("/assets", "assets", filters)

    def facets(self, **filters: Any) -> View:
        return self._json("GET", "/facets", params=filters)

    def asset(self, asset: str) -> View:
        """Everything on record about it."""
        return self._json("GET", f"/assets/{asset}")

    def lineage(self, asset: str) -> View:
        return self._json("GET", f"/assets/{asset}/lineage")

    def original(self, asset: str) -> bytes:
        return self._send("GET", f"/assets/{asset}/original").content

    def rendition(self, rendition: str) -> bytes:
        """Its signed bytes."""
        return self._send("GET", f"/renditions/{rendition}/file").content

    def waiting(self, *, campaign: str | None = None) -> Iterator[View]:
        """What waits for a person, newest first."""
        yield from self._pages("/review", "assets", {"campaign": campaign})

    def comment(self, asset: str, text: str) -> View:
        return self._json("POST", f"/assets/{asset}/comments", json={"text": text})

    def approve(self, asset: str, *, reason: str = "") -> View:
        return self._json("POST", f"/assets/{asset}/approve", json={"reason": reason})

    def reject(self, asset: str, *, reason: str) -> View:
        return self._json("POST", f"/assets/{asset}/reject", json={"reason": reason})

    # any picture

    def verify(self, picture: bytes | Path) -> View:
        """The provenance verdict in parts."""
        return self._json("POST", "/verify", content=_bytes(picture))

    def identify(self, picture: bytes | Path) -> View:
        """Which catalogued assets it may be."""
        return self._json("POST", "/identify", content=_bytes(picture))

    def ingest(self, picture: bytes | Path) -> View:
        """Bring it into the catalog; it then waits for a person."""
        return self._json("POST", "/assets", content=_bytes(picture))

    # money and audit

    def ledger(self, *by: str, **narrowed: Any) -> View:
        """Sums by campaign, brand, route, model or day; ``campaign``, ``route``, ``since``, ``until`` narrow them."""
        return self._json("GET", "/ledger", params={"by": list(by), **narrowed})

    def events(self, *, after: int = 0) -> Iterator[View]:
        """The audit log from an event on, oldest first."""
        yield from self._pages("/audit/events", "events", {"cursor": after or None})

    def audit(self, *, sample: int | None = None, signatures: bool = True) -> View:
        """Hold everything on record against everything else."""
        return self._json("POST", "/audit/verify", params={"sample": sample, "signatures": signatures})

    # how

    def _pages(self, path: str, name: str, params: Mapping[str, Any]) -> Iterator[View]:
        asked = {**params, "limit": _PAGE}
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

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        request["params"] = {name: value for name, value in request.get("params", {}).items() if value is not None}
        headers = {} if method == "GET" else {"Idempotency-Key": str(uuid.uuid4())}
        for attempt in range(_TRIES):
            try:
                answer = self._http.request(method, path, headers=headers, **request)
            except httpx.TransportError as error:
                if attempt + 1 == _TRIES:
                    raise ProviderUnavailable(f"no answer: {error}", where=str(self._http.base_url)) from error
                sleep(0.5 * 2**attempt)
                continue
            if answer.is_success:
                return answer
            raise _error(answer)
        raise AssertionError("unreachable: the last try returns or raises")


def _bytes(picture: bytes | Path) -> bytes:
    return picture.read_bytes() if isinstance(picture, Path) else picture


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
