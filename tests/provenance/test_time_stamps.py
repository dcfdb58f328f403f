"""Time stamps, from a stamping service on this machine (OpenSSL's)."""

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from colophon.domain.provenance import Provenance
from colophon.domain.trust import AnchorKind
from colophon.errors import SigningError
from colophon.provenance.pki import Issued, Wanted, issue

if TYPE_CHECKING:
    from tests.provenance.conftest import World
else:
    World = Any

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="needs the openssl program")

CONFIGURATION = """
[ tsa ]
default_tsa = tsa1
[ tsa1 ]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
ess_cert_id_alg = sha256
"""


def stamping_leaf(issuer: Issued, world: World) -> Issued:
    """RSA, with the one critical purpose RFC 3161 demands."""
    key = rsa.generate_private_key(65537, 2048)
    plain = issue(Wanted("Stamps", "Stamp Co", purposes=()), now=world.now, issuer=issuer, key=key).certificate
    builder = (
        x509.CertificateBuilder()
        .subject_name(plain.subject)
        .issuer_name(plain.issuer)
        .public_key(key.public_key())
        .serial_number(plain.serial_number)
        .not_valid_before(plain.not_valid_before_utc)
        .not_valid_after(plain.not_valid_after_utc)
    )
    for extension in plain.extensions:
        builder = builder.add_extension(extension.value, critical=extension.critical)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return Issued(builder.sign(issuer.key, hashes.SHA256()), key)


@pytest.fixture(scope="module")
def stamps(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("tsa")
    leaf = stamping_leaf(world.stranger.root, world)
    (folder / "tsa.pem").write_text(leaf.pem)
    (folder / "tsa.key").write_text(leaf.key_pem)
    (folder / "serial").write_text("01")
    (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder))
    with HTTPServer(("127.0.0.1", 0), _handler(folder)) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def _handler(folder: Path) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            (folder / "query").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            command = [str(OPENSSL), "ts", "-reply", "-config", str(folder / "tsa.cnf"), "-section", "tsa1"]
            done = subprocess.run([*command, "-queryfile", str(folder / "query")], capture_output=True, check=False)
            self.send_response(200 if done.returncode == 0 else 500)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(done.stdout)))
            self.end_headers()
            self.wfile.write(done.stdout)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


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
    with pytest.raises(SigningError) as caught:
        world.child(world.original(), signer=world.signer(tsa_url=f"http://127.0.0.1:{port}/"))
    assert "time-stamp" in caught.value.hint
