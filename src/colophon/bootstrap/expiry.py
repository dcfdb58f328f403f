"""Certificates that end soon: the signing chain's, and those of anchors in force."""

from dataclasses import dataclass
from datetime import datetime

from colophon.bootstrap.certificates import WARN_DAYS, ending
from colophon.bootstrap.runtime import Runtime
from colophon.bootstrap.signing import signing_chain
from colophon.provenance import CertificateFacts, certificate_facts


@dataclass(frozen=True, slots=True)
class EndingCertificate:
    """``days_left`` is negative once it has ended."""

    use: str
    subject: str
    not_after: datetime
    days_left: int


def ending_certificates(rt: Runtime) -> list[EndingCertificate]:
    """Soonest first. Raises `InvalidInput` when chain or policy cannot be read."""
    now = rt.clock.now()
    signing = certificate_facts(signing_chain(rt.settings), now=now)
    found = [_ending("signing", each) for each in signing if each.days_left < WARN_DAYS]
    found += [_ending(f"anchor {name}", each) for name, each in ending(rt.trust_policy, now)]
    return sorted(found, key=lambda each: each.days_left)


def _ending(use: str, facts: CertificateFacts) -> EndingCertificate:
    return EndingCertificate(use, facts.subject, facts.not_after, facts.days_left)
