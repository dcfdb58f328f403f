"""Webhooks on order: signed as each vendor signs, verified here by other means, and wrong in the ways ordered."""

import base64
import hashlib
import hmac
import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from replicate.webhook import InvalidSignatureError, Webhooks, WebhookSigningSecret

from colophon.sandbox.app import create_app
from colophon.sandbox.embedded import transport
from colophon.sandbox.hooks import is_loopback

SECRET = "for this job only"
BFL = {"prompt": "a mug", "seed": 1, "width": 64, "height": 64, "webhook_secret": SECRET}
PREDICTION = {"prompt": "a mug", "aspect_ratio": "custom", "width": 256, "height": 256}


@dataclass(frozen=True)
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.body)
        return value


class Receiver:
    """Listens on this machine, and answers with ``codes`` in turn, then 204."""

    def __init__(self) -> None:
        self.received: queue.Queue[Received] = queue.Queue()
        self.codes: list[int] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.received.put(Received({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(outer.codes.pop(0) if outer.codes else 204)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/hook"

    def one(self) -> Received:
        return self.received.get(timeout=10)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def order(served: str, receiver: Receiver) -> Callable[..., dict[str, Any]]:
    """Orders in a dialect with the receiver as the webhook."""

    def post(dialect: str, fault: str = "", **members: object) -> dict[str, Any]:
        paths: dict[str, tuple[str, dict[str, Any]]] = {
            "bfl": ("/bfl/v1/flux-2-pro", BFL | {"webhook_url": receiver.address}),
            "replicate": (
                "/replicate/v1/models/black-forest-labs/flux-2-pro/predictions",
                {"input": PREDICTION, "webhook": receiver.address, "webhook_events_filter": ["completed"]},
            ),
            "fal": ("/fal/queue/fal-ai/flux-2-pro", {"prompt": "a mug", "image_size": "square"}),
        }
        path, body = paths[dialect]
        answer = httpx.post(
            f"{served}{path}",
            json=body | members,
            params={"fal_webhook": receiver.address} if dialect == "fal" else None,
            headers={"x-key": "any", "Authorization": "Key any" if dialect == "fal" else "Bearer any"}
            | ({"X-Sandbox-Fault": fault} if fault else {}),
        )
        assert answer.is_success, answer.text
        result: dict[str, Any] = answer.json()
        return result

    return post


def bfl_signature(body: bytes) -> str:
    return f"sha256={hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}"


def fal_verify(served: str, received: Received) -> None:
    key = httpx.get(f"{served}/fal/.well-known/jwks.json").json()["keys"][0]
    assert (key["kty"], key["crv"]) == ("OKP", "Ed25519")
    signed = [received.headers[f"x-fal-webhook-{name}"] for name in ("request-id", "user-id", "timestamp")]
    text = "\n".join([*signed, hashlib.sha256(received.body).hexdigest()])
    raw = base64.urlsafe_b64decode(key["x"] + "=" * (-len(key["x"]) % 4))
    signature = bytes.fromhex(received.headers["x-fal-webhook-signature"])
    Ed25519PublicKey.from_public_bytes(raw).verify(signature, text.encode())


def replicate_verify(served: str, received: Received) -> None:
    answer = httpx.get(f"{served}/replicate/v1/webhooks/default/secret", headers={"Authorization": "Bearer any"})
    Webhooks.validate(
        headers=received.headers,
        body=received.body.decode(),
        secret=WebhookSigningSecret(key=answer.json()["key"]),
        tolerance=300,
    )


def test_bfl_signs_the_raw_body_with_the_secret_of_the_order(
    order: Callable[..., dict[str, Any]], receiver: Receiver
) -> None:
    made = order("bfl")
    received = receiver.one()
    assert received.told["id"] == made["id"]
    assert received.told["status"] == "Ready"
    assert received.headers["x-bfl-signature"] == bfl_signature(received.body)
    assert httpx.get(received.told["result"]["sample"]).status_code == 200


def test_replicates_own_client_takes_the_signature(
    served: str, order: Callable[..., dict[str, Any]], receiver: Receiver
) -> None:
    made = order("replicate")
    received = receiver.one()
    assert (received.told["id"], received.told["status"]) == (made["id"], "succeeded")
    replicate_verify(served, received)


def test_fal_signs_with_a_key_of_its_set(served: str, order: Callable[..., dict[str, Any]], receiver: Receiver) -> None:
    made = order("fal")
    received = receiver.one()
    assert (received.told["request_id"], received.told["status"]) == (made["request_id"], "OK")
    assert received.told["payload"]["images"][0]["url"].startswith(f"{served}/fal/delivery/")
    fal_verify(served, received)
    order("fal", fault="moderated_input")
    failed = receiver.one()
    assert (failed.told["status"], failed.told["payload"]["detail"][0]["type"]) == ("ERROR", "content_policy_violation")
    fal_verify(served, failed)


@pytest.mark.parametrize("fault", ["webhook_wrong_key", "webhook_old"])
def test_signatures_that_must_not_be_taken(
    served: str, order: Callable[..., dict[str, Any]], receiver: Receiver, fault: str
) -> None:
    order("replicate", fault=fault)
    received = receiver.one()
    if fault == "webhook_old":
        assert time.time() - int(received.headers["webhook-timestamp"]) > 3500
    else:
        with pytest.raises(InvalidSignatureError):
            replicate_verify(served, received)
    order("fal", fault=fault)
    received = receiver.one()
    if fault == "webhook_old":
        assert time.time() - int(received.headers["x-fal-webhook-timestamp"]) > 3500
    else:
        with pytest.raises(InvalidSignature):
            fal_verify(served, received)


def test_the_ways_in_which_a_webhook_is_wrong(order: Callable[..., dict[str, Any]], receiver: Receiver) -> None:
    order("bfl", fault="webhook_wrong_key")
    received = receiver.one()
    assert received.headers["x-bfl-signature"] != bfl_signature(received.body)
    order("bfl", fault="webhook_unsigned")
    assert "x-bfl-signature" not in receiver.one().headers
    order("bfl", fault="webhook_secret")
    assert receiver.one().headers["x-webhook-secret"] == SECRET
    made = order("bfl", fault="webhook_twice")
    assert [receiver.one().told["id"] for _ in range(2)] == [made["id"]] * 2
    made = order("bfl", fault="webhook_foreign")
    assert receiver.one().told["id"] != made["id"]
    order("bfl", fault="webhook_huge")
    assert len(receiver.one().body) > 50_000_000


def test_a_webhook_waits_for_the_end_and_is_tried_again(
    order: Callable[..., dict[str, Any]], receiver: Receiver
) -> None:
    receiver.codes.append(500)
    started = time.monotonic()
    made = order("bfl", fault="takes:1")
    with pytest.raises(queue.Empty):
        receiver.received.get(timeout=0.5)
    ids = [receiver.one().told["id"] for _ in range(2)]
    assert ids == [made["id"]] * 2
    assert time.monotonic() - started > 1.9


def test_a_webhook_may_say_done_while_the_poll_says_pending(folder: Path, receiver: Receiver) -> None:
    with httpx.Client(
        transport=transport(create_app(folder, takes=3600.0, hooks=True)),
        base_url="http://sandbox.invalid",
        headers={"x-key": "any"},
    ) as client:
        body = BFL | {"webhook_url": receiver.address}
        made = client.post("/bfl/v1/flux-2-pro", json=body, headers={"X-Sandbox-Fault": "webhook_early"}).json()
        assert (receiver.one().told["id"], made["status"]) == (made["id"], "Pending")
        # No polling address was named, so the cluster that took the order is asked, and knows it (traps 1 and 3).
        assert "polling_url" not in made
        poll = client.get("/bfl/v1/get_result", params={"id": made["id"]})
        assert poll.json()["status"] == "Pending"


def test_only_this_machine_is_called() -> None:
    assert all(is_loopback(f"http://{host}:1/x") for host in ("127.0.0.1", "[::1]", "localhost", "127.9.9.9"))
    for address in ("http://10.0.0.1/", "http://example.org/", "ftp://127.0.0.1/", "http://[", "127.0.0.1"):
        assert not is_loopback(address)
