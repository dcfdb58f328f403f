"""Which entries of the trust policy vouch for a signer at a moment: a path of certificates up to one of theirs.

The library answers this for now only, and for all entries together. Paths are validated by `cryptography`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

_MAX_TEXT = 300
# The library checks the C2PA profile of the leaf; here paths are asked for, of authorities that are authorities.
_AUTHORITIES = ExtensionPolicy.permit_all().require_present(x509.BasicConstraints, Criticality.AGNOSTIC, None)
_LEAVES = ExtensionPolicy.permit_all()


class Entry:
    """One entry of the policy for claim signers, made ready: its certificates, and the days between which it counts."""

    def __init__(self, anchor: Mapping[str, Any]) -> None:
        self.name: str = anchor["name"]
        pem = "\n".join(anchor["pins"]) or anchor["pem"]
        listed = x509.load_pem_x509_certificates(pem.encode())
        self._store = Store(listed)
        self._pins = listed if anchor["pins"] else None  # an authority among them would vouch for all it has issued
        self._first = date.fromisoformat(anchor["valid_from"]) if anchor.get("valid_from") else None
        self._last = date.fromisoformat(anchor["valid_until"]) if anchor.get("valid_until") else None

    def vouches(self, chain: Sequence[x509.Certificate], at: datetime) -> bool:
        day = at.astimezone(UTC).date()
        if not (self._first or day) <= day <= (self._last or day):
            return False
        if self._pins is not None and chain[0] not in self._pins:
            return False
        policy = PolicyBuilder().store(self._store).time(at)
        verifier = policy.extension_policies(ca_policy=_AUTHORITIES, ee_policy=_LEAVES).build_client_verifier()
        try:
            verifier.verify(chain[0], list(chain[1:]))
        except (VerificationError, ValueError):
            return False
        return True


@dataclass(frozen=True)
class _Asked:
    """Answers are kept for a minute: most files of a house are signed by few certificates."""

    chain: tuple[bytes, ...]
    entries: tuple[Entry, ...]
    purposes: tuple[str, ...]
    minute: datetime
    at: datetime = field(compare=False)


def signer(
    chain: Sequence[bytes], entries: tuple[Entry, ...], purposes: tuple[str, ...], at: datetime
) -> dict[str, object] | None:
    """Facts of the leaf, and the names of the entries that vouch for it at a moment; None without a readable chain.

    ``chain`` has the certificates' digests, ``bounds`` the moments at which one of them begins or ends. An unlisted
    purpose is vouched for by nobody.
    """
    return _signer(_Asked(tuple(chain), entries, purposes, at.replace(second=0, microsecond=0), at))


@lru_cache(maxsize=256)
def _signer(asked: _Asked) -> dict[str, object] | None:
    try:
        certificates = [x509.load_der_x509_certificate(der) for der in asked.chain]
        if not certificates:
            return None
        leaf = certificates[0]
        fits = _fits(leaf, asked.purposes)
        return {
            "chain": [hashlib.sha256(der).hexdigest() for der in asked.chain],
            "serial": f"{leaf.serial_number:x}",
            "issuer": leaf.issuer.rfc4514_string()[:_MAX_TEXT],
            "begins": leaf.not_valid_before_utc.isoformat(),
            "ends": leaf.not_valid_after_utc.isoformat(),
            "bounds": sorted({moment.isoformat() for c in certificates for moment in _validity(c)}),
            "entries": [entry.name for entry in asked.entries if fits and entry.vouches(certificates, asked.at)],
        }
    except (ValueError, TypeError, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return None


def _fits(leaf: x509.Certificate, purposes: Sequence[str]) -> bool:
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    stated = {purpose.dotted_string for purpose in usage}
    return bool(stated & set(purposes)) and ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE.dotted_string not in stated


def _validity(certificate: x509.Certificate) -> tuple[datetime, datetime]:
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc
