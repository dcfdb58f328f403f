"""Whether the detached signature beside a list is believed: the reading side of `list_signing`."""

import base64
import binascii
import json
from datetime import datetime

from cryptography import x509

from colophon.domain.trust import TrustPolicy
from colophon.errors import SigningError
from colophon.provenance.belief import LONGEST_CHAIN, UNREADABLE, doubt_of
from colophon.provenance.keys import algorithm_of, x509_form
from colophon.provenance.list_signing import jws_name, url64

_LONGEST = 100_000  # bytes of a signature with its chain


class PolicyLists:
    """Implements `colophon.ports.ListVerifier`."""

    def __init__(self, policy: TrustPolicy) -> None:
        self._policy = policy

    def doubt(self, content: bytes, signature: bytes, at: datetime) -> str | None:
        try:
            if len(signature) > _LONGEST:
                raise ValueError("too long")
            header, nothing, signed = signature.split(b".")
            told = json.loads(_from_url64(header))
            chain = [x509.load_der_x509_certificate(base64.b64decode(each)) for each in told["x5c"][:LONGEST_CHAIN]]
            algorithm = algorithm_of(chain[0].public_key())
            if nothing or told["alg"] != jws_name(algorithm):
                raise ValueError("another algorithm")
            der = x509_form(algorithm, _from_url64(signed))
        except (ValueError, KeyError, IndexError, TypeError, RecursionError, binascii.Error, SigningError):
            return UNREADABLE
        return doubt_of(chain, der, header + b"." + url64(content), at, self._policy)


def _from_url64(text: bytes) -> bytes:
    return base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
