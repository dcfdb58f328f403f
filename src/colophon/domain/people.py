"""Whether a generated picture shows people: the fact that rules on disclosure ask about."""

from collections.abc import Sequence

from colophon.domain.finding import Finding, Verdict

CHECK = "people"
SYNTHETIC = "synthetic_person"
YES, NO, UNKNOWN = "yes", "no", "unknown"


def synthetic_person(findings: Sequence[Finding]) -> bool | None:
    """Whether the picture shows a person that a model made, by the newest finding of the check "people". None: nobody
    looked, the detector was in doubt, or the people were brought in from outside and may be real. False says that the
    detector found nobody, no more."""
    for finding in reversed(findings):
        if finding.name == CHECK:
            said = finding.parameters.get(SYNTHETIC)
            known = finding.verdict is not Verdict.UNKNOWN and said in (YES, NO)
            return said == YES if known else None
    return None


def synthetic_person_word(findings: Sequence[Finding]) -> str:
    """The same as ``yes``, ``no`` or ``unknown``."""
    return {True: YES, False: NO, None: UNKNOWN}[synthetic_person(findings)]
