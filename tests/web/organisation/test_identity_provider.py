"""The flow against a provider on loopback, through the guarded client: what gets in, and what does not."""

import json
import time
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from colophon.domain.vouched import Trip
from colophon.errors import NotSignedIn, ProviderError, ProviderUnavailable
from colophon.providers.http import guarded_client
from colophon.providers.openid import OpenIdProvider, Registered
from tests.web.organisation.conftest import CLIENT, NEW_KEYS, SECRET, Forgery, StandIn, _OpenId

HERE = "http://testserver/sign-in/oidc/callback"
TRIP = Trip("the state", "v" * 64, "the nonce", HERE)


def provider(stand_in: StandIn, secret: str = SECRET, **members: Any) -> OpenIdProvider:
    own = Registered(stand_in.issuer, CLIENT, secret, "openid profile", allow_private=True)
    return OpenIdProvider(own, guarded_client(allow_private=True), members.get("now", lambda: datetime.now(UTC)))


def code_for(one: OpenIdProvider, trip: Trip = TRIP) -> str:
    """The browser's part: out, and back with a code."""
    answer = httpx.get(one.address(trip), follow_redirects=False)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["location"])
    asked = parse_qs(back.query)
    assert asked["state"] == [trip.state]
    return asked["code"][0]


def test_the_provider_is_asked_with_pkce_state_and_nonce(stand_in: StandIn) -> None:
    asked = parse_qs(urlsplit(provider(stand_in).address(TRIP)).query)
    assert {name: asked[name][0] for name in ("response_type", "client_id", "state", "nonce", "redirect_uri")} == {
        "response_type": "code",
        "client_id": CLIENT,
        "state": "the state",
        "nonce": "the nonce",
        "redirect_uri": HERE,
    }
    assert asked["code_challenge_method"] == ["S256"]
    assert TRIP.verifier not in str(asked)


@pytest.mark.parametrize("kind", ["rsa", "ec", "ed"])
@pytest.mark.parametrize("methods", [["client_secret_basic"], ["client_secret_post"]])
def test_who_signed_in_there_is_told(stand_in: StandIn, kind: str, methods: list[str]) -> None:
    stand_in.keys, stand_in.auth_methods = [NEW_KEYS[kind]("k")], methods
    one = provider(stand_in)
    claims = one.claims(code_for(one), TRIP)
    assert (claims["sub"], claims["name"], claims["groups"]) == ("ada-7", "Ada Lovelace", ["makers"])


def test_a_code_is_taken_once_and_only_with_its_verifier(stand_in: StandIn) -> None:
    one = provider(stand_in)
    code = code_for(one)
    assert one.claims(code, TRIP)
    with pytest.raises(NotSignedIn, match="did not take the code"):
        one.claims(code, TRIP)
    other, third = (Trip(TRIP.state, TRIP.verifier, nonce, HERE) for nonce in ("two", "three"))
    stolen = code_for(one, other)
    with pytest.raises(NotSignedIn, match="did not take the code"):
        one.claims(stolen, Trip(TRIP.state, "w" * 64, "two", HERE))
    with pytest.raises(NotSignedIn, match="did not take the code"):
        provider(stand_in, secret="another").claims(code_for(one, third), third)


FORGED: dict[str, Forgery] = {
    "another nonce": Forgery({"nonce": "another"}),
    "no nonce": Forgery({"nonce": None}),
    "another audience": Forgery({"aud": "somebody else"}),
    "no audience": Forgery({"aud": None}),
    "also for another, which asked": Forgery({"aud": [CLIENT, "other"], "azp": "other"}),
    "also for another, nobody asked": Forgery({"aud": ["other", CLIENT], "azp": None}),
    "another issuer": Forgery({"iss": "https://evil.example"}),
    "no issuer": Forgery({"iss": None}),
    "expired": Forgery({"exp": int(time.time()) - 120}),
    "no expiry": Forgery({"exp": None}),
    "not yet": Forgery({"nbf": int(time.time()) + 36_000}),
    "made later": Forgery({"iat": int(time.time()) + 36_000}),
    "no subject": Forgery({"sub": None}),
    "an expiry of words": Forgery({"exp": "never"}),
    "nobody's hash of the access token": Forgery({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}),
    "a key that is not listed": Forgery(key=NEW_KEYS["rsa"]("one")),
    "a key of another name": Forgery(key=NEW_KEYS["ec"]("unlisted")),
    "the secret as its key": Forgery(key=NEW_KEYS["oct"]("one")),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_token_that_does_not_hold_lets_nobody_in(stand_in: StandIn, what: str) -> None:
    stand_in.forgery = FORGED[what]
    one = provider(stand_in)
    with pytest.raises(NotSignedIn, match="does not hold"):
        one.claims(code_for(one), TRIP)


@pytest.mark.parametrize("alg", ["none", "HS256", "RS512"])
def test_an_algorithm_that_is_not_on_the_list_lets_nobody_in(stand_in: StandIn, alg: str, monkeypatch: Any) -> None:
    """Put together by hand: no library signs so."""

    def part(content: dict[str, Any]) -> str:
        return urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()

    def forged(self: object, token: object, request: object) -> str:
        claims = {"iss": stand_in.issuer, "aud": CLIENT, "sub": "x", "nonce": "the nonce", "iat": 1, "exp": 99999999999}
        return f"{part({'alg': alg})}.{part(claims)}."

    monkeypatch.setattr(_OpenId, "encode_id_token", forged)
    one = provider(stand_in)
    with pytest.raises(NotSignedIn, match="does not hold"):
        one.claims(code_for(one), TRIP)


def test_a_key_that_was_changed_is_read_again(stand_in: StandIn) -> None:
    one = provider(stand_in)
    assert one.claims(code_for(one), TRIP)
    assert one.claims(code_for(one), TRIP)
    assert stand_in.asked.count("/keys") == 1
    stand_in.keys = [NEW_KEYS["ec"]("two")]
    assert one.claims(code_for(one), TRIP)
    assert stand_in.asked.count("/keys") == 2


def test_the_token_is_held_against_this_programs_clock(stand_in: StandIn) -> None:
    one = provider(stand_in, now=lambda: datetime.now(UTC) + timedelta(minutes=7))
    with pytest.raises(NotSignedIn, match="expired_token"):
        one.claims(code_for(one), TRIP)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"issuer": "https://evil.example"}, "another issuer"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "not an https address"),
        ({"authorization_endpoint": "https://user@evil.example/"}, "not an https address"),
        ({"authorization_endpoint": None}, "not an https address"),
    ],
)
def test_a_document_that_is_not_the_issuers_sends_nobody_away(
    stand_in: StandIn, document: dict[str, Any], told: str
) -> None:
    stand_in.document = document
    with pytest.raises(ProviderError, match=told):
        provider(stand_in).address(TRIP)


def test_without_leave_no_private_address_is_asked(stand_in: StandIn) -> None:
    own = Registered(stand_in.issuer, CLIENT, SECRET, "openid")
    with pytest.raises(ProviderUnavailable, match="not reached"):
        OpenIdProvider(own, guarded_client(), lambda: datetime.now(UTC)).address(TRIP)
    assert stand_in.asked == []
