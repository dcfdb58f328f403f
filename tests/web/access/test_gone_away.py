"""Who asks for something that takes a while and goes away: it is carried out, once, and its answer is kept for them."""

import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import httpx
import pytest

from colophon.domain.account import Grant, Role
from colophon.errors import NotFound
from colophon.web.gate import COOKIE
from tests.web.access.conftest import OWN, PASSWORD, Ground
from tests.web.test_serving import served, two_ports, until


def test_a_cut_connection_leaves_nothing_half_done(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    rt, ours = ground.world.rt, ground.names[OWN]
    ada = ground.account("Ada", *(Grant(role) for role in Role), password=PASSWORD)
    headers = ground.token(ada) | {"Content-Type": "application/json", "Idempotency-Key": "publish-1"}
    begun, on, down = threading.Event(), threading.Event(), threading.Event()
    put, delete, times = rt.press.shelf.put, rt.press.shelf.delete, list[str]()

    def slow(key: str, *rest: Any, **named: Any) -> Any:
        times.append(key)
        begun.set()
        assert on.wait(10)
        return put(key, *rest, **named)

    def slow_down(key: str) -> None:
        down.set()
        assert on.wait(10)
        delete(key)

    monkeypatch.setattr(rt.press.shelf, "put", slow)
    monkeypatch.setattr(rt.press.shelf, "delete", slow_down)
    port, _ = two_ports()
    with served(ground.app, port) as address:
        path = f"/api/v1/campaigns/{ours['campaign']}/publish"
        _cut(port, path, headers, while_it=begun)
        busy = httpx.post(f"{address}{path}", headers=headers)
        assert (busy.status_code, busy.json()["code"], busy.headers["retry-after"]) == (409, "in_progress", "2")
        on.set()
        until(lambda: httpx.post(f"{address}{path}", headers=headers).status_code == 200)
        kept = httpx.post(f"{address}{path}", headers=headers)
        assert kept.headers["idempotent-replayed"] == "true"
        assert kept.json()["added"] == [ours["rendition"]]
        [published] = rt.catalog.publications.of_asset(ours["asset"])
        assert times.count(published.key) == 1
        assert httpx.post(f"{address}{path}", headers=headers | {"Idempotency-Key": "2"}).json()["added"] == []

        on.clear()
        session = ground.signed_in(ada).cookies[COOKIE]
        page = {"Cookie": f"{COOKIE}={session}", "Origin": "http://127.0.0.1"}
        _cut(port, f"/campaigns/{ours['campaign']}/unpublish", page, while_it=down)
        assert not _gone(ground)
        on.set()
        until(lambda: _gone(ground))


def test_a_body_that_breaks_off_begins_nothing(ground: Ground, caplog: pytest.LogCaptureFixture) -> None:
    asset = ground.names[OWN]["asset"]
    headers = _asking(ground, Grant(Role.ADMIN)) | {"Idempotency-Key": "comment-1"}
    port, _ = two_ports()
    path, body = f"/api/v1/assets/{asset}/comments", json.dumps({"text": "Too dark?"})
    with served(ground.app, port) as address:
        with closing(socket.create_connection(("127.0.0.1", port))) as line:
            line.sendall(_head("POST", path, headers, len(body)) + body[:5].encode())
        whole = httpx.post(f"{address}{path}", headers=headers, content=body)
        assert whole.status_code == 201, "the key was not used up"
    assert len(ground.world.rt.catalog.reviews.comments(asset)) == 1
    assert "internal error" not in caplog.text


def test_many_who_wait_for_withdrawals_keep_nobody_else_waiting(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    on, begun = threading.Event(), threading.Semaphore(0)

    def waits(by: str, subject: str, **named: Any) -> Any:
        begun.release()
        on.wait(10)
        raise NotFound("nothing is public")

    monkeypatch.setattr("colophon.web.api.campaigns.withdrawn_by", waits)
    headers = ground.token(ground.account("Ada", Grant(Role.PUBLISHER)))
    with served(ground.app, two_ports()[0]) as address, ThreadPoolExecutor(45) as others:
        path = f"{address}/api/v1/campaigns/{ground.names[OWN]['campaign']}/unpublish?wait=60"
        asked = [others.submit(httpx.post, path, headers=headers, timeout=20) for _ in range(45)]
        try:
            assert begun.acquire(timeout=10)
            assert httpx.get(f"{address}/api/v1/me", headers=headers, timeout=4).status_code == 200
        finally:
            on.set()
        assert {each.result().status_code for each in asked} == {404}


def _gone(ground: Ground) -> bool:
    [published] = ground.world.rt.catalog.publications.of_asset(ground.names[OWN]["asset"])
    taken_back = ground.world.rt.catalog.withdrawals.of_publications([published.id])
    return published.published_until is not None and [each.gone_at is None for each in taken_back] == [False]


def _asking(ground: Ground, *grants: Grant) -> dict[str, str]:
    return ground.token(ground.account("Ada", *grants)) | {"Content-Type": "application/json"}


def _cut(port: int, path: str, headers: dict[str, str], *, while_it: threading.Event) -> None:
    """Ask, and go away in the middle of the work."""
    with closing(socket.create_connection(("127.0.0.1", port))) as line:
        line.sendall(_head("POST", path, headers, 0))
        assert while_it.wait(10)
        line.shutdown(socket.SHUT_RDWR)


def _head(method: str, path: str, headers: dict[str, str], length: int) -> bytes:
    sent = {"Host": "127.0.0.1", "Content-Length": str(length), **headers}
    return (f"{method} {path} HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in sent.items()) + "\r\n").encode()
