"""Checkpoints of the audit log, in the text form of transparency logs: https://c2sp.org/tlog-checkpoint.

The text is a signed note (https://c2sp.org/signed-note) with two extension lines: when it was made, and the digest of
the certificate whose key signed it. ECDSA signatures are its type 2 (DER, key id from the public key's SPKI).
"""

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from colophon.errors import InvalidInput

LONGEST = 10_000  # characters of a note
_ORIGIN = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")
_TIME, _CERTIFICATE = "time ", "certificate sha256:"
_SIGNATURE = "\u2014 "


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log named ``origin`` had ``size`` events under ``root`` at ``at``. ``certificate`` is the SHA-256 of the
    signing certificate's DER, in hex."""

    origin: str
    size: int
    root: bytes
    at: datetime
    certificate: str

    @property
    def text(self) -> str:
        """What is signed."""
        root = base64.b64encode(self.root).decode()
        at = self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"{self.origin}\n{self.size}\n{root}\n{_TIME}{at}\n{_CERTIFICATE}{self.certificate}\n"

    @property
    def name(self) -> str:
        """Where it lies: names of one log sort by size."""
        return f"{self.origin}/{self.size:016d}.txt"

    @property
    def certificate_name(self) -> str:
        return certificate_name(self.certificate)


@dataclass(frozen=True, slots=True)
class Note:
    """A checkpoint with its signature, as it is written down."""

    checkpoint: Checkpoint
    key_id: bytes
    signature: bytes

    def dump(self) -> bytes:
        signed = base64.b64encode(self.key_id + self.signature).decode()
        return f"{self.checkpoint.text}\n{_SIGNATURE}{self.checkpoint.origin} {signed}\n".encode()


def certificate_name(sha256: str) -> str:
    return f"certificates/{sha256}.pem"


def checked_origin(origin: str) -> str:
    """Raises `InvalidInput` for a name that cannot be one of a log."""
    if not _ORIGIN.fullmatch(origin) or len(origin) > 100 or origin.startswith("certificates"):
        raise InvalidInput(
            f"not the name of a log: {origin[:80]!r}", hint="parts of a-z, 0-9, '.', '_' and '-', divided by '/'"
        )
    return origin


def read_note(content: bytes) -> Note:
    """Only notes exactly as `Note.dump` writes them: every other spelling is refused. Raises `InvalidInput`."""
    try:
        note = _read(content[: LONGEST + 1].decode())
    except (ValueError, binascii.Error, UnicodeDecodeError) as error:
        raise InvalidInput(f"not a checkpoint: {str(error)[:100]}") from error
    if note.dump() != content:
        raise InvalidInput("not a checkpoint: it is not written as one")
    return note


def _read(text: str) -> Note:
    signed, mark, signatures = text.rpartition(f"\n\n{_SIGNATURE}")
    if not mark or len(text) > LONGEST:
        raise ValueError("no signature")
    origin, size, root, at, certificate = signed.split("\n")
    name, encoded = signatures.removesuffix("\n").split(" ")
    blob = base64.b64decode(encoded, validate=True)
    if name != origin or not re.fullmatch(r"[0-9a-f]{64}", certificate.removeprefix(_CERTIFICATE)):
        raise ValueError("another key or certificate")
    checkpoint = Checkpoint(
        origin=checked_origin(origin),
        size=int(size),
        root=base64.b64decode(root, validate=True),
        at=datetime.strptime(at.removeprefix(_TIME), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC),
        certificate=certificate.removeprefix(_CERTIFICATE),
    )
    return Note(checkpoint, blob[:4], blob[4:])
