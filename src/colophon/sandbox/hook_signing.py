"""Signing webhooks the vendors' ways. Replicate's and fal's keys are kept in the folder; BFL's comes with the order."""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from colophon.sandbox.files import locked, write_whole

_JSON = {"Content-Type": "application/json"}


def bfl_headers(body: bytes, secret: str | None, *, bare: bool, own_key: bool) -> dict[str, str]:
    """``X-BFL-Signature`` over the raw body; with ``bare`` the secret itself, as the parameter tables have it."""
    if secret is None:
        return dict(_JSON)
    key = secret if own_key else secrets.token_hex(16)
    if bare:
        return _JSON | {"X-Webhook-Secret": key}
    return _JSON | {"X-BFL-Signature": f"sha256={hmac.new(key.encode(), body, hashlib.sha256).hexdigest()}"}


def standard_headers(folder: Path, body: bytes, message_id: str, when: datetime, *, own_key: bool) -> dict[str, str]:
    """Standard Webhooks: HMAC-SHA256 over id, timestamp and raw body."""
    key = base64.b64decode(replicate_secret(folder).removeprefix("whsec_")) if own_key else secrets.token_bytes(24)
    stamp = str(int(when.timestamp()))
    signature = hmac.new(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    told = f"v1,{base64.b64encode(signature).decode()}"
    return _JSON | {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": told}


def fal_headers(
    folder: Path, body: bytes, request_id: str, user: str, when: datetime, *, own_key: bool
) -> dict[str, str]:
    """Ed25519 over request id, user id, timestamp and the digest of the raw body."""
    key = _fal_key(folder) if own_key else Ed25519PrivateKey.generate()
    stamp = str(int(when.timestamp()))
    signed = "\n".join((request_id, user, stamp, hashlib.sha256(body).hexdigest()))
    return _JSON | {
        "X-Fal-Webhook-Request-Id": request_id,
        "X-Fal-Webhook-User-Id": user,
        "X-Fal-Webhook-Timestamp": stamp,
        "X-Fal-Webhook-Signature": key.sign(signed.encode()).hex(),
    }


def replicate_secret(folder: Path) -> str:
    raw = _kept(folder, "replicate-webhook.key", secrets.token_bytes(24))
    return f"whsec_{base64.b64encode(raw).decode()}"


def fal_key_set(folder: Path) -> dict[str, object]:
    """The public key as a JSON Web Key Set."""
    raw = _fal_key(folder).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    x = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    kid = hashlib.sha256(raw).hexdigest()[:16]
    return {"keys": [{"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid, "x": x}]}


def _fal_key(folder: Path) -> Ed25519PrivateKey:
    new = Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return Ed25519PrivateKey.from_private_bytes(_kept(folder, "fal-webhook.key", new))


def _kept(folder: Path, name: str, new: bytes) -> bytes:
    path = folder / "pki" / name
    with locked(folder / "pki.lock"):
        if not path.exists():
            write_whole(path, new, mode=0o600)
        return path.read_bytes()
