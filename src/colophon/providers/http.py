"""The guarded client: one request without redirects or retries, one bounded answer, and every failure in our words."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

import httpx

from colophon.errors import OutcomeUnknown, ProviderError, ProviderUnavailable
from colophon.providers.addresses import host_allowed
from colophon.providers.answers import plain
from colophon.providers.guard import AddressRefused, GuardedTransport

__all__ = [
    "AddressRefused",
    "Answer",
    "GuardedTransport",
    "check_address",
    "download",
    "exchange",
    "guarded_client",
    "visit",
]

MAX_JSON = 1024 * 1024
MAX_DOWNLOAD = 64 * 1024 * 1024
MAX_PICTURE_JSON = 96 * 1024 * 1024  # a picture of the largest size in base64, inside its answer
MAX_REDIRECTS = 3
TIMEOUT = httpx.Timeout(60.0, connect=10.0, pool=10.0)

# Nothing of the request can have been acted upon.
NOT_SENT: tuple[type[Exception], ...] = (
    AddressRefused,
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.InvalidURL,
)
# It may have been; families are here too, so that a new member of one is taken for the dearer case.
PERHAPS_SENT: tuple[type[Exception], ...] = (
    httpx.ReadTimeout,
    httpx.WriteTimeout,
    httpx.ReadError,
    httpx.WriteError,
    httpx.CloseError,
    httpx.RemoteProtocolError,
    httpx.DecodingError,
    httpx.TooManyRedirects,
    httpx.HTTPStatusError,
    httpx.NetworkError,
    httpx.ProtocolError,
    httpx.TimeoutException,
    httpx.TransportError,
    httpx.RequestError,
    httpx.HTTPError,
    httpx.StreamError,
    httpx.StreamClosed,
    httpx.StreamConsumed,
    httpx.RequestNotRead,
    httpx.ResponseNotRead,
    httpx.CookieConflict,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """``first_byte`` is how many seconds the answer took to begin."""

    status: int
    headers: httpx.Headers
    body: bytes
    first_byte: float = 0.0


Files = Sequence[tuple[str, tuple[str, bytes, str]]]
"""Parts of a form: the member's name, then file name, content and media type, in their order."""


def guarded_client(
    *, allow_private: bool = False, answer_seconds: float = 120.0, transport: httpx.BaseTransport | None = None
) -> httpx.Client:
    """A client that takes nothing from the environment and follows no redirect. ``transport`` replaces the network
    (the embedded sandbox, stored answers). After at most 10 s for a free connection and 10 s to connect, an answer is
    complete within ``answer_seconds`` or the request fails."""
    inner = transport or GuardedTransport(allow_private=allow_private, answer_seconds=answer_seconds)
    return httpx.Client(transport=inner, trust_env=False, follow_redirects=False, timeout=TIMEOUT)


def exchange(
    client: httpx.Client,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    json: object | None = None,
    form: Mapping[str, str] | None = None,
    files: Files | None = None,
    orders: bool = False,
    max_bytes: int = MAX_JSON,
    deadline_s: float = 120.0,
) -> Answer:
    """Send once, as JSON or as a form with files, and read at most ``max_bytes``. ``orders`` says whether the request
    buys something: then a failure after it may have left raises `OutcomeUnknown`, any other `ProviderUnavailable`."""
    sent = {**headers, "Accept": "application/json", "Accept-Encoding": "identity"}
    doubt = OutcomeUnknown if orders else ProviderUnavailable
    # "Bearer KEY": the key alone must not be told either.
    secrets = tuple(part for value in headers.values() for part in (value, value.split(" ")[-1]))
    started = time.monotonic()
    with _translated(doubt, doubt, secrets):
        patience = httpx.Timeout(deadline_s, connect=10.0, pool=10.0)
        request = client.build_request(method, url, headers=sent, json=json, data=form, files=files, timeout=patience)
        with closing(client.send(request, stream=True)) as response:
            first_byte = time.monotonic() - started
            body = _read(response, max_bytes, started + deadline_s)
            return Answer(response.status_code, response.headers, body, first_byte)


def check_address(url: str, hosts: Sequence[str], *, base_url: str) -> httpx.URL:
    """An address the provider named, if its host is on the list or is the base URL's own; scheme and port are those
    of the base URL, or https on 443. Raises `ProviderError` with reason ``forbidden``."""
    base = httpx.URL(base_url)
    try:
        named = httpx.URL(url)
    except (httpx.InvalidURL, TypeError, ValueError) as error:
        raise ProviderError("the provider named an address that cannot be read", reason="forbidden") from error
    own = (named.scheme, named.host, named.port) == (base.scheme, base.host, base.port)
    listed = host_allowed(named.host, hosts)
    plain_https = named.scheme == "https" and named.port is None
    like_base = named.scheme == base.scheme and named.port == base.port
    if named.userinfo or not (own or (listed and (plain_https or like_base))):
        place = f"{named.scheme}://{named.host}" + (f":{named.port}" if named.port else "")
        raise ProviderError(f"the provider named an address that is not on its list: {place}", reason="forbidden")
    return named


def download(
    client: httpx.Client,
    url: str,
    *,
    hosts: Sequence[str],
    base_url: str,
    max_bytes: int = MAX_DOWNLOAD,
    deadline_s: float = 120.0,
) -> bytes:
    """The bytes at an address, without any key and without compression. Every hop is checked against the list.

    Raises `ProviderUnavailable` when it may work later, `ProviderError` with reason ``expired`` when the address is
    no longer served, ``forbidden`` when it is not on the list, ``upstream_permanent`` when the answer is too large,
    compressed or a fourth redirect.
    """
    deadline = time.monotonic() + deadline_s
    for _ in range(MAX_REDIRECTS + 1):
        address = check_address(url, hosts, base_url=base_url)
        errors = _translated(ProviderUnavailable, ProviderError)
        with errors, client.stream("GET", address, headers=_ANONYMOUS) as response:
            if not response.has_redirect_location:
                _refuse_download(response)
                return _read(response, max_bytes, deadline)
            url = str(address.join(response.headers["Location"][:4000]))
    raise ProviderError(f"more than {MAX_REDIRECTS} redirects", reason="upstream_permanent")


def visit(
    client: httpx.Client,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    content: bytes | None = None,
    max_bytes: int | None = None,
    deadline_s: float = 60.0,
) -> Answer:
    """Whatever an address answers, a redirect included; its body only with ``max_bytes``, and then uncompressed or not
    at all. ``content`` is sent as it is. Raises `ProviderUnavailable` when nothing answers, or not all of it."""
    started = time.monotonic()
    with (
        _translated(ProviderUnavailable, ProviderUnavailable),
        client.stream(method, url, headers=headers, content=content) as response,
    ):
        body = b"" if max_bytes is None else _read(response, max_bytes, started + deadline_s)
        return Answer(response.status_code, response.headers, body)


_ANONYMOUS = {"Accept": "image/*", "Accept-Encoding": "identity"}


def _refuse_download(response: httpx.Response) -> None:
    status = response.status_code
    if status in (401, 403, 404, 410):
        raise ProviderError(f"the picture's address is no longer served ({status})", reason="expired")
    if status != 200:
        raise ProviderUnavailable(f"the picture's address answered {status}", reason="upstream_transient")


def _read(response: httpx.Response, limit: int, deadline: float) -> bytes:
    """Raw bytes as they arrive: a few compressed kilobytes may unpack to gigabytes, so nothing is unpacked."""
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise _Refused("the answer is compressed, which was not asked for")
    stated = response.headers.get("Content-Length", "")
    if stated.isdigit() and int(stated[:20]) > limit:
        raise _Refused(f"the answer is larger than {limit} bytes")
    content = bytearray()
    # A stored answer is complete before it is asked for; one from the network never is.
    for chunk in [response.content] if response.is_stream_consumed else response.iter_raw():
        content += chunk
        if len(content) > limit:
            raise _Refused(f"the answer is larger than {limit} bytes")
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("the answer was not complete in time")
    return bytes(content)


class _Refused(Exception):
    """An answer that came and is not taken; whatever it answered has happened."""


@contextmanager
def _translated(
    doubt: type[ProviderError], refused: type[ProviderError], secrets: tuple[str, ...] = ()
) -> Iterator[None]:
    """``doubt`` is raised when the request may have arrived, ``refused`` when its answer is not acceptable."""
    try:
        yield
    except NOT_SENT as error:
        raise ProviderUnavailable(f"not reached: {_text(error, secrets)}", reason="upstream_transient") from error
    except _Refused as error:
        raise refused(str(error), reason="upstream_permanent") from error
    except PERHAPS_SENT as error:
        reason = "timeout" if isinstance(error, httpx.TimeoutException) else "upstream_transient"
        raise doubt(f"no complete answer: {_text(error, secrets)}", reason=reason) from error


def _text(error: Exception, secrets: tuple[str, ...]) -> str:
    return plain(f"{type(error).__name__}: {error}", secrets)
