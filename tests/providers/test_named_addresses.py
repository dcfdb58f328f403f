"""Addresses a provider names: which are asked, and which downloads are taken."""

from collections.abc import Callable

import httpx
import pytest

from colophon.errors import ProviderError
from colophon.providers.addresses import host_allowed
from colophon.providers.http import check_address, download, guarded_client

LOOK_ALIKES = [
    "https://bfl.ai.evil.example/x",
    "https://evilbfl.ai/x",
    "https://api.bfl.ai.evil.example/x",
    "https://user@api.bfl.ai/x",
    "https://api.bfl.ai:8443/x",
    "http://api.eu.bfl.ai/x",
    "https://api.bfl.ai@evil.example/x",
    "https://127.0.0.1/x",
    "//api.eu.bfl.ai/x",
    "/v1/get_result",
    "",
    "https://api.bfl.ai\\@evil.example/",
]


@pytest.mark.parametrize("url", LOOK_ALIKES)
def test_look_alike_addresses_are_refused(url: str) -> None:
    with pytest.raises(ProviderError) as caught:
        check_address(url, ("bfl.ai", "*.bfl.ai"), base_url="https://api.bfl.ai")
    assert caught.value.reason == "forbidden"


def test_regional_hosts_are_allowed() -> None:
    for host in ("api.eu.bfl.ai", "api.us1.bfl.ai", "delivery-eu.bfl.ai", "delivery.us.bfl.ai", "API.EU.BFL.AI"):
        assert host_allowed(host, ("*.bfl.ai",))
    assert not host_allowed("bfl.ai", ("*.bfl.ai",))
    assert not host_allowed(".bfl.ai", ("*.bfl.ai",))


def test_any_host_is_any_name() -> None:
    assert host_allowed("pictures.example", ("*",))
    assert not host_allowed("", ("*",))


def delivering(handler: Callable[[httpx.Request], httpx.Response]) -> bytes:
    with guarded_client(transport=httpx.MockTransport(handler)) as client:
        return download(
            client, "https://delivery.bfl.ai/a", hosts=("*.bfl.ai",), base_url="https://api.bfl.ai", max_bytes=1000
        )


def test_a_download_follows_three_redirects_on_the_list_and_no_more() -> None:
    """Traps 18, 19."""

    def hops(request: httpx.Request) -> httpx.Response:
        assert "x-key" not in request.headers
        assert request.headers["Accept-Encoding"] == "identity"
        place = int(request.url.params.get("n", "0"))
        if place < limit:
            return httpx.Response(302, headers={"Location": f"https://delivery-eu.bfl.ai/a?n={place + 1}"})
        return httpx.Response(200, content=b"picture")

    limit = 3
    assert delivering(hops) == b"picture"
    limit = 20
    with pytest.raises(ProviderError, match="redirects"):
        delivering(hops)


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1/", "https://169.254.169.254/", "file:///etc/passwd", "https://evil.example/", "//[::1]/"],
)
def test_a_redirect_off_the_list_is_refused(target: str) -> None:
    """Trap 19."""
    with pytest.raises(ProviderError) as caught:
        delivering(lambda request: httpx.Response(302, headers={"Location": target}))
    assert caught.value.reason == "forbidden"


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (httpx.Response(200, content=b"x" * 1001), "upstream_permanent"),
        (
            httpx.Response(200, headers={"Content-Length": "9" * 30}, stream=httpx.ByteStream(b"x")),
            "upstream_permanent",
        ),
        (
            httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(b"x")),
            "upstream_permanent",
        ),
        (httpx.Response(404), "expired"),
        (httpx.Response(500), "upstream_transient"),
    ],
)
def test_downloads_that_are_not_taken(response: httpx.Response, reason: str) -> None:
    with pytest.raises(ProviderError) as caught:
        delivering(lambda request: response)
    assert caught.value.reason == reason
