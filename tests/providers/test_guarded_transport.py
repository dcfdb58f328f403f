"""Where the guarded client connects to, and for how long it listens."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpcore
import httpx
import pytest

from colophon.errors import OutcomeUnknown, ProviderUnavailable
from colophon.providers.addresses import reachable
from colophon.providers.guard import TRANSLATION
from colophon.providers.http import (
    NOT_SENT,
    PERHAPS_SENT,
    AddressRefused,
    GuardedTransport,
    exchange,
    guarded_client,
)

INSIDE = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",  # noqa: S104 - refused, not bound to
    "10.0.0.1",
    "172.16.3.4",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "198.18.0.1",
    "192.0.2.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "not an address",
]


@pytest.mark.parametrize("address", INSIDE)
def test_inside_addresses_are_not_reachable(address: str) -> None:
    assert not reachable(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "104.18.0.1", "2606:4700::1"])
def test_public_addresses_are_reachable(address: str) -> None:
    assert reachable(address)


def test_private_networks_on_request_but_never_metadata_or_mapped() -> None:
    assert all(reachable(a, allow_private=True) for a in ("127.0.0.1", "::1", "10.1.2.3", "192.168.0.9", "fd00::1"))
    refused = ("169.254.169.254", "fe80::1", "0.0.0.0", "::ffff:127.0.0.1", "2002:7f00:1::", "224.0.0.1")  # noqa: S104
    assert not any(reachable(a, allow_private=True) for a in refused)


class Listener:
    """Counts connections, and answers each with the same bytes."""

    def __init__(self, answer: Callable[[socket.socket], None]) -> None:
        self.connections = 0
        self.requests: list[bytes] = []
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            with connection:
                self.connections += 1
                self.requests.append(connection.recv(65536))
                if self.requests[-1] == b"stop":
                    return
                self._answer(connection)

    def close(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port)) as last:
            last.sendall(b"stop")
        self._thread.join(timeout=5)
        self._socket.close()


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[Listener]:
    listener = Listener(answer)
    try:
        yield listener
    finally:
        listener.close()


def ok(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")


SPELLINGS = [
    "http://127.0.0.1:{port}/",
    "https://127.0.0.1/",
    "https://127.0.0.1:{port}/",
    "https://localhost/",
    "https://localhost./",
    "https://LOCALHOST/",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://user@127.0.0.1/",
    "https://api.bfl.ai@127.0.0.1/",
    "https://127.0.0.1%2f@api.bfl.ai/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[fe80::1]/",
    "ftp://127.0.0.1/",
    "file:///etc/hosts",
]


def test_no_spelling_of_an_inside_address_is_connected_to() -> None:
    with listening(ok) as listener, guarded_client() as client:
        for spelling in SPELLINGS:
            with pytest.raises(ProviderUnavailable):
                exchange(client, "GET", spelling.format(port=listener.port), headers={})
        assert listener.connections == 0


def test_the_address_connected_to_is_the_one_that_was_checked() -> None:
    """The answer of the name service changes at once: a request asks once and goes where the check went."""
    asked: list[str] = []

    def changing(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

    with listening(ok) as listener:
        transport = GuardedTransport(allow_private=True, resolver=changing)
        with guarded_client(transport=transport) as client:
            url = f"http://changing.example:{listener.port}/"
            assert exchange(client, "GET", url, headers={}).status == 200
            assert asked == ["changing.example"]
            with pytest.raises(ProviderUnavailable, match="not a public address"):
                exchange(client, "GET", url, headers={})
        assert listener.connections == 1


def test_one_inside_address_among_public_ones_refuses_the_name() -> None:
    client = guarded_client(transport=GuardedTransport(resolver=lambda host, port: ["8.8.8.8", "10.0.0.1"]))
    with client, pytest.raises(ProviderUnavailable, match=r"10\.0\.0\.1"):
        exchange(client, "GET", "https://api.bfl.ai/", headers={})


def test_the_name_stays_in_the_request_while_the_connection_goes_to_the_address() -> None:
    asked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with listening(ok) as listener:
        transport = GuardedTransport(allow_private=True, resolver=resolver)
        with guarded_client(transport=transport) as client:
            answer = exchange(client, "GET", f"http://gateway.example:{listener.port}/x", headers={"x-key": "k"})
        assert answer.body == b"{}"
        assert f"Host: gateway.example:{listener.port}".encode() in listener.requests[0]
        assert asked == ["gateway.example"]


def test_a_second_address_is_tried_when_the_first_does_not_answer() -> None:
    with listening(ok) as listener:
        transport = GuardedTransport(allow_private=True, resolver=lambda host, port: ["127.0.0.2", "127.0.0.1"])
        with guarded_client(transport=transport) as client:
            assert exchange(client, "GET", f"http://two.example:{listener.port}/", headers={}).status == 200


def drip(connection: socket.socket) -> None:
    try:
        for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 1000:
            connection.sendall(bytes([byte]))
            time.sleep(0.02)
    except OSError:
        return  # the client has had enough, which is what the test waits for


def test_headers_that_drip_in_end_at_the_deadline() -> None:
    with listening(drip) as listener:
        transport = GuardedTransport(allow_private=True, answer_seconds=0.4)
        with guarded_client(transport=transport) as client:
            started = time.monotonic()
            with pytest.raises(OutcomeUnknown):
                exchange(client, "POST", f"http://127.0.0.1:{listener.port}/", headers={}, json={}, orders=True)
            assert time.monotonic() - started < 2


def test_a_connection_that_is_cut_after_the_order_leaves_it_unknown() -> None:
    with listening(lambda connection: None) as listener, guarded_client(allow_private=True) as client:
        url = f"http://127.0.0.1:{listener.port}/"
        with pytest.raises(OutcomeUnknown):
            exchange(client, "POST", url, headers={}, json={}, orders=True)
        with pytest.raises(ProviderUnavailable):
            exchange(client, "GET", url, headers={})
    with pytest.raises(ProviderUnavailable), guarded_client(allow_private=True) as client:  # nobody listens any more
        exchange(client, "POST", url, headers={}, json={}, orders=True)


def test_every_error_of_the_library_is_in_one_of_the_two_classes() -> None:
    exported = {getattr(httpx, name) for name in httpx.__all__}
    errors = {kind for kind in exported if isinstance(kind, type) and issubclass(kind, Exception)}
    assert len(errors) > 20
    assert errors | {AddressRefused} == set(NOT_SENT) | set(PERHAPS_SENT)
    assert not set(NOT_SENT) & set(PERHAPS_SENT)


def test_every_error_of_the_layer_below_is_translated() -> None:
    exported = {getattr(httpcore, name) for name in httpcore.__all__}
    errors = {kind for kind in exported if isinstance(kind, type) and issubclass(kind, Exception)}
    assert len(errors) > 10
    assert errors <= {foreign for foreign, _ in TRANSLATION}
