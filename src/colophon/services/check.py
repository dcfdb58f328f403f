"""Run every check on a picture and write down what each found; one that cannot run is ``unknown``."""

from collections.abc import Sequence
from dataclasses import dataclass

from colophon.domain.asked import Asked
from colophon.domain.asset import Asset
from colophon.domain.finding import Finding, Verdict
from colophon.domain.provenance import Provenance
from colophon.domain.route import Expected
from colophon.errors import CheckError
from colophon.ports import Check


@dataclass(frozen=True, slots=True)
class Picture:
    """A candidate: the bytes, what a decoder found in them, what their manifests say, the size ordered, what the
    manifests should say, and what its brief asks of its look. The last three are None for a picture from outside."""

    content: bytes
    asset: Asset
    provenance: Provenance
    ordered_size: tuple[int, int] | None
    expected: Expected | None
    asked: Asked | None = None


def run_checks(checks: Sequence[Check], picture: Picture) -> tuple[Finding, ...]:
    """One finding a check, in the order of the checks."""
    return tuple(_run(check, picture) for check in checks)


def _run(check: Check, picture: Picture) -> Finding:
    try:
        return check(picture)
    except CheckError as error:
        return Finding(check.name, check.version, Verdict.UNKNOWN, reasons=(error.message,))
