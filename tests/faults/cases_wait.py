"""Faults between the order and the picture: questions, addresses and downloads."""

import functools

import httpx

from colophon.errors import ProviderError
from colophon.providers.http import GuardedTransport
from tests.faults.cases import (
    GOOD,
    NO_POLL,
    REPORTED,
    Behaviour,
    Case,
    breaks,
    delivered,
    failed,
    flows,
    leads_to,
    raw,
    says,
    waits,
)
from tests.faults.cases_order import KEY, MEGABYTE, bodies
from tests.faults.dialects import PICTURE, Dialect, Goods

# Steps from half a second to ten fit 300 seconds this often; a vendor out of reach is asked eleven times, and "not
# found" is believed after twenty seconds, and a dead address that is named again and again after a minute.
# A picture that was paid for and is lost counts as all that was reserved where the vendor tells no price.
TO_THE_DEADLINE, OUT_OF_REACH, GRACE, MINUTE = 45, 11, 14, 13


def word(text: str) -> Behaviour:
    return lambda dialect, request: dialect.pending(dialect.asked_for(request), text)


def foreign(dialect: Dialect, request: httpx.Request) -> httpx.Response:
    return dialect.pending("another-task")


@functools.cache
def inside() -> GuardedTransport:
    return GuardedTransport(resolver=lambda host, port: ["8.8.8.8", "10.0.0.1"])


def resolves_inside(dialect: Dialect, request: httpx.Request) -> httpx.Response:
    """The real transport, whose name service names a private address: it refuses before it connects."""
    return inside().handle_request(request)


def loops(dialect: Dialect, request: httpx.Request) -> httpx.Response:
    hop = int(request.url.params.get("hop", "0")) + 1
    return httpx.Response(302, headers={"Location": f"{request.url.path}?hop={hop % 20}"})


def moves_once(dialect: Dialect, request: httpx.Request) -> httpx.Response:
    return httpx.Response(302, headers={"Location": f"{request.url.path}?moved"})


def leaves(name: str, target: str, shown: str) -> Case:
    return Case(
        "address",
        f"the picture is redirected to {name}",
        waits("forbidden", shown, error=ProviderError),
        goods=Goods(by_address=True),
        fetches_on=leads_to(target),
    )


def lies(name: str, target: str, shown: str) -> Case:
    return Case(
        "address",
        f"the picture's address is {name}",
        waits("forbidden", shown, error=ProviderError),
        goods=Goods(address=target),
        most_fetches=0,
    )


def asked(name: str, *behaviours: Behaviour, group: str = "server") -> Case:
    """A question that fails says nothing about the picture."""
    return Case(group, name, delivered(), polls=behaviours, rounds=len(behaviours) + 1, skip=NO_POLL)


def fetched(name: str, *behaviours: Behaviour, group: str = "picture", hops: int = 1) -> Case:
    return Case(
        group,
        name,
        delivered(),
        goods=Goods(by_address=True),
        fetches=behaviours,
        rounds=len(behaviours) + 1,
        most_fetches=len(behaviours) + hops,
    )


def lost(name: str, code: str, text: str, behaviour: Behaviour, times: int = 1, group: str = "picture") -> Case:
    """The picture is paid for and cannot be had."""
    return Case(
        group,
        name,
        failed(code, text, GOOD),
        goods=Goods(by_address=True),
        fetches_on=behaviour,
        rounds=times,
        most_fetches=times,
    )


ASKED = [
    asked("a question answered 500 twice", says(500), says(500)),
    asked("a question answered 502, 503 and 504", says(502), says(503), says(504)),
    asked("a question answered 403, then found", says(403, "no access to this")),
    asked("a question answered 404, then found", says(404, "not here"), says(404, "not here")),
    asked("a question answered 401 in mid-run, then mended", says(401, "the key is not valid"), group="limits"),
    asked("a question limited by 429", says(429, "slow down", Retry_After="2"), group="limits"),
    asked("a question reset three times", *[breaks(httpx.ReadError, "Connection reset by peer")] * 3),
    asked("a question without a connection", breaks(httpx.ConnectError, "Connection refused")),
    asked("a question with slow headers", breaks(httpx.ReadTimeout, "the answer was not complete")),
    asked("a question whose answer drips", flows(b"{", 3, ends=httpx.ReadTimeout("not complete"))),
    asked("a question is redirected", leads_to("https://evil.example/"), group="address"),
    asked("an answer about another task", foreign, group="identity"),
    asked("words nobody knows", *[word("Reasoning"), word("GENERATING"), word("warmed up \x1b[1m")], group="body"),
    *[asked(f"{name} at a question", behaviour, group="body") for name, behaviour in bodies()],
    Case(
        "limits",
        "401 at every question: the key was withdrawn",
        waits("auth", "the key is not valid"),
        polls_on=says(401, f"the key is not valid: {KEY}"),
        rounds=OUT_OF_REACH,
        skip=NO_POLL,
    ),
    Case(
        "server",
        "every question answered 503",
        waits("upstream_transient", "answered 503"),
        polls_on=says(503),
        rounds=OUT_OF_REACH,
        skip=NO_POLL,
    ),
    Case(
        "server",
        "no connection for any question",
        waits("upstream_transient", "not reached"),
        polls_on=breaks(httpx.ConnectError, "Connection refused"),
        rounds=OUT_OF_REACH,
        skip=NO_POLL,
    ),
    Case(
        "server",
        "every question answered 404",
        failed("not_found", "whether it was billed is not known", REPORTED),
        polls_on=says(404, "not here"),
        rounds=GRACE,
        skip=NO_POLL,
    ),
    Case(
        "server",
        "never done",
        waits("timeout", "it stays ordered, run again"),
        polls_on=word("Pending"),
        rounds=TO_THE_DEADLINE,
        skip=NO_POLL,
    ),
]

FETCHED = [
    fetched("the download answers 500 twice", says(500), says(500), group="server"),
    fetched("the download is reset half way", flows(b"\x89PNG", ends=httpx.ReadError("reset by peer")), group="server"),
    fetched("the download has no connection", breaks(httpx.ConnectError, "refused"), group="server"),
    fetched(
        "the download is cut with a length",
        flows(b"\x89PNG", ends=httpx.RemoteProtocolError("peer closed connection"), Content_Length="900"),
        group="body",
    ),
    fetched("the download drips", flows(b"\x89", 3, ends=httpx.ReadTimeout("not complete")), group="server"),
    Case(
        "server",
        "every download answers 503",
        waits("timeout", "it stays ordered, run again"),
        goods=Goods(by_address=True),
        fetches_on=says(503),
        rounds=TO_THE_DEADLINE,
        most_fetches=TO_THE_DEADLINE,
    ),
    fetched("an expired address, then one that works", raw(b"expired", 403)),
    lost("an address that expired for good, 403", "expired", "no longer served", raw(b"expired", 403), MINUTE),
    lost("an address that expired for good, 410", "expired", "no longer served", raw(b"expired", 410), MINUTE),
    lost("a picture of 200 MB", "upstream_permanent", "larger than", flows(MEGABYTE, 200)),
    lost(
        "a picture of 200 MB, announced",
        "upstream_permanent",
        "larger than",
        flows(MEGABYTE, 200, Content_Length=str(200 * 2**20)),
    ),
    lost("a picture under gzip", "upstream_permanent", "compressed", flows(PICTURE, Content_Encoding="gzip")),
]

ADDRESS = [
    leaves("http", "http://delivery.example/a.png", "http://delivery.example"),
    leaves("loopback", "https://127.0.0.1/a.png", "https://127.0.0.1"),
    leaves("link-local, where metadata services live", "https://169.254.169.254/latest/", "169.254.169.254"),
    leaves("a private network", "https://10.0.0.1/a.png", "https://10.0.0.1"),
    leaves("a mapped loopback", "https://[::ffff:127.0.0.1]/a.png", "::ffff:127.0.0.1"),
    leaves("a file", "file:///etc/passwd", "file://"),
    leaves("another host", "https://evil.example/a.png", "https://evil.example"),
    leaves("a host that looks like the vendor's", "https://bfl.ai.evil.example/a.png", "bfl.ai.evil.example"),
    Case(
        "address",
        "a name that resolves to a private address",
        waits("timeout", "it stays ordered"),
        goods=Goods(by_address=True),
        fetches_on=resolves_inside,
        rounds=TO_THE_DEADLINE,
        most_fetches=TO_THE_DEADLINE,
    ),
    lost("a loop of 20 redirects", "upstream_permanent", "more than 3 redirects", loops, 4, group="address"),
    Case(
        "address",
        "a redirect within the list",
        delivered(),
        goods=Goods(by_address=True),
        fetches=(moves_once,),
        most_fetches=2,
    ),
    lies("loopback", "https://127.0.0.1/a.png", "https://127.0.0.1"),
    lies("http", "http://delivery.example/a.png", "http://delivery.example"),
    lies("a file", "file:///etc/passwd", "file://"),
    lies("one with user information", "https://bfl.ai@evil.example/a.png", "https://evil.example"),
    lies("on another port", "https://evil.example:8443/a.png", "https://evil.example:8443"),
]

CASES = ASKED + FETCHED + ADDRESS
