"""Between the C2PA library and the time-stamp service: an address of this machine, for the length of one signature.

The library fetches a stamp in the middle of signing, waits 30 seconds for it, and tells of a failure only in general
words. So it is given an address of this process, which asks the real service, checks the answer and keeps the error.
"""

import os
import secrets
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self

from colophon.errors import SigningError
from colophon.provenance.stamps import ANSWER_TYPE, StampService

_HOST = "127.0.0.1"
_MAX_QUERY = 4096
_QUERY_SECONDS = 5.0


class StampRelay:
    """A context manager: ``address`` is for the library, ``failure`` what went wrong at the service, if anything."""

    def __init__(self, service: StampService) -> None:
        self.failure: SigningError | None = None
        self._service = service
        self._path = f"/{secrets.token_urlsafe(24)}"  # nobody else on this machine can have stamps made
        _exempt_from_proxies()
        self._server = HTTPServer((_HOST, 0), _handler(self))
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), name="stamp-relay", daemon=True)

    @property
    def address(self) -> str:
        return f"http://{_HOST}:{self._server.server_port}{self._path}"

    def answer(self, path: str, query: bytes) -> bytes | None:
        """None on failure, which is then kept."""
        if not secrets.compare_digest(path.encode(), self._path.encode()):
            return None
        try:
            return self._service.ask(query)
        except SigningError as error:
            self.failure = error
            return None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _exempt_from_proxies() -> None:
    """The library's client sends even requests for this machine to the environment's proxy, unless told otherwise
    before its first request."""
    for variable in ("NO_PROXY", "no_proxy"):
        exempt = os.environ.get(variable, "")
        if _HOST not in exempt.split(","):
            os.environ[variable] = f"{exempt},{_HOST}".lstrip(",")


def _handler(relay: StampRelay) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = _QUERY_SECONDS

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            known = length.isdecimal() and int(length) <= _MAX_QUERY
            answer = relay.answer(self.path, self.rfile.read(int(length))) if known else None
            self.send_response(200 if answer else 502)
            self.send_header("Content-Type", ANSWER_TYPE)
            self.send_header("Content-Length", str(len(answer or b"")))
            self.end_headers()
            self.wfile.write(answer or b"")

        def log_message(self, *_: Any) -> None:
            """Quiet: the path is a secret while it lasts."""

    return Handler
