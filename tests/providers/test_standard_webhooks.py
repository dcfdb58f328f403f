"""Messages as Standard Webhooks, over the wire: what the receiver can verify, and what its answers come to."""

import base64
import secrets
import threading
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks import Webhook, WebhookVerificationError

from colophon.domain.delivery import Sent
from colophon.domain.message import Message, trial_message
from colophon.errors import InvalidInput
from colophon.providers.http import guarded_client
from colophon.providers.standard_webhooks import WebhookCourier, place_of, read_secrets, signed_headers
from tests.providers.receiver import Receiver, answers, receiving

WHERE = "COLOPHON_NOTIFY__SHOP__SECRET"


def new_secret(size: int = 32) -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(size)).decode()


def now() -> datetime:
    return datetime.now(UTC)


def message() -> Message:
    return trial_message("msg_01", "shop", now())


def courier(
    receiver: Receiver, *, secret: str | None = None, path: str = "/in", seconds: float = 5.0
) -> WebhookCourier:
    client = guarded_client(allow_private=True, answer_seconds=seconds)
    seals = read_secrets(secret or receiver.secret, WHERE)
    return WebhookCourier(client, receiver.address + path, seals, seconds=seconds)


def test_a_receiver_verifies_what_was_sent_to_the_byte() -> None:
    with receiving(new_secret()) as receiver:
        at = now()
        assert courier(receiver, path="/in?from=colophon").send(message(), at=at) == Sent(204)
    assert receiver.came == [("msg_01", {**receiver.came[0][1], "type": "target.test"})]
    assert receiver.paths == ["/in?from=colophon"]
    [headers] = receiver.headers
    assert headers["content-type"] == "application/json"
    assert headers["webhook-timestamp"] == str(int(at.timestamp()))


def test_both_secrets_of_a_rotation_sign() -> None:
    old, new = new_secret(), new_secret()
    for known in (old, new):
        with receiving(known) as receiver:
            assert courier(receiver, secret=f"{new} {old}").send(message(), at=now()).taken
            assert receiver.headers[0]["webhook-signature"].count("v1,") == 2
    with receiving(new_secret()) as stranger:
        assert courier(stranger, secret=f"{new} {old}").send(message(), at=now()).status == 401
        assert "No matching signature" in stranger.doubtful[0]


def test_a_changed_body_id_or_time_does_not_verify() -> None:
    secret = new_secret()
    headers = signed_headers("msg_01", b"{}", read_secrets(secret, WHERE), now())
    Webhook(secret).verify(b"{}", headers)
    late = signed_headers("msg_01", b"{}", read_secrets(secret, WHERE), now() - timedelta(minutes=6))
    for body, changed in (
        (b"{ }", headers), (b"{}", headers | {"webhook-id": "msg_02"}), (b"{}", late),
        (b"{}", headers | {"webhook-timestamp": str(int(now().timestamp()) + 1)}),
    ):  # fmt: skip
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, changed)


def test_a_private_key_signs_for_who_has_the_public_one() -> None:
    private = Ed25519PrivateKey.generate()
    written = "whsk_" + base64.b64encode(private.private_bytes_raw()).decode()
    seals = read_secrets(f"{written} {new_secret()}", WHERE)
    headers = signed_headers("msg_01", b"{}", seals, now())
    first, second = headers["webhook-signature"].split(" ")
    assert second.startswith("v1,")
    version, _, signature = first.partition(",")
    content = f"msg_01.{headers['webhook-timestamp']}.{{}}".encode()
    assert version == "v1a"
    private.public_key().verify(base64.b64decode(signature), content)
    with pytest.raises(InvalidSignature):
        private.public_key().verify(base64.b64decode(signature), content + b" ")


def test_the_published_example_has_the_published_signature() -> None:
    """From the test data that the libraries of Standard Webhooks share."""
    seals = read_secrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", WHERE)
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = signed_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', seals, at)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    "text",
    ["", "whsec_", "secret", "whsec_!!!!", "whsk_" + base64.b64encode(b"x" * 31).decode(),
     "whsec_" + base64.b64encode(b"x" * 23).decode(), "whsec_" + base64.b64encode(b"x" * 65).decode(),
     "whsec_" + base64.b64encode(b"x" * 24).decode() + " nothing"],
)  # fmt: skip
def test_a_secret_that_cannot_be_one_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        read_secrets(text, WHERE)
    assert raised.value.where == WHERE
    assert "eHh4" not in f"{raised.value.message} {raised.value.hint}"
    assert "nothing" not in f"{raised.value.message} {raised.value.hint}"


def test_every_answer_is_told_and_a_redirect_is_not_followed() -> None:
    with receiving(new_secret()) as receiver:
        receiver.answers = [
            (302, {"Location": f"{receiver.address}/elsewhere"}),
            (429, {"Retry-After": "120"}),
            (503, {"Retry-After": "in a while"}),
            *answers(410, 500, 200),
        ]
        sent = [courier(receiver).send(message(), at=now()) for _ in range(6)]
    assert [each.status for each in sent] == [302, 429, 503, 410, 500, 200]
    assert [each.retry_after for each in sent] == [None, 120.0, None, None, None, None]
    assert "redirect" in str(sent[0].problem)
    assert receiver.paths == ["/in"] * 6
    assert {identity for identity, _ in receiver.came} == {"msg_01"}


def test_an_answer_that_does_not_end_is_not_read() -> None:
    with receiving(new_secret()) as receiver:
        receiver.endless = True
        assert courier(receiver).send(message(), at=now()) == Sent(204)


def test_an_answer_that_does_not_come_is_given_up() -> None:
    with receiving(new_secret()) as receiver:
        receiver.slow = threading.Event()
        sent = courier(receiver, seconds=0.3).send(message(), at=now())
    assert sent.status is None
    assert "no complete answer" in str(sent.problem)


@pytest.mark.parametrize("url", ["https://127.0.0.1/in?token=abcd", "http://example.com/in", "https://10.0.0.7/in"])
def test_an_inside_address_is_not_called_unless_that_is_allowed(url: str) -> None:
    made = WebhookCourier(guarded_client(), url, read_secrets(new_secret(), WHERE))
    sent = made.send(message(), at=now())
    assert sent.status is None
    assert "AddressRefused" in str(sent.problem)
    assert "abcd" not in f"{sent.problem} {made.address} {made!r}"


@pytest.mark.parametrize(
    "url", ["ftp://example.com", "https://user:word@example.com/in", "nothing", "https://", "https://host:port"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        place_of(url)
    assert "word" not in raised.value.message
