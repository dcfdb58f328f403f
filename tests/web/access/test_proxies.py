"""Whose word is taken for who asks: that of proxies that are named, and of what they say the last address."""

import asyncio
from typing import Any

import pytest
from fastapi.testclient import TestClient

from colophon.domain.origin import ELSEWHERE, origin_of
from colophon.services.guessing import note
from colophon.web.proxies import behind
from tests.web.access.conftest import SAME, Ground

PROXY, STRANGER, OTHER = "10.0.0.1", "203.0.113.5", "198.51.100.7"
TRUSTED = "10.0.0.0/8,::1"


def counted(peer: str, *forwarded: str, proxies: str | None = TRUSTED) -> str:
    """What a try counts under whose request came from a peer with these headers."""
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["client"][0])

    headers = [(b"x-forwarded-for", each.encode("latin-1")) for each in forwarded]
    scope = {"type": "http", "client": (peer, 50000), "headers": headers, "scheme": "http"}
    asyncio.run(behind(app, proxies)(scope, None, None))  # type: ignore[arg-type]
    return origin_of(seen[0])


@pytest.mark.parametrize("said", [OTHER, "127.0.0.1", f"{OTHER}, {PROXY}", "", "::1", "x" * 60_000])
@pytest.mark.parametrize("proxies", [TRUSTED, None])
def test_what_an_untrusted_peer_says_moves_nothing(said: str, proxies: str | None) -> None:
    assert counted(STRANGER, said, proxies=proxies) == STRANGER


@pytest.mark.parametrize(
    "forwarded",
    [
        [STRANGER],
        [f"{OTHER}, {STRANGER}"],
        [f"{OTHER}, {STRANGER}, 10.9.9.9"],
        [OTHER, STRANGER, PROXY],
        [f"127.0.0.1, {STRANGER}:4711"],
        [f"{'1.2.3.4, ' * 5000}{STRANGER}"],
    ],
)
def test_of_what_a_trusted_proxy_says_the_last_that_is_not_trusted_counts(forwarded: list[str]) -> None:
    assert counted(PROXY, *forwarded) == STRANGER


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9%eth0", "2001:db8:1:2::/64"),
        (f"::ffff:{STRANGER}", STRANGER),
        ("unknown", ELSEWHERE),
        ("_hidden", ELSEWHERE),
        ("203.0.113.5.9", ELSEWHERE),
        ("[::1", ELSEWHERE),
        ("x" * 60_000, ELSEWHERE),
        ("\xff\x01", ELSEWHERE),
        ("1" * 60_000, ELSEWHERE),
        ("", PROXY),
    ],
)
def test_junk_from_a_trusted_proxy_is_one_place(said: str, counts: str) -> None:
    assert counted(PROXY, said) == counts


def test_whoever_varies_what_is_no_address_is_slowed_down_all_the_same(ground: Ground) -> None:
    """Over the whole application, into the catalog."""
    client = TestClient(behind(ground.app, TRUSTED), client=(PROXY, 1), follow_redirects=False)
    junk = ["x" * 5000, "\x7f\xff"]
    for each in ("unknown", "_hidden", "1.2.3.4.5"):
        note("Ada", each, "wrong", "password", ground.reception)
    codes = [
        client.post(
            "/sign-in",
            data={"name": "Ada", "password": "a wrong password"},
            headers=SAME | {"x-forwarded-for": each.encode("latin-1")},  # type: ignore[arg-type]
        ).status_code
        for each in [*junk, "y"]
    ]
    assert codes == [401, 401, 429]
