"""A time-stamp service (RFC 3161) on this machine: OpenSSL's, behind HTTP."""

import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from colophon.provenance.pki import Issued, Wanted, issue

if TYPE_CHECKING:
    from tests.provenance.conftest import World
else:
    World = Any

OPENSSL = shutil.which("openssl")

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


Answer = Callable[[bytes], tuple[int, bytes]]


class Responder:
    """A service at ``url`` that answers as ``answer`` says, by default honestly."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.reset()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def reset(self) -> None:
        self.asked, self.drip = 0, 0.0
        self.answer: Answer = self.honest

    def honest(self, query: bytes) -> tuple[int, bytes]:
        file = self._folder / f"query-{uuid.uuid4().hex}"
        file.write_bytes(query)
        command = [str(OPENSSL), "ts", "-reply", "-config", str(self._folder / "tsa.cnf"), "-section", "tsa1"]
        done = subprocess.run([*command, "-queryfile", str(file)], capture_output=True, check=False)
        return 200 if done.returncode == 0 else 500, done.stdout

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def _handler(responder: Responder) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            responder.asked += 1
            status, body = responder.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(OSError):  # the client may have left
                for at in range(0, len(body), 512):
                    self.wfile.write(body[at : at + 512])
                    self.wfile.flush()
                    time.sleep(responder.drip)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


@contextmanager
def responder_in(folder: Path, world: World) -> Iterator[Responder]:
    """A running service whose certificate the world's stranger has issued; its files are in ``folder``."""
    leaf = stamping_leaf(world.stranger.root, world)
    (folder / "tsa.pem").write_text(leaf.pem)
    (folder / "tsa.key").write_text(leaf.key_pem)
    (folder / "serial").write_text("01")
    (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder))
    responder = Responder(folder)
    try:
        yield responder
    finally:
        responder.close()
