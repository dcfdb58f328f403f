"""A receiver of webhooks on the loopback address, which verifies with the library of Standard Webhooks."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError


@dataclass
class Receiver:
    """Answers with ``answers`` in their order, each a status with headers; then with 204. ``came`` are ids and verified
    documents; what does not verify is answered 401 and in ``doubtful``. ``wait``, once set, lets a slow answer go;
    ``body`` is what is answered with, ``endless`` for ever."""

    secret: str
    address: str = ""
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    came: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)
    slow: threading.Event | None = None
    endless: bool = False

    @property
    def types(self) -> list[str]:
        return [document["type"] for _, document in self.came]

    def take(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str]]:
        self.paths.append(path)
        self.bodies.append(body)
        self.headers.append({name.lower(): value for name, value in headers.items()})
        try:
            document = Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError as error:
            self.doubtful.append(repr(error))
            return 401, {}
        status, more = self.answers.pop(0) if self.answers else (204, {})
        self.came.append((headers["webhook-id"], document))
        return status, more


def answers(*statuses: int) -> list[tuple[int, dict[str, str]]]:
    return [(status, {}) for status in statuses]


@contextmanager
def receiving(secret: str, said: Sequence[tuple[int, dict[str, str]]] = ()) -> Iterator[Receiver]:
    receiver = Receiver(secret, answers=list(said))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, more = receiver.take(self.path, body, dict(self.headers.items()))
            if receiver.slow is not None:
                receiver.slow.wait(20)
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                while receiver.endless:
                    self.wfile.write(b"x" * 65536)
            except OSError:  # the far side has heard enough
                self.close_connection = True

        def do_GET(self) -> None:  # what a followed redirect would become
            receiver.paths.append(f"GET {self.path}")
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        if receiver.slow is not None:
            receiver.slow.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
