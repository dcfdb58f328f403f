"""The application inside this process: many threads at once, errors as answers, and nothing left behind."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from colophon.sandbox.app import create_app
from colophon.sandbox.embedded import transport


def test_threads_share_it_and_closing_ends_it(folder: Path) -> None:
    inner = transport(create_app(folder))
    client = httpx.Client(transport=inner, base_url="http://sandbox.invalid")
    assert "colophon-sandbox" in {thread.name for thread in threading.enumerate()}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.get("/healthz").status_code, range(64)))
    assert set(answers) == {200}
    client.close()
    inner.close()
    assert "colophon-sandbox" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(httpx.ConnectError):
        inner.handle_request(httpx.Request("GET", "http://sandbox.invalid/healthz"))


def test_an_error_in_the_application_is_an_answer(folder: Path) -> None:
    app = create_app(folder)

    @app.get("/boom")
    def boom() -> None:
        raise RuntimeError("boom")

    with httpx.Client(transport=transport(app), base_url="http://sandbox.invalid") as client:
        assert client.get("/boom").status_code == 500
        assert client.get("/healthz").status_code == 200
