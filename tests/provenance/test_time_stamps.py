"""Time stamps, from a stamping service on this machine (OpenSSL's)."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from asn1crypto import tsp

from colophon.domain.provenance import ManifestOrder, Provenance, Signed
from colophon.domain.trust import AnchorKind
from colophon.errors import InvalidInput, SigningError, SigningUnavailable
from colophon.provenance.requests import PemKey
from colophon.provenance.selftest import self_test, stamp_verdict
from colophon.provenance.signer import C2paSigner
from colophon.provenance.stamps import StampService
from tests.provenance.stamping import OPENSSL, Responder, responder_in

if TYPE_CHECKING:
    from tests.provenance.conftest import World
else:
    World = Any

pytestmark = pytest.mark.skipif(OPENSSL is None, reason="needs the openssl program")


@pytest.fixture(scope="module")
def _service(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Responder]:
    with responder_in(tmp_path_factory.mktemp("tsa"), world) as responder:
        yield responder


@pytest.fixture
def service(_service: Responder) -> Responder:
    _service.reset()
    return _service


@pytest.fixture
def stamps(service: Responder) -> str:
    return service.url


def child(world: World, service: Responder, **more: Any) -> Signed:
    """A rendition signed with a stamp wanted; ``more`` are members of the `StampService`."""
    stamps = StampService(service.url, **({"timeout": 3.0, "tries": 2, "pause": 0.01} | more))
    order = ManifestOrder("rendition", ({"action": "c2pa.transcoded"},))
    content, parent = world.original(fmt="jpeg"), world.original()
    return world.signer(stamps=stamps).sign(content, "image/jpeg", order, parent=parent, parent_media_type="image/png")


def refused(_: bytes) -> tuple[int, bytes]:
    status = tsp.PKIStatusInfo({"status": "rejection", "status_string": ["closed", "today"]}).dump()
    return 200, b"\x30" + bytes([len(status)]) + status  # a sequence without a token


def verdict(world: World, content: bytes, kind: AnchorKind | None) -> Provenance:
    more = [world.stranger.anchor("stamps", kind)] if kind else []
    anchors = (world.vendor.anchor("vendor"), world.brand.anchor("brand", AnchorKind.BRAND), *more)
    return world.reader(*anchors).read(content)


def test_a_stamp_is_trusted_only_under_an_anchor_for_stamps(world: World, stamps: str) -> None:
    content, now = world.original(tsa_url=stamps), datetime.now(UTC)
    known = verdict(world, content, AnchorKind.TSA)
    assert (known.state.value, known.timestamp, known.problems) == ("trusted", "trusted", ())
    assert known.signed_at is not None
    assert abs((known.signed_at - now).total_seconds()) < 120
    assert verdict(world, content, None).timestamp == "untrusted"
    assert verdict(world, content, AnchorKind.VENDOR).timestamp == "untrusted"


def test_our_own_signature_takes_a_stamp(world: World, stamps: str) -> None:
    content = world.child(world.original(), signer=world.signer(tsa_url=stamps))
    assert verdict(world, content, AnchorKind.TSA).timestamp == "trusted"


def test_a_service_that_does_not_answer_stops_signing(world: World) -> None:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        port = server.server_port
    signer = world.signer(tsa_url=f"http://somebody:secret@127.0.0.1:{port}/?token=secret")
    with pytest.raises(SigningUnavailable, match="does not answer") as caught:
        world.child(world.original(), signer=signer)
    assert caught.value.transient
    assert caught.value.where == "http://127.0.0.1"
    assert "secret" not in str(caught.value) + caught.value.hint


def wrong_imprint(query: bytes) -> bytes:
    asked = tsp.TimeStampReq.load(query)
    asked["message_imprint"]["hashed_message"] = bytes(len(asked["message_imprint"]["hashed_message"].native))
    return bytes(asked.dump(force=True))


def wrong_nonce(query: bytes) -> bytes:
    asked = tsp.TimeStampReq.load(query)
    asked["nonce"] = asked["nonce"].native // 2 + 1
    return bytes(asked.dump(force=True))


@pytest.mark.parametrize(
    ("changed", "said"), [(wrong_imprint, "other data"), (wrong_nonce, "another request")], ids=["data", "nonce"]
)
@pytest.mark.parametrize("outage", ["fail", "unstamped"])
def test_a_stamp_for_something_else_is_never_used(
    world: World, service: Responder, changed: Callable[[bytes], bytes], said: str, outage: str
) -> None:
    service.answer = lambda query: service.honest(changed(query))
    with pytest.raises(SigningError, match=said) as caught:
        child(world, service, outage=outage)
    assert not isinstance(caught.value, SigningUnavailable)
    assert service.asked == 1


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda answer: b"<html>sign in to the network</html>", "not a time stamp"),
        (lambda answer: b"", "not a time stamp"),
        (lambda answer: answer[:-40], "not a time stamp"),
        (lambda answer: answer[:-1] + bytes([answer[-1] ^ 1]), "signature does not fit"),
        (lambda answer: answer + bytes(70_000), "too much"),
    ],
    ids=["page", "nothing", "cut", "signature", "too much"],
)
def test_an_answer_that_is_no_stamp_is_never_used(
    world: World, service: Responder, spoil: Callable[[bytes], bytes], said: str
) -> None:
    service.answer = lambda query: (200, spoil(service.honest(query)[1]))
    with pytest.raises(SigningError, match=said):
        child(world, service, outage="unstamped")
    assert service.asked == 1


def test_a_time_far_from_our_clock_is_not_believed(world: World, service: Responder) -> None:
    with pytest.raises(SigningError, match="far from this machine's clock"):
        child(world, service, clock=lambda: datetime.now(UTC) + timedelta(minutes=6), outage="unstamped")
    assert not child(world, service, clock=lambda: datetime.now(UTC) + timedelta(minutes=4)).stamp_missing


@pytest.mark.parametrize("trouble", ["refusing", "broken", "slow", "dripping"])
def test_an_outage_is_tried_again_and_then_treated_as_the_settings_say(
    world: World, service: Responder, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    def late(query: bytes) -> tuple[int, bytes]:
        time.sleep(0.4)
        return service.honest(query)

    answers = {"refusing": refused, "broken": lambda _: (503, b"busy"), "slow": late}
    service.answer, service.drip = answers.get(trouble, service.honest), 0.2 if trouble == "dripping" else 0.0
    started = time.monotonic()
    with pytest.raises(SigningUnavailable):
        child(world, service, timeout=0.2)
    assert time.monotonic() - started < 3
    assert service.asked == 2
    signed = child(world, service, timeout=0.2, outage="unstamped")
    assert signed.stamp_missing
    found = verdict(world, signed.content, AnchorKind.TSA)
    assert (found.state.value, found.timestamp) == ("trusted", "absent")
    assert "without a time stamp" in caplog.text


def test_a_refusal_is_told_in_the_services_words(world: World, service: Responder) -> None:
    service.answer = refused
    with pytest.raises(SigningUnavailable, match="refuses: closed today"):
        child(world, service, tries=1)


def test_a_service_that_comes_back_has_its_stamp_in_the_file(world: World, service: Responder) -> None:
    service.answer = lambda query: (503, b"") if service.asked < 3 else service.honest(query)
    signed = child(world, service, tries=3)
    assert (service.asked, signed.stamp_missing) == (3, False)
    assert verdict(world, signed.content, AnchorKind.TSA).timestamp == "trusted"


def test_a_key_out_of_reach_is_no_outage_of_the_stamp_service(world: World, service: Responder) -> None:
    class Gone(PemKey):
        def sign(self, message: bytes) -> bytes:
            if message.startswith(b"colophon:"):  # the probe
                return super().sign(message)
            raise SigningUnavailable("the key is on holiday")

    stamps = StampService(service.url, pause=0.01, outage="unstamped")
    signer = C2paSigner(world.brand.chain, Gone(world.brand.leaf.key_pem), policy=world.policy(), stamps=stamps)
    with pytest.raises(SigningUnavailable, match="on holiday"):
        world.child(world.original(), signer=signer)
    assert service.asked == 0


def test_the_self_test_asks_for_one_stamp(world: World, service: Responder) -> None:
    anchors = (world.brand.anchor("brand", AnchorKind.BRAND), world.stranger.anchor("stamps", AnchorKind.TSA))
    signer, reader = world.signer(tsa_url=service.url), world.reader(*anchors)
    assert self_test(signer, reader) == []
    assert service.asked == 1
    assert stamp_verdict(signer, reader) == "trusted"
    assert self_test(signer.without_stamps(), reader) == []
    assert service.asked == 2


def test_the_environments_proxy_is_not_asked_for_the_library(world: World, service: Responder, tmp_path: Path) -> None:
    """In a process of its own: the library looks at the environment once."""
    (tmp_path / "chain.pem").write_text(world.brand.chain)
    (tmp_path / "key.pem").write_text(world.brand.leaf.key_pem)
    (tmp_path / "parent.png").write_bytes(world.original())
    script = """
import sys
from pathlib import Path
from colophon.domain.provenance import ManifestOrder
from colophon.provenance import C2paSigner, StampService
folder, url = Path(sys.argv[1]), sys.argv[2]
texts = [(folder / name).read_text() for name in ("chain.pem", "key.pem")]
parent, order = (folder / "parent.png").read_bytes(), ManifestOrder("x", ({"action": "c2pa.transcoded"},))
signer = C2paSigner(*texts, stamps=StampService(url, tries=1))
signed = signer.sign(parent, "image/png", order, parent=parent, parent_media_type="image/png")
(folder / "signed.png").write_bytes(signed.content)
"""
    nobody = "http://127.0.0.1:9"
    environment = {**os.environ, "HTTP_PROXY": nobody, "http_proxy": nobody, "NO_PROXY": "example.com"}
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), service.url], env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert verdict(world, (tmp_path / "signed.png").read_bytes(), AnchorKind.TSA).timestamp == "trusted"


def test_an_address_that_is_none_is_told_at_once(world: World) -> None:
    for address in ("stamps.example", "ftp://stamps.example", "http://"):
        with pytest.raises(InvalidInput) as caught:
            StampService(address)
        assert caught.value.where == "COLOPHON_TSA_URL"
