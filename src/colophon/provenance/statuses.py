"""Which validation statuses are problems, whom they concern, and what they say about stamps and revocation.

For the whole file the library reports about ancestors only what no ingredient has recorded, so a record can hide a
fresh failure of the same code. So every recorded failure counts, whichever list it is filed in; and what depends on the
clock and on whom the policy believes is never taken from a record, but found out anew (`colophon.confined.vouching`).
"""

import re
from collections.abc import Iterable, Iterator

from colophon.domain.provenance import Revocation, Stamp
from colophon.provenance.report import Report, Status

# The library's answers under the clock of the machine and all anchors together.
OF_THE_MOMENT = frozenset(
    {"signingCredential.untrusted", "signingCredential.expired", "claimSignature.outsideValidity"}
)

# Endings of the failure codes of the C2PA specification (section "Standard status codes").
_FAILURE = re.compile(
    r"\.(mismatch|missing|malformed|invalid|untrusted|expired|revoked|outsideValidity|inaccessible|multiple\w*|undeclared"
    r"|notRedacted|selfRedacted|required\w*|unsupported)$"
)
# What the library files as information: the signature holds without its stamp.
_SPOILT_STAMP = frozenset({"timeStamp.mismatch", "timeStamp.malformed", "timeStamp.outsideValidity"})
# CAWG identity assertions say who stands behind a picture; with no network they can seldom be checked.
_ABOUT_CREDENTIALS = ("signingCredential.", "timeStamp.", "claimSignature.outsideValidity", "policy.", "cawg.")


def is_problem(status: Status) -> bool:
    """A failure by its list, or by its code in another one. Time stamps have a part of the verdict of their own."""
    if status.code in OF_THE_MOMENT:
        return False
    if status.code.startswith("timeStamp."):
        return status.filed == "failure"
    return status.filed == "failure" or _FAILURE.search(status.code) is not None


def problems_by_manifest(report: Report) -> dict[str, list[str]]:
    """Codes of all problems, fresh and recorded, by the manifest they concern."""
    found: dict[str, list[str]] = {label: [] for label in report.manifests}
    for status in everything(report):
        codes = found.setdefault(status.label, [])
        if is_problem(status) and status.code not in codes:
            codes.append(status.code)
    return found


def everything(report: Report) -> Iterator[Status]:
    """What the library says of the file, what it says of stamps, and what ingredients of any depth recorded."""
    yield from report.statuses
    for own in report.stamps.values():
        yield from own
    for manifest in report.manifests.values():
        for ingredient in manifest.ingredients:
            yield from ingredient.recorded


def breaks(code: str) -> bool:
    """Whether a problem says that bytes or a signature do not fit; the others are about who signed."""
    return not code.startswith(_ABOUT_CREDENTIALS)


def stamp(label: str, report: Report) -> Stamp:
    """Only the time-stamp anchors make a stamp trusted, and a record of somebody else makes none."""
    own = report.stamps.get(label, ())
    said = [s for s in report.statuses if s.label == label and s.code.startswith("timeStamp.")]
    if any(s.filed == "failure" for s in own) or any(s.filed == "failure" or s.code in _SPOILT_STAMP for s in said):
        return "invalid"
    if any(s.code == "timeStamp.trusted" and s.filed == "success" for s in own):
        return "trusted"
    return "untrusted" if own or report.manifests[label].time else "absent"


def revocation(label: str, statuses: Iterable[Status]) -> Revocation:
    """What a response that travels in the manifest says; the library asks no service."""
    said = {s.code.rpartition(".")[2] for s in statuses if s.code.startswith("signingCredential.") and s.label == label}
    if "revoked" in said:
        return "revoked"
    return "not_revoked" if "notRevoked" in said else "not_checked"
