"""Nothing that a picture names is asked over the network: a listener that the library, left to itself, would call."""

import io
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import AuthorityInformationAccessOID

from colophon.confined import Confined
from colophon.confined.manifests import context_settings
from colophon.domain.provenance import ProvenanceState
from colophon.domain.trust import AnchorKind
from colophon.provenance import C2paReader
from colophon.provenance.pki import Issued
from tests.provenance.conftest import Party, World, picture
from tests.provenance.lab import CREATED, definition, signed


class Listener:
    """A server on this machine that writes down who asks for what, and knows nothing."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self.heard))
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/{path}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(heard: list[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.path)
            self.send_error(404)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    yield made
    made.close()


def with_addresses(world: World, listener: Listener) -> Party:
    """The vendor with a leaf that names the listener for revocation and for its issuer's certificate."""
    leaf, issuer = world.vendor.leaf.certificate, world.vendor.issuing
    builder = (
        x509.CertificateBuilder()
        .subject_name(leaf.subject)
        .issuer_name(leaf.issuer)
        .public_key(leaf.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(leaf.not_valid_before_utc)
        .not_valid_after(leaf.not_valid_after_utc)
    )
    for extension in leaf.extensions:
        builder = builder.add_extension(extension.value, critical=extension.critical)
    ways = ((AuthorityInformationAccessOID.OCSP, "ocsp"), (AuthorityInformationAccessOID.CA_ISSUERS, "issuer"))
    named = [x509.AccessDescription(oid, x509.UniformResourceIdentifier(listener.url(path))) for oid, path in ways]
    builder = builder.add_extension(x509.AuthorityInformationAccess(named), critical=False)
    certificate = builder.sign(issuer.key, hashes.SHA256())
    return Party(world.vendor.root, issuer, Issued(certificate, world.vendor.leaf.key))


def remote(world: World, listener: Listener) -> bytes:
    return signed(picture(), "image/png", definition([CREATED]), world.vendor, remote=listener.url("manifest"))


def test_a_manifest_elsewhere_is_not_fetched_by_reading_or_signing(world: World, listener: Listener) -> None:
    content = remote(world, listener)
    confined = Confined(1)
    verdict = C2paReader(confined, world.policy()).read(content)
    confined.close()
    child = world.reader().read(world.child(content))
    assert (verdict.state, verdict.integrity) == (ProvenanceState.NONE, "unknown")
    assert "policy.parent-unsigned" in child.problems
    assert listener.heard == []


def test_revocation_and_issuer_addresses_are_not_asked(world: World, listener: Listener) -> None:
    vendor = with_addresses(world, listener)
    original = world.original(vendor)
    verdict = world.reader().read(world.child(original))
    assert (verdict.clean, verdict.chain[1].revocation) == (True, "not_checked")
    assert listener.heard == []


def test_the_listener_would_hear_a_library_whose_doors_are_open(world: World, listener: Listener) -> None:
    """Otherwise its silence above would prove nothing."""
    with pytest.raises(c2pa.C2paError):
        c2pa.Reader("image/png", io.BytesIO(remote(world, listener)))
    anchors = [{"name": "v", "kind": AnchorKind.VENDOR.value, "pem": world.vendor.root.pem, "pins": []}]
    settings = context_settings(anchors, ("1.3.6.1.5.5.7.3.4",))
    settings["verify"]["ocsp_fetch"] = True
    del settings["core"]
    original = world.original(with_addresses(world, listener))
    with c2pa.Reader("image/png", io.BytesIO(original), context=c2pa.Context.from_dict(settings)) as reader:
        assert reader.json()
    fetched, asked = listener.heard
    assert fetched == "/manifest"
    assert asked.startswith("/MF")  # an OCSP request, in base64 of DER
