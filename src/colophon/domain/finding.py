"""Findings of checks, and the rule by which they decide about a picture."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105 - a verdict, not a password
    REVIEW = "review"
    FAIL = "fail"
    UNKNOWN = "unknown"  # the check could not run: never counted as passed


@dataclass(frozen=True, slots=True)
class Finding:
    """The written result of one check. ``score`` means what the check's documentation says; None: it has none.
    ``parameters`` are the thresholds it was judged by, so the finding can be read years later."""

    name: str
    version: str
    verdict: Verdict
    score: float | None = None
    reasons: tuple[str, ...] = ()
    parameters: dict[str, object] = field(default_factory=dict)


class Outcome(StrEnum):
    ACCEPT = "accept"
    HOLD = "hold"
    REJECT = "reject"


def decide(findings: Sequence[Finding]) -> Outcome:
    """No findings is not a pass; one fail rejects; anything but a pass waits for a person."""
    verdicts = {finding.verdict for finding in findings}
    if Verdict.FAIL in verdicts:
        return Outcome.REJECT
    return Outcome.ACCEPT if verdicts == {Verdict.PASS} else Outcome.HOLD


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's word on an asset, bound to the digest of its bytes and of the findings they saw."""

    id: str
    asset: str
    action: Literal["approve", "reject"]
    by: str
    reason: str
    at: datetime
    asset_sha256: str
    findings_sha256: str
