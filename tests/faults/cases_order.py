"""Faults in the answer to the order itself: limits, servers and bodies."""

import gzip
import json

import httpx

from colophon.errors import ProviderRefused
from tests.faults.cases import (
    FREE,
    NO_POLL,
    Behaviour,
    Case,
    breaks,
    failed,
    flows,
    leads_to,
    planned,
    raw,
    refused,
    says,
    unknown,
)
from tests.faults.dialects import DIALECTS, Dialect, answer

DATE, LATER = "Thu, 01 Oct 2026 12:00:00 GMT", "Thu, 01 Oct 2026 12:00:30 GMT"
AN_HOUR_AHEAD, AND_LATER = "Thu, 01 Oct 2026 13:00:00 GMT", "Thu, 01 Oct 2026 13:00:30 GMT"
AN_HOUR_BEHIND, AND_THEN = "Thu, 01 Oct 2026 11:00:00 GMT", "Thu, 01 Oct 2026 11:00:30 GMT"
KEY = "canary-7f3a9c-0123456789-secret"


def no_funds(dialect: Dialect, request: httpx.Request) -> httpx.Response:
    status, body = dialect.out_of_funds()
    return answer(body, status)


def bad_key(dialect: Dialect, request: httpx.Request) -> httpx.Response:
    return answer(dialect.error("the key is not valid"), dialect.bad_key)


def policy(dialect: Dialect, request: httpx.Request) -> httpx.Response:
    status, body = dialect.refused_order()
    return answer(body, status)


def key_repeated(status: int) -> Behaviour:
    return says(status, f"no access with Authorization: Bearer {KEY}, x-key={KEY}, or {KEY} alone")


def limited(name: str, wait: float | None, **headers: str) -> Case:
    expect = planned("rate_limited", "answered 429", wait=wait)
    return Case("limits", f"429 with {name}", expect, submit=says(429, "slow down", **headers), took=False)


def cut(content: bytes) -> Exception:
    text = f"peer closed connection without sending complete message body (received {len(content)} bytes)"
    return httpx.RemoteProtocolError(text)


LIMITS = [
    limited("no Retry-After", None),
    limited("Retry-After in seconds", 7.0, Retry_After="7"),
    limited("Retry-After as a date", 30.0, Retry_After=LATER, Date=DATE),
    limited("a negative Retry-After", None, Retry_After="-5"),
    limited("a huge Retry-After", 3600.0, Retry_After="99999999"),
    limited("a Retry-After that is none", None, Retry_After="soon"),
    # Nothing tells this from a true one: whether the order was taken shows on the vendor's bill, by reconciliation.
    Case("limits", "429 although the order was taken", planned("rate_limited", "answered 429"), submit=says(429)),
    Case(
        "limits",
        "out of funds",
        planned("payment", "the provider answered", error=ProviderRefused),
        submit=no_funds,
        took=False,
    ),
    Case(
        "limits",
        "the key is refused",
        planned("auth", "the key is not valid", error=ProviderRefused),
        submit=bad_key,
        took=False,
    ),
    Case(
        "limits",
        "403 at the order",
        planned("forbidden", "answered 403", error=ProviderRefused),
        submit=says(403, "no access to this"),
        took=False,
        but={
            **{
                name: planned(DIALECTS[name].forbidden, "answered 403", error=ProviderRefused)
                for name in ("bfl", "aimlapi")
            },
            "together": failed("validation", "answered 403", FREE),
        },
    ),
    Case(
        "limits",
        "404 at the order",
        planned("not_found", "answered 404", error=ProviderRefused),
        submit=says(404, "no such model"),
        took=False,
    ),
    Case(
        "limits",
        "422, the order is wrong",
        failed("validation", "width: too large", FREE),
        submit=says(422, "width: too large"),
        took=False,
    ),
    Case("limits", "408", unknown("answered 408"), submit=says(408)),
    Case(
        "limits",
        "the key is repeated in a 422",
        failed("validation", "no access with", FREE),
        submit=key_repeated(422),
        took=False,
    ),
    Case(
        "limits",
        "the key is repeated in a 429",
        planned("rate_limited", "no access with"),
        submit=key_repeated(429),
        took=False,
    ),
    Case("limits", "the key is repeated in a 500", unknown("no access with"), submit=key_repeated(500)),
]

SERVER = [
    Case("server", "500 at the order", unknown("the order may have been taken"), submit=says(500)),
    Case("server", "502 at the order", unknown("the order may have been taken"), submit=says(502)),
    Case("server", "504 at the order", unknown("the order may have been taken"), submit=says(504)),
    Case("server", "503 at the order", planned("upstream_transient", "answered 503"), submit=says(503), took=False),
    Case(
        "server",
        "503 with Retry-After",
        planned("upstream_transient", "answered 503", wait=9.0),
        submit=says(503, Retry_After="9"),
        took=False,
    ),
    Case(
        "server",
        "no connection",
        planned("upstream_transient", "not reached"),
        submit=breaks(httpx.ConnectError, "[Errno 111] Connection refused"),
        took=False,
    ),
    Case(
        "server",
        "no connection in time",
        planned("upstream_transient", "not reached"),
        submit=breaks(httpx.ConnectTimeout, "timed out"),
        took=False,
    ),
    Case(
        "server",
        "no free connection in the pool",
        planned("upstream_transient", "not reached"),
        submit=breaks(httpx.PoolTimeout, "timed out"),
        took=False,
    ),
    Case(
        "server",
        "reset in the request",
        unknown("no complete answer"),
        submit=breaks(httpx.WriteError, "[Errno 104] Connection reset by peer"),
    ),
    Case(
        "server",
        "reset after the request",
        unknown("no complete answer"),
        submit=breaks(httpx.ReadError, "[Errno 104] Connection reset by peer"),
    ),
    Case(
        "server",
        "closed without an answer",
        unknown("no complete answer"),
        submit=breaks(httpx.RemoteProtocolError, "Server disconnected without sending a response."),
    ),
    Case(
        "server",
        "slow headers",
        unknown("no complete answer"),
        submit=breaks(httpx.ReadTimeout, "the answer was not complete after 30 s"),
    ),
    Case(
        "server",
        "one byte a second",
        unknown("no complete answer"),
        submit=flows(b"{", 3, ends=httpx.ReadTimeout("the answer was not complete after 30 s")),
    ),
    # 302 and 303 may point to the result of an order that was taken; the others say that the address is wrong.
    Case(
        "address",
        "an order is redirected to another host",
        unknown("may have been taken"),
        submit=leads_to("https://evil.example/"),
    ),
    Case(
        "address",
        "an order is answered with a place to look",
        unknown("may have been taken"),
        submit=leads_to("/somewhere/else", 303),
    ),
    Case(
        "address",
        "the address of orders has moved",
        planned("not_found", "base address is wrong", error=ProviderRefused),
        submit=leads_to("https://new.example/", 301),
        took=False,
    ),
    Case(
        "address",
        "an order is redirected to loopback, with its method",
        planned("not_found", "does not follow", error=ProviderRefused),
        submit=leads_to("http://127.0.0.1/", 307),
        took=False,
    ),
]

MEGABYTE = b" " * 2**20
BOMB = gzip.compress(MEGABYTE * 8)
GIBBERISH = "\x1b[31m\x00‮text\r\nSet-Cookie: a=b " + "x" * 1_000_000


def bodies() -> list[tuple[str, Behaviour]]:
    """Bodies that are no answer, under 200."""
    return [
        ("HTML", raw(b"<!doctype html><title>Just a moment...</title>", Content_Type="text/html")),
        ("JSON of an error", raw(b'{"error": {"message": "internal"}}')),
        ("an empty body", raw(b"")),
        ("the JSON value null", raw(b"null")),
        ("a list", raw(b"[1, 2, 3]")),
        ("members of other types", raw(b'{"id": 42, "request_id": [], "status": 7, "data": "none"}')),
        ("cut with a length", flows(b'{"id": "', 1, ends=cut(b'{"id": "'), Content_Length="500")),
        ("cut without a length", flows(b'{"id": "')),
        ("a wrong length", raw(b'{"id": "task-1", "status": "Rea')),
        ("a gzip bomb", flows(BOMB, Content_Encoding="gzip")),
        ("a double gzip bomb", flows(gzip.compress(BOMB), Content_Encoding="gzip, gzip")),
        ("200 MB of JSON", flows(MEGABYTE, 200)),
        ("200 MB of JSON, announced", flows(MEGABYTE, 200, Content_Length=str(200 * 2**20))),
        ("JSON 100,000 deep", raw(b'{"a":' * 100_000 + b"1" + b"}" * 100_000)),
        ("a number of 5,000 digits", raw(b'{"id": "task-1", "cost": ' + b"9" * 5000 + b"}")),
        ("bytes that are no text", raw(b'\xff\xfe{"id"\x00')),
    ]


BODY = (
    [
        Case(
            "body",
            f"{name} after the order",
            unknown("the answer" if "cut with a" not in name else "no complete"),
            submit=behaviour,
        )
        for name, behaviour in bodies()
    ]
    + [
        Case(
            "body",
            f"a task id that is {name}",
            unknown("cannot be read"),
            skip=NO_POLL,
            submit=raw(json.dumps({"id": value, "request_id": value}).encode()),
        )
        for name, value in (("missing", None), ("a number", 7), ("too long", "x" * 201), ("two lines", "a\nb"))
    ]
    + [
        Case(
            "body",
            "an error text of a megabyte with control characters",
            failed("validation", "text Set-Cookie", FREE),
            submit=says(422, GIBBERISH),
            took=False,
        ),
    ]
)

POLICY = [
    Case("policy", "the order is refused by policy", refused("moderated_input", FREE), submit=policy, took=False),
]

IDENTITY = [
    Case(
        "identity",
        "a clock an hour ahead",
        planned("rate_limited", "429", wait=30.0),
        took=False,
        submit=says(429, "slow down", Retry_After=AND_LATER, Date=AN_HOUR_AHEAD),
    ),
    Case(
        "identity",
        "a clock an hour behind",
        planned("rate_limited", "429", wait=30.0),
        took=False,
        submit=says(429, "slow down", Retry_After=AND_THEN, Date=AN_HOUR_BEHIND),
    ),
    Case(
        "identity",
        "a date to wait for and no clock",
        planned("rate_limited", "429"),
        took=False,
        submit=says(429, "slow down", Retry_After=AND_LATER),
    ),
]

CASES = LIMITS + SERVER + BODY + POLICY + IDENTITY
