"""Which validation statuses are problems, whom they concern, and whose signer an anchor vouches for.

For the whole file the library reports about ancestors only what no ingredient has recorded, so a record can hide a
fresh failure of the same code. Two rules follow: trust comes from fresh statuses alone, and every recorded failure
counts, whichever list it is filed in.
"""

import re
from collections.abc import Iterator

from colophon.provenance.report import Own, Report, Status

_TRUSTED = "signingCredential.trusted"
_UNTRUSTED = "signingCredential.untrusted"

# Endings of the failure codes of the C2PA specification (section "Standard status codes").
_FAILURE = re.compile(
    r"\.(mismatch|missing|malformed|invalid|untrusted|expired|revoked|outsideValidity|inaccessible|multiple\w*|undeclared"
    r"|notRedacted|selfRedacted|required\w*|unsupported)$"
)


def is_problem(status: Status) -> bool:
    """A failure by its list, or by its code in another one. Time stamps have a part of the verdict of their own."""
    if status.code.startswith("timeStamp."):
        return status.filed == "failure"
    return status.filed == "failure" or _FAILURE.search(status.code) is not None


def vouching(label: str, report: Report) -> tuple[str, ...]:
    """The claim anchors, by name, that vouch for the manifest's signer.

    The library takes a certificate under a time-stamp anchor for a claim signer too; one that is trusted there is
    not counted here.
    """
    if _trusted(label, report.stamps_only):
        return ()
    return tuple(name for name, view in report.views.items() if _trusted(label, view))


def _trusted(label: str, view: Own) -> bool:
    own = view.get(label, ())
    against = any(status.code.startswith("signingCredential.") and is_problem(status) for status in own)
    return not against and any(status.code == _TRUSTED and status.filed == "success" for status in own)


def problems_by_manifest(report: Report, vouched: dict[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """Codes of all problems, fresh and recorded, by the manifest they concern; a signer who is trusted now is not
    blamed for having been unknown to whoever recorded it."""
    found: dict[str, list[str]] = {}
    for status in (*report.statuses, *_fresh(report), *_recorded(report)):
        forgiven = status.code == _UNTRUSTED and vouched.get(status.label)
        codes = found.setdefault(status.label, [])
        if is_problem(status) and not forgiven and status.code not in codes:
            codes.append(status.code)
    return found


def _fresh(report: Report) -> Iterator[Status]:
    for own in report.fresh.values():
        yield from own


def _recorded(report: Report) -> Iterator[Status]:
    """What ingredients of any depth say about their manifests."""
    for manifest in report.manifests.values():
        for ingredient in manifest.ingredients:
            yield from ingredient.recorded
