"""C2PA: reading manifests and judging them under a trust policy, signing renditions, development certificates."""

from colophon.provenance.library import library_version
from colophon.provenance.pki import CertificateFacts, certificate_facts, make_development_ca
from colophon.provenance.reader import C2paReader
from colophon.provenance.selftest import require_self_test, self_test, stamp_verdict
from colophon.provenance.signer import C2paSigner
from colophon.provenance.stamps import StampService

__all__ = [
    "C2paReader",
    "C2paSigner",
    "CertificateFacts",
    "StampService",
    "certificate_facts",
    "library_version",
    "make_development_ca",
    "require_self_test",
    "self_test",
    "stamp_verdict",
]
