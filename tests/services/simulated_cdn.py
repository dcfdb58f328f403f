"""A CDN in front of a folder: edges that each keep what they once answered, by what they negotiate on, and a purge API.

It can be made to misbehave as real ones do: edges that miss a purge, purges that are taken and do nothing for a while,
an address that answers with something else. It speaks through the same HTTP client as a real one would.
"""

import itertools
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from colophon.bootstrap import Runtime
from colophon.bootstrap.publishing import make_press
from colophon.providers.cdn_view import HttpView
from colophon.providers.fastly import FastlyPurge
from colophon.providers.http import guarded_client
from colophon.services.press import Press

HOST = "https://cdn.example.com"
SERVICE, TOKEN = "SU1Z0isxPaozGVKXdv0eY", "fastly-token-of-the-test"
_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".avif": "image/avif"}
_TYPES |= {".c2pa": "application/c2pa", ".json": "application/json", ".jws": "application/jose"}
_Kept = tuple[int, dict[str, str], bytes]
_Key = tuple[str, str, str, str]  # path, query, Accept, Accept-Encoding


@dataclass
class SimulatedCdn:
    folder: Path
    edges: int = 3
    ignored_purges: int = 0  # taken, answered with ok, and without any effect
    deaf_edges: frozenset[int] = frozenset()  # no purge reaches them
    purge_status: int = 200
    tags_work: bool = True
    other: Callable[[httpx.Request], httpx.Response | None] = lambda request: None
    asked: "Counter[str]" = field(default_factory=Counter)
    purged: list[tuple[str, object]] = field(default_factory=list)
    _caches: list[dict[_Key, _Kept]] = field(default_factory=list)
    _turn: "itertools.count[int]" = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self._caches = [{} for _ in range(self.edges)]

    def press(self, rt: Runtime, **changes: Any) -> Press:
        """The real composition with this CDN as its network."""
        client = guarded_client(transport=httpx.MockTransport(self.handle))
        purge = FastlyPurge(client, service=SERVICE, token=TOKEN)
        return replace(make_press(rt), view=HttpView(client), purge=purge, **changes)

    def warm(self, path: str, *, query: str = "", accepts: tuple[str, ...] = ("*/*", "image/webp,*/*;q=0.8")) -> None:
        """Every edge has been asked for it, in these ways, by somebody out there."""
        for cache in self._caches:
            for accept in accepts:
                self._answer(cache, (path, query, accept, "identity"))

    def kept(self, path: str) -> int:
        """How many copies the edges hold."""
        return sum(key[0] == path and entry[0] == 200 for cache in self._caches for key, entry in cache.items())

    def handle(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "api.fastly.com":
            return self._purge(request)
        assert request.url.host == "cdn.example.com"
        assert "fastly-key" not in request.headers
        self.asked[f"{request.method} {request.url.path}"] += 1
        if (answer := self.other(request)) is not None:
            return answer
        edge = next(self._turn) % self.edges
        accept, encoding = request.headers["accept"], request.headers["accept-encoding"]
        key = (request.url.path, request.url.query.decode(), accept, encoding)
        hit = key in self._caches[edge]
        status, headers, body = self._answer(self._caches[edge], key)
        told = {**headers, "X-Cache": "HIT" if hit else "MISS", "X-Served-By": f"edge-{edge}"}
        return httpx.Response(status, headers=told, content=b"" if request.method == "HEAD" else body)

    def _answer(self, cache: dict[_Key, _Kept], key: _Key) -> _Kept:
        if key in cache:
            return cache[key]
        file = self.folder / key[0].lstrip("/")
        if not file.is_file():
            return 404, {"Content-Type": "text/html"}, b"<h1>not here</h1>"
        cache_control = "no-cache" if file.suffix in (".json", ".jws") else "public, max-age=31536000, immutable"
        headers = {"Content-Type": _TYPES[file.suffix], "Cache-Control": cache_control}
        kept = 200, headers, file.read_bytes()
        if cache_control != "no-cache":
            cache[key] = kept
        return kept

    def _purge(self, request: httpx.Request) -> httpx.Response:
        """https://www.fastly.com/documentation/reference/api/purging/"""
        if request.headers.get("Fastly-Key") != TOKEN:
            return httpx.Response(403, json={"msg": "Provided credentials are missing or invalid"})
        if self.purge_status != 200:
            return httpx.Response(self.purge_status, json={"msg": "Service unavailable"})
        assert request.method == "POST"
        path = request.url.path
        if path == f"/service/{SERVICE}/purge":
            keys = json.loads(request.content)["surrogate_keys"]
            self.purged.append(("tags", keys))
            if self.tags_work:
                self._forget(lambda kept: bool(set(keys) & _tags(kept)))
            return httpx.Response(200, json={key: f"108-1391560174-{n}" for n, key in enumerate(keys)})
        assert path.startswith("/purge/cdn.example.com/")
        target = path.removeprefix("/purge/cdn.example.com")
        self.purged.append(("address", target))
        self._forget(lambda kept: kept[:2] == (target, request.url.query.decode()))
        return httpx.Response(200, json={"status": "ok", "id": "108-1391560174-974124"})

    def _forget(self, chosen: Callable[[_Key], bool]) -> None:
        if self.ignored_purges > 0:
            self.ignored_purges -= 1
            return
        for edge, cache in enumerate(self._caches):
            if edge not in self.deaf_edges:
                for key in [key for key in cache if chosen(key)]:
                    del cache[key]


def _tags(key: _Key) -> set[str]:
    """As the documented configuration of the CDN makes them from an address: the campaign, and the file."""
    campaign, _, name = key[0].lstrip("/").partition("/")
    return {campaign, name.split(".")[0]}
