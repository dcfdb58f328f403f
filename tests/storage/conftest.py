"""A web server on this machine that answers what it is told to."""

import http.server
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest

from colophon.storage import S3Access

Answer = tuple[int, dict[str, str], bytes]
Answering = Callable[..., AbstractContextManager[tuple[S3Access, list[Any]]]]


@pytest.fixture
def secret() -> str:
    return "a-secret-that-is-shown-nowhere"


@pytest.fixture
def answering(secret: str) -> Answering:
    """``with answering((status, headers, body), ...) as (access, requests)``: one answer per request, the last one for
    all that follow; a request is (verb, target, headers, body)."""

    @contextmanager
    def answer(*answers: Answer) -> Iterator[tuple[S3Access, list[Any]]]:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Odd)
        server.answers, server.requests = list(answers), []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            endpoint = f"127.0.0.1:{server.server_address[1]}"
            yield S3Access(endpoint, "key", secret, region="us-east-1", secure=False), server.requests  # type: ignore[attr-defined]
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    return answer


class _Odd(http.server.BaseHTTPRequestHandler):
    """Gives the answers its server was given, the last one again and again, and keeps what was asked."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.requests.append((self.command, self.path, self.headers, body))  # type: ignore[attr-defined]
        answers = self.server.answers  # type: ignore[attr-defined]
        status, headers, body = answers.pop(0) if len(answers) > 1 else answers[0]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_HEAD = do_DELETE = _answer

    def log_message(self, format: str, *args: object) -> None:
        return
