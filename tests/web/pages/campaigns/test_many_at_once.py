"""Twenty people open a page of new pictures at once."""

import asyncio
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from colophon.domain.account import Role
from colophon.storage.cache import FolderCache
from colophon.web.app import create_web
from tests.services.conftest import World
from tests.web.pages.campaigns.conftest import ORIGIN, Visits

_READERS, _PICTURES = 20, 3


def test_each_new_copy_is_made_once_and_few_at_a_time(
    ground: World, visits: Visits, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made, at_once, most, lock = 0, 0, 0, threading.Lock()
    imaging = ground.rt.imaging

    class Counted:
        def shrink(self, content: bytes, side: int) -> Any:
            nonlocal made, at_once, most
            with lock:
                made, at_once = made + 1, at_once + 1
                most = max(most, at_once)
            try:
                return imaging.shrink(content, side)
            finally:
                with lock:
                    at_once -= 1

    assets = [ground.approved(f"crowd-{number}")[0] for number in range(_PICTURES)]
    cookies = dict(visits.by(Role.VIEWER).cookies)
    watched = replace(ground.rt.miniatures, shrinking=Counted(), cache=FolderCache(tmp_path, 10**7))
    monkeypatch.setitem(vars(ground.rt), "miniatures", watched)
    app = create_web(ground.rt)

    async def crowd() -> list[int]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, cookies=cookies) as client:
            asked = [client.get(f"/pictures/{a.id}/thumbnail") for a in assets for _ in range(_READERS)]
            return [answer.status_code for answer in await asyncio.gather(*asked)]

    assert set(asyncio.run(crowd())) == {200}
    assert (made, most <= 4) == (_PICTURES, True)
