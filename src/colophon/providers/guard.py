"""The guarded transport: it connects only to addresses it has checked itself, and no answer may take for ever."""

import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import httpcore
import httpx

from colophon.providers.addresses import Resolver, reachable, resolve

MAX_CONNECTIONS = 32


class AddressRefused(httpx.TransportError):
    """The address is not one this client connects to; nothing was sent."""


class GuardedTransport(httpx.BaseTransport):
    """HTTP/1.1 over TLS to public addresses.

    A name is resolved once per connection; when any of its addresses is not globally routable the request is refused,
    otherwise the connection goes to the very address that was checked, while TLS verifies the name: the answer of the
    name service cannot change in between. With ``allow_private`` plain http, other ports, loopback and private networks
    are allowed too. Every answer must be complete ``answer_seconds`` after its request was sent.
    No proxy or other setting of the environment is used, and redirects are answers like any other.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        resolver: Resolver = resolve,
        answer_seconds: float = 300.0,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._allow_private = allow_private
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context or httpx.create_ssl_context(trust_env=False),
            max_connections=MAX_CONNECTIONS,
            # A kept connection may be closed by the far side just as an order goes out: its outcome would be unknown.
            max_keepalive_connections=0,
            network_backend=_CheckedBackend(allow_private, resolver, answer_seconds),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._check(request.url)
        with _httpx_errors():
            answer = self._pool.handle_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(
                        scheme=request.url.raw_scheme,
                        host=request.url.raw_host,
                        port=request.url.port,
                        target=request.url.raw_path,
                    ),
                    headers=request.headers.raw,
                    content=cast(Iterable[bytes], request.stream),
                    extensions=request.extensions,
                )
            )
        body = _Body(cast(Iterable[bytes], answer.stream))
        return httpx.Response(answer.status, headers=answer.headers, stream=body, extensions=answer.extensions)

    def close(self) -> None:
        self._pool.close()

    def _check(self, url: httpx.URL) -> None:
        if url.scheme != "https" and not (self._allow_private and url.scheme == "http"):
            raise AddressRefused(f"only https is used, not {url.scheme}")
        if url.userinfo:
            raise AddressRefused("the address holds user information")
        if url.port not in (None, 443) and not self._allow_private:
            raise AddressRefused(f"port {url.port} is not one a public service uses")
        if not url.host:
            raise AddressRefused("the address names no host")


class _Body(httpx.SyncByteStream):
    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        with _httpx_errors():
            yield from self._chunks

    def close(self) -> None:
        close = getattr(self._chunks, "close", None)
        if close is not None:
            close()


class _CheckedBackend(httpcore.NetworkBackend):
    def __init__(self, allow_private: bool, resolver: Resolver, answer_seconds: float) -> None:
        self._inner = httpcore.SyncBackend()
        self._allow_private = allow_private
        self._resolver = resolver
        self._answer_seconds = answer_seconds

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Try the checked addresses in their order: while connecting, nothing has been sent yet."""
        addresses = self._checked(host, port)
        for address in addresses[:-1]:
            try:
                return self._connect(address, port, timeout, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return self._connect(addresses[-1], port, timeout, socket_options)

    def _connect(
        self, address: str, port: int, timeout: float | None, socket_options: Iterable[Any] | None
    ) -> httpcore.NetworkStream:
        stream = self._inner.connect_tcp(address, port, timeout=timeout, socket_options=socket_options)
        return _TimedStream(stream, self._answer_seconds)

    def _checked(self, host: str, port: int) -> list[str]:
        try:
            addresses = list(self._resolver(host, port))[:4]
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the name {host} has no address: {error}") from error
        if not addresses:
            raise httpcore.ConnectError(f"the name {host} has no address")
        for address in addresses:
            if not reachable(address, allow_private=self._allow_private):
                raise AddressRefused(f"{host} leads to {address}, which is not a public address")
        return addresses


class _TimedStream(httpcore.NetworkStream):
    """Bounds the time from the last byte sent to the last byte read, however slowly the bytes drip in."""

    def __init__(self, stream: httpcore.NetworkStream, seconds: float) -> None:
        self._stream = stream
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout(f"the answer was not complete after {self._seconds:g} s")
        return self._stream.read(max_bytes, left if timeout is None else min(left, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)
        self._deadline = time.monotonic() + self._seconds

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, timeout), self._seconds)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


# httpcore's errors under httpx's names; the first row that fits is used, so the families come last.
TRANSLATION: tuple[tuple[type[Exception], Callable[[str], httpx.TransportError]], ...] = (
    (httpcore.ConnectTimeout, httpx.ConnectTimeout),
    (httpcore.ReadTimeout, httpx.ReadTimeout),
    (httpcore.WriteTimeout, httpx.WriteTimeout),
    (httpcore.PoolTimeout, httpx.PoolTimeout),
    (httpcore.ConnectError, httpx.ConnectError),
    (httpcore.ReadError, httpx.ReadError),
    (httpcore.WriteError, httpx.WriteError),
    (httpcore.ProxyError, httpx.ProxyError),
    (httpcore.UnsupportedProtocol, httpx.UnsupportedProtocol),
    (httpcore.LocalProtocolError, httpx.LocalProtocolError),
    (httpcore.RemoteProtocolError, httpx.RemoteProtocolError),
    (httpcore.TimeoutException, httpx.TimeoutException),
    (httpcore.NetworkError, httpx.NetworkError),
    (httpcore.ProtocolError, httpx.ProtocolError),
    (httpcore.ConnectionNotAvailable, httpx.PoolTimeout),
    (socket.timeout, httpx.ReadTimeout),
    (OSError, httpx.ReadError),
)


_FOREIGN = tuple(foreign for foreign, _ in TRANSLATION)


@contextmanager
def _httpx_errors() -> Iterator[None]:
    try:
        yield
    except _FOREIGN as error:
        translate = next(ours for foreign, ours in TRANSLATION if isinstance(error, foreign))
        raise translate(str(error) or type(error).__name__) from error
