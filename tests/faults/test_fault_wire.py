"""Faults of the wire itself, by a raw socket on loopback and the real transport.

Every adapter sends through the same two functions (`exchange` and `download`), so each fault is tried once here; the
table tries the errors that come of it at every adapter.
"""

import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from colophon.errors import OutcomeUnknown, ProviderError, ProviderUnavailable
from colophon.providers.http import GuardedTransport, download, exchange, guarded_client

Answer = Callable[[socket.socket], None]
OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n"
PATIENCE = 0.6  # seconds an answer may take here


def sends(*parts: bytes, every: float = 0.0) -> Answer:
    def answer(connection: socket.socket) -> None:
        _read_request(connection)
        for part in parts:
            connection.sendall(part)
            time.sleep(every)

    return answer


def _read_request(connection: socket.socket) -> None:
    """All of it: closing with some of it unread is a reset, which is another fault."""
    head, _, body = connection.recv(65536).partition(b"\r\n\r\n")
    stated = re.search(rb"(?i)content-length: (\d+)", head)
    missing = int(stated[1]) - len(body) if stated else 0
    while missing > 0:
        missing -= len(connection.recv(65536)) or missing


def resets(after: bytes = b"", *, read: bool = True) -> Answer:
    """Closes without a goodbye, with the request read or lying there."""

    def answer(connection: socket.socket) -> None:
        connection.recv(65536, 0 if read else socket.MSG_PEEK)
        connection.sendall(after)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return answer


def hangs(connection: socket.socket) -> None:
    connection.recv(65536)
    time.sleep(2 * PATIENCE)


def drips(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(OK + b"Content-Length: 100\r\n\r\n")
    for _ in range(8):
        connection.sendall(b" ")
        time.sleep(PATIENCE / 4)


class Wire:
    """Gives each connection the same answer, and counts them."""

    def __init__(self, answer: Answer) -> None:
        self.connections = 0
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/order"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.connections += 1
                try:
                    self._answer(connection)
                except OSError:
                    continue  # the client had enough

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(timeout=5)


FAULTS: dict[str, Answer] = {
    "reset with the request unread": resets(read=False),
    "reset after the request": resets(),
    "reset in the headers": resets(b"HTTP/1.1 200 OK\r\nContent-"),
    "reset in the body": resets(OK + b"Content-Length: 100\r\n\r\n{"),
    "closed without an answer": sends(),
    "closed in the headers": sends(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "cut with a length": sends(OK + b"Content-Length: 100\r\n\r\n{}"),
    "cut in a chunk": sends(OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"),
    "two lengths": sends(OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
    "a length that is none": sends(OK + b"Content-Length: -1\r\n\r\n{}"),
    "no HTTP at all": sends(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "headers without end": sends(OK + b"X: " + b"x" * 200_000),
    "no headers in time": hangs,
    "headers a byte at a time": sends(*[bytes([byte]) for byte in OK[:8]], every=PATIENCE / 4),
    "a body a byte at a time": drips,
}


@pytest.fixture
def wire(request: pytest.FixtureRequest) -> Iterator[Wire]:
    opened = Wire(FAULTS[request.param])
    yield opened
    opened.close()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with guarded_client(transport=GuardedTransport(allow_private=True, answer_seconds=PATIENCE)) as opened:
        yield opened


@pytest.mark.parametrize("wire", FAULTS, indirect=True)
def test_an_order_whose_answer_broke_is_unknown_and_sent_once(wire: Wire, client: httpx.Client) -> None:
    began = time.monotonic()
    with pytest.raises(OutcomeUnknown) as raised:
        exchange(client, "POST", wire.url, headers={"Authorization": "Bearer canary-0123"}, json={}, orders=True)
    assert time.monotonic() - began < 3 * PATIENCE
    assert wire.connections == 1
    assert raised.value.message.startswith("no complete answer: ")
    assert raised.value.message.isprintable()
    assert "canary-0123" not in raised.value.message


@pytest.mark.parametrize("wire", FAULTS, indirect=True)
def test_a_question_or_a_download_that_broke_may_be_asked_again(wire: Wire, client: httpx.Client) -> None:
    with pytest.raises(ProviderUnavailable, match="no complete answer"):
        exchange(client, "GET", wire.url, headers={})
    with pytest.raises(ProviderError) as raised:
        download(client, wire.url, hosts=(), base_url=wire.url)
    assert raised.value.transient
    assert wire.connections == 2


def test_where_nobody_listens_nothing_was_ordered(client: httpx.Client) -> None:
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    with pytest.raises(ProviderUnavailable, match="not reached"):
        exchange(client, "POST", f"http://127.0.0.1:{port}/", headers={}, json={}, orders=True)


def test_a_body_without_a_length_ends_with_its_connection(client: httpx.Client) -> None:
    """What is cut then looks complete: only its content tells, which is why JSON that does not end is no answer."""
    opened = Wire(sends(OK + b'\r\n{"id": "'))
    assert exchange(client, "POST", opened.url, headers={}, json={}, orders=True).body == b'{"id": "'
    opened.close()
