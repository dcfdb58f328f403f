"""Time stamps (RFC 3161): asking the service within a time limit, and believing its answer only where it fits.

The answer's own signature is checked here too, so that a service that mixes up its keys is noticed before a file is
written, and not when somebody reads it. Whose stamps count as trusted is the trust policy's matter, when reading.
"""

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Literal
from urllib.parse import urlsplit

import httpx

from colophon.errors import InvalidInput, SigningError, SigningUnavailable
from colophon.provenance.stamp_answer import check_answer

MAX_ANSWER_BYTES = 64 * 1024  # the library keeps 10,000 bytes for a stamp
CLOCK_TOLERANCE = timedelta(minutes=5)
QUERY_TYPE, ANSWER_TYPE = "application/timestamp-query", "application/timestamp-reply"

Outage = Literal["fail", "unstamped"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


@cache
def _public_authorities() -> ssl.SSLContext:
    """Reading them takes longer than signing."""
    return httpx.create_ssl_context()


@dataclass(frozen=True)
class StampService:
    """A time-stamp service and what to do when it is out of reach.

    ``timeout`` is in seconds for one try, at most 25: the C2PA library gives up after 30. ``pause`` is the wait before
    the second try, doubled before each further one. ``outage``: ``fail`` signs nothing, ``unstamped`` signs without a
    stamp. ``tolerance``: how far the service's clock and ours may differ. The environment's proxy settings apply.

    Raises `InvalidInput` for an address that is not http or https.
    """

    url: str
    timeout: float = 10.0
    tries: int = 3
    outage: Outage = "fail"
    pause: float = 1.0
    tolerance: timedelta = CLOCK_TOLERANCE
    clock: Callable[[], datetime] = _utc_now

    def __post_init__(self) -> None:
        if urlsplit(self.url).scheme not in ("http", "https") or not urlsplit(self.url).hostname:
            raise InvalidInput("a time-stamp service has an http or https address", where="COLOPHON_TSA_URL")

    @property
    def name(self) -> str:
        """The address without what may be a secret in it."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}"

    def ask(self, query: bytes) -> bytes:
        """One try: the answer to a query, checked. Raises `SigningUnavailable` when there is none in time or the
        service refuses, `SigningError` when there is one that must not be used."""
        try:
            status, answer = self._post(query)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._unavailable(f"does not answer: {type(error).__name__}") from error
        if status != 200:
            raise self._unavailable(f"answers with status {status}")
        check_answer(query, answer, name=self.name, now=self.clock(), tolerance=self.tolerance)
        return answer

    def _post(self, query: bytes) -> tuple[int, bytes]:
        headers, end, answer = {"Content-Type": QUERY_TYPE}, time.monotonic() + self.timeout, bytearray()
        with (
            httpx.Client(timeout=self.timeout, verify=_public_authorities()) as client,
            client.stream("POST", self.url, content=query, headers=headers) as response,
        ):
            for chunk in response.iter_bytes(4096):
                answer += chunk
                if len(answer) > MAX_ANSWER_BYTES:
                    raise SigningError(
                        "the time-stamp service sent too much", where=self.name, hint="check its address"
                    )
                if time.monotonic() > end:
                    raise self._unavailable(f"took longer than {self.timeout:g} s")
        return response.status_code, bytes(answer)

    def _unavailable(self, what: str) -> SigningUnavailable:
        hint = "run it again later; COLOPHON_TSA_OUTAGE=unstamped signs without a stamp meanwhile"
        return SigningUnavailable(f"the time-stamp service {what}", where=self.name, hint=hint)
