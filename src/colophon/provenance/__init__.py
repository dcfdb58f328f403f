"""C2PA: reading manifests and judging them under a trust policy, signing renditions, development certificates."""

from colophon.provenance.pki import CertificateFacts, certificate_facts, make_development_ca
from colophon.provenance.reader import C2paReader
from colophon.provenance.selftest import self_test
from colophon.provenance.signer import C2paSigner

__all__ = [
    "C2paReader",
    "C2paSigner",
    "CertificateFacts",
    "certificate_facts",
    "make_development_ca",
    "self_test",
]
