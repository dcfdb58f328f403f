"""Webhooks as the vendors sign them: what is believed, and what is refused with which word."""

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from colophon.errors import ProviderError, ProviderUnavailable
from colophon.providers.http import guarded_client
from colophon.providers.webhook_keys import (
    FAL_KEYS,
    KeyRing,
    fal_keys,
    fal_keys_address,
    replicate_keys,
    standard_key,
)
from colophon.providers.webhooks import HookRefused, Scheme, verify

NOW = datetime(2027, 3, 4, 5, 6, 7, tzinfo=UTC)
SECRET = b"one-order-one-secret"
HMAC_KEY = b"k" * 24
FAL = Ed25519PrivateKey.from_private_bytes(b"f" * 32)
FAL_PUBLIC = FAL.public_key().public_bytes_raw()

Signed = tuple[bytes, dict[str, str]]


def bfl(body: object, secret: bytes = SECRET, *, form: str = "signature") -> Signed:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    if form == "secret":
        return raw, {"X-Webhook-Secret": secret.decode()}
    return raw, {"X-BFL-Signature": "sha256=" + hmac.new(secret, raw, sha256).hexdigest()}


def standard(body: object, key: bytes = HMAC_KEY, *, event: str = "msg_1", at: datetime = NOW) -> Signed:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = str(int(at.timestamp()))
    mac = base64.b64encode(hmac.new(key, f"{event}.{stamp}.".encode() + raw, sha256).digest()).decode()
    return raw, {"Webhook-Id": event, "Webhook-Timestamp": stamp, "Webhook-Signature": f"v1,{mac}"}


def fal(body: object, key: Ed25519PrivateKey = FAL, *, event: str = "task-1", at: datetime = NOW) -> Signed:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = str(int(at.timestamp()))
    signature = key.sign("\n".join((event, "user-9", stamp, sha256(raw).hexdigest())).encode()).hex()
    names = ("Request-Id", "User-Id", "Timestamp", "Signature")
    values = (event, "user-9", stamp, signature)
    return raw, {f"X-Fal-Webhook-{name}": value for name, value in zip(names, values, strict=True)}


SIGN: dict[Scheme, Callable[..., Signed]] = {"bfl": bfl, "standard": standard, "fal": fal}
KEYS: dict[Scheme, bytes] = {"bfl": SECRET, "standard": HMAC_KEY, "fal": FAL_PUBLIC}
BODY: dict[Scheme, dict[str, Any]] = {
    "bfl": {"id": "task-1", "status": "Ready", "result": {"sample": "https://evil.example/x.png"}},
    "standard": {"id": "task-1", "status": "succeeded", "output": "https://evil.example/x.png"},
    "fal": {"request_id": "task-1", "gateway_request_id": "task-2", "status": "OK", "payload": {}},
}
EVERY = pytest.mark.parametrize("scheme", ["bfl", "standard", "fal"])
TIMED = pytest.mark.parametrize("scheme", ["standard", "fal"])


def refusal(scheme: Scheme, raw: bytes, headers: dict[str, str], *, now: datetime = NOW) -> str:
    with pytest.raises(HookRefused) as caught:
        verify(scheme, raw, headers, keys=(KEYS[scheme],), now=now)
    assert SECRET.decode() not in caught.value.message
    return caught.value.reason


@EVERY
def test_what_the_vendor_signed_is_believed_and_only_the_task_is_read(scheme: Scheme) -> None:
    """Trap 49."""
    raw, headers = SIGN[scheme](BODY[scheme])
    notice = verify(scheme, raw, headers, keys=(b"x" * 32, KEYS[scheme]), now=NOW)
    assert notice.request_id == "task-1"
    assert "evil" not in repr(notice)
    assert notice.at == (None if scheme == "bfl" else NOW)


@EVERY
def test_header_names_in_any_case(scheme: Scheme) -> None:
    raw, headers = SIGN[scheme](BODY[scheme])
    shouted = {name.upper(): value for name, value in headers.items()}
    assert verify(scheme, raw, shouted, keys=(KEYS[scheme],), now=NOW).request_id == "task-1"


@EVERY
def test_a_body_written_anew_is_another_body(scheme: Scheme) -> None:
    """Trap 46: the same JSON in other bytes was not signed; odd spacing as sent was."""
    odd = json.dumps(BODY[scheme], indent=3).encode() + b"\n"
    raw, headers = SIGN[scheme](odd)
    assert verify(scheme, raw, headers, keys=(KEYS[scheme],), now=NOW).request_id == "task-1"
    assert refusal(scheme, json.dumps(json.loads(odd)).encode(), headers) == "signature"


@EVERY
def test_unsigned_and_signed_by_another(scheme: Scheme) -> None:
    raw, headers = SIGN[scheme](BODY[scheme])
    assert refusal(scheme, raw, {}) == "unsigned"
    for name in headers:
        if scheme != "bfl":
            assert refusal(scheme, raw, {k: v for k, v in headers.items() if k != name}) == "unsigned"
    other = Ed25519PrivateKey.from_private_bytes(b"g" * 32) if scheme == "fal" else b"another key, long enough"
    assert refusal(scheme, *SIGN[scheme](BODY[scheme], other)) == "signature"
    assert refusal(scheme, raw + b" ", headers) == "signature"


@EVERY
@pytest.mark.parametrize("of_another", ["bfl", "standard", "fal"])
def test_one_vendors_scheme_is_not_taken_for_anothers(scheme: Scheme, of_another: Scheme) -> None:
    """Trap 48."""
    if scheme != of_another:
        assert refusal(scheme, *SIGN[of_another](BODY[scheme])) == "unsigned"


@TIMED
@pytest.mark.parametrize("minutes", [-5.1, 5.1, -60, 60])
def test_old_ones_and_ones_from_the_future_are_refused(scheme: Scheme, minutes: float) -> None:
    """Trap 47, and a clock that is off by an hour."""
    signed = SIGN[scheme](BODY[scheme], at=NOW)
    assert refusal(scheme, *signed, now=NOW + timedelta(minutes=minutes)) == "old"


@TIMED
@pytest.mark.parametrize("minutes", [-4.9, 4.9])
def test_within_five_minutes_either_way(scheme: Scheme, minutes: float) -> None:
    raw, headers = SIGN[scheme](BODY[scheme], at=NOW)
    now = NOW + timedelta(minutes=minutes)
    assert verify(scheme, raw, headers, keys=(KEYS[scheme],), now=now).at == NOW


@TIMED
def test_a_new_time_on_an_old_signature_is_another_text(scheme: Scheme) -> None:
    raw, headers = SIGN[scheme](BODY[scheme], at=NOW - timedelta(hours=1))
    stamp = next(name for name in headers if name.endswith("Timestamp"))
    assert refusal(scheme, raw, {**headers, stamp: str(int(NOW.timestamp()))}) == "signature"


@EVERY
@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{", b"\xff\xfe", b'{"id":' + b"[" * 100_000, b'{"id": 7}', b'{"id": ""}', b'{"id": "a b"}'],
)
def test_well_signed_nonsense_is_refused_as_unreadable(scheme: Scheme, body: bytes) -> None:
    raw, headers = SIGN[scheme](body.replace(b'"id"', b'"request_id"') if scheme == "fal" else body)
    assert refusal(scheme, raw, headers) == "unreadable"


def test_bfl_sends_the_secret_itself_or_a_signature_and_what_is_there_must_hold() -> None:
    """Trap 48: the vendor's pages disagree."""
    raw, secret = bfl(BODY["bfl"], form="secret")
    _, signature = bfl(BODY["bfl"])
    for headers in (secret, signature, {**secret, **signature}):
        assert verify("bfl", raw, headers, keys=(SECRET,), now=NOW).request_id == "task-1"
    assert refusal("bfl", raw, {"X-Webhook-Secret": "one-order-one-secreT"}) == "signature"
    assert refusal("bfl", raw, {**secret, "X-BFL-Signature": "sha256=" + "0" * 64}) == "signature"
    assert refusal("bfl", raw, {**signature, "X-Webhook-Secret": ""}) == "signature"
    assert refusal("bfl", raw, {"X-BFL-Signature": signature["X-BFL-Signature"].removeprefix("sha256=")}) == "signature"


@pytest.mark.parametrize(
    "stamp", [int(NOW.timestamp()), NOW.timestamp() + 0.25, int(NOW.timestamp() * 1000), NOW.isoformat()]
)
def test_bfl_time_in_the_body_is_held_against_the_window_in_whatever_form(stamp: object) -> None:
    raw, headers = bfl({**BODY["bfl"], "timestamp": stamp})
    assert verify("bfl", raw, headers, keys=(SECRET,), now=NOW).at == NOW
    assert refusal("bfl", raw, headers, now=NOW + timedelta(minutes=6)) == "old"


@pytest.mark.parametrize("stamp", ["yesterday", "2027-03-04T05:06:07", -1, 10**30, True, [], float("nan")])
def test_bfl_time_that_cannot_be_read_is_not_taken_for_none(stamp: object) -> None:
    assert refusal("bfl", *bfl({**BODY["bfl"], "timestamp": stamp})) == "unreadable"


def test_the_same_bytes_are_the_same_event_and_others_are_not() -> None:
    def event(body: object) -> str:
        raw, headers = bfl(body)
        return verify("bfl", raw, headers, keys=(SECRET,), now=NOW).event

    assert event(BODY["bfl"]) == event(BODY["bfl"]) != event({**BODY["bfl"], "status": "Pending"})
    raw, headers = standard(BODY["standard"], event="msg_7")
    assert verify("standard", raw, headers, keys=(HMAC_KEY,), now=NOW).event == "msg_7"
    strange = "é" * 500  # a name that no table has room for is kept as a digest
    raw, headers = standard(BODY["standard"], event=strange)
    assert verify("standard", raw, headers, keys=(HMAC_KEY,), now=NOW).event == sha256(strange.encode()).hexdigest()


def test_standard_takes_the_one_of_several_signatures_that_fits() -> None:
    raw, headers = standard(BODY["standard"])
    good = headers["Webhook-Signature"]
    several = {**headers, "Webhook-Signature": f"v1a,xyz v1,AAAA {good}"}
    assert verify("standard", raw, several, keys=(HMAC_KEY,), now=NOW).request_id == "task-1"
    for bad in (good.removeprefix("v1,"), good.replace("v1,", "v2,"), "v1,", "v1,AAAA v1,BBBB"):
        assert refusal("standard", raw, {**headers, "Webhook-Signature": bad}) == "signature"
    assert refusal("standard", raw, {**headers, "Webhook-Timestamp": "now"}) == "signature"


def test_fal_header_and_body_must_name_one_task() -> None:
    assert verify("fal", *fal(BODY["fal"], event="task-2"), keys=(FAL_PUBLIC,), now=NOW).request_id == "task-1"
    assert refusal("fal", *fal(BODY["fal"], event="task-3")) == "unreadable"
    raw, headers = fal(BODY["fal"])
    assert refusal("fal", raw, {**headers, "X-Fal-Webhook-Signature": "not hex"}) == "signature"


# Keys


class Vendor:
    """Answers requests for keys with what it is told to, and counts them."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.status, self.body = 200, b""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return httpx.Response(self.status, content=self.body)


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def client(vendor: Vendor) -> Iterator[httpx.Client]:
    with guarded_client(transport=httpx.MockTransport(vendor)) as client:
        yield client


def jwks(*keys: bytes) -> bytes:
    listed = [{"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(k).rstrip(b"=").decode()} for k in keys]
    return json.dumps({"keys": listed}).encode()


class Hand:
    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def ring(client: httpx.Client, hand: Hand) -> KeyRing:
    return KeyRing("fal", lambda: fal_keys(client, FAL_KEYS), hand.now)


def test_keys_are_asked_for_once_and_again_after_a_day(ring: KeyRing, vendor: Vendor, hand: Hand) -> None:
    vendor.body = jwks(FAL_PUBLIC)
    for hours in (0, 1, 23):
        hand.time = NOW + timedelta(hours=hours)
        assert ring.verify(*fal(BODY["fal"], at=hand.time)).request_id == "task-1"
    assert len(vendor.asked) == 1
    hand.time = NOW + timedelta(hours=24, seconds=1)
    ring.verify(*fal(BODY["fal"], at=hand.time))
    assert len(vendor.asked) == 2
    assert str(vendor.asked[0].url) == FAL_KEYS


def test_a_key_the_vendor_changed_is_fetched_but_bad_signatures_are_not_a_flood(
    ring: KeyRing, vendor: Vendor, hand: Hand
) -> None:
    vendor.body = jwks(b"o" * 32)
    with pytest.raises(HookRefused):
        ring.verify(*fal(BODY["fal"]))
    for _ in range(50):
        with pytest.raises(HookRefused):
            ring.verify(*fal(BODY["fal"]))
    assert len(vendor.asked) == 1
    vendor.body = jwks(b"o" * 32, FAL_PUBLIC)
    hand.time = NOW + timedelta(seconds=61)
    assert ring.verify(*fal(BODY["fal"])).request_id == "task-1"
    assert len(vendor.asked) == 2


def test_an_unsigned_one_asks_for_no_newer_keys(ring: KeyRing, vendor: Vendor, hand: Hand) -> None:
    vendor.body = jwks(FAL_PUBLIC)
    ring.verify(*fal(BODY["fal"]))
    hand.time = NOW + timedelta(minutes=2)
    with pytest.raises(HookRefused, match="not signed"):
        ring.verify(b"{}", {})
    assert len(vendor.asked) == 1


def test_without_keys_nothing_is_said_about_the_webhook_and_the_vendor_is_left_alone_for_a_minute(
    ring: KeyRing, vendor: Vendor, hand: Hand
) -> None:
    vendor.status = 503
    for _ in range(5):
        with pytest.raises(ProviderUnavailable):
            ring.verify(*fal(BODY["fal"]))
    assert len(vendor.asked) == 1
    vendor.status, vendor.body = 200, jwks(FAL_PUBLIC)
    hand.time = NOW + timedelta(seconds=61)
    assert ring.verify(*fal(BODY["fal"])).request_id == "task-1"


def test_keys_at_hand_outlast_a_vendor_that_does_not_answer(ring: KeyRing, vendor: Vendor, hand: Hand) -> None:
    vendor.body = jwks(FAL_PUBLIC)
    ring.verify(*fal(BODY["fal"]))
    vendor.status, hand.time = 500, NOW + timedelta(minutes=2)
    with pytest.raises(HookRefused):
        ring.verify(*fal(BODY["fal"], Ed25519PrivateKey.from_private_bytes(b"g" * 32)))
    assert ring.verify(*fal(BODY["fal"])).request_id == "task-1"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": [7, null, {"x": 5}, {"x": "AAAA"}, {"x": "*"}]}',
        b'{"keys": [{"x": "' + b"A" * 500 + b'"}]}',
    ],
)
def test_a_key_set_without_usable_keys_is_an_error(vendor: Vendor, client: httpx.Client, body: bytes) -> None:
    vendor.body = body
    with pytest.raises(ProviderError):
        fal_keys(client, FAL_KEYS)


def test_replicates_secret_is_asked_with_the_key_and_decoded(vendor: Vendor, client: httpx.Client) -> None:
    vendor.body = json.dumps({"key": "whsec_" + base64.b64encode(HMAC_KEY).decode()}).encode()
    assert replicate_keys(client, "https://api.replicate.com/v1", "r8_key") == (HMAC_KEY,)
    [request] = vendor.asked
    assert str(request.url) == "https://api.replicate.com/v1/webhooks/default/secret"
    assert request.headers["Authorization"] == "Bearer r8_key"


@pytest.mark.parametrize("text", [None, 7, "", "whsec_", "whsec_!!!!", "whsec_c2hvcnQ="])
def test_a_secret_that_is_none_is_not_used_and_not_repeated(text: object) -> None:
    with pytest.raises(ProviderError) as caught:
        standard_key(text)
    assert "c2hvcnQ" not in caught.value.message


def test_the_vendors_key_set_for_the_vendors_host_alone() -> None:
    assert fal_keys_address("https://queue.fal.run") == FAL_KEYS
    assert fal_keys_address("http://127.0.0.1:8787/fal/queue") == "http://127.0.0.1:8787/fal/.well-known/jwks.json"
    assert fal_keys_address("https://queue.fal.run.evil.example/x").startswith("https://queue.fal.run.evil.example/")
