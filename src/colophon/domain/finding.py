"""Findings of checks: what each found, and the pictures that show it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import TypeAdapter

from colophon.domain.sketch import Sketch


class Verdict(StrEnum):
    PASS = "pass"  # noqa: S105 - a verdict, not a password
    REVIEW = "review"
    FAIL = "fail"
    UNKNOWN = "unknown"  # the check could not run: never counted as passed


@dataclass(frozen=True, slots=True)
class Evidence:
    """A picture that shows what a finding says: an object of the store, and what is to be seen in it, in words."""

    sha256: str
    media_type: str
    width: int
    height: int
    shows: str


@dataclass(frozen=True, slots=True)
class Finding:
    """The written result of one check. ``score`` means what the check's documentation says; None: it has none.
    ``parameters`` are the thresholds it was judged by, so the finding can be read years later. ``sketch`` says how its
    evidence can be drawn; it is not kept, ``evidence`` is what was made of it."""

    name: str
    version: str
    verdict: Verdict
    score: float | None = None
    reasons: tuple[str, ...] = ()
    parameters: dict[str, object] = field(default_factory=dict)
    evidence: Evidence | None = None
    sketch: Sketch | None = field(default=None, compare=False, repr=False)


class Outcome(StrEnum):
    ACCEPT = "accept"
    HOLD = "hold"
    REJECT = "reject"


_PARAMETERS: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])


def finding_view(finding: Finding) -> dict[str, object]:
    """Its members as plain data, the same before it is on record and after. Without evidence it has none of that name,
    as findings had before there was any."""
    view: dict[str, object] = {
        "name": finding.name,
        "version": finding.version,
        "verdict": finding.verdict.value,
        "score": None if finding.score is None else float(finding.score),
        "reasons": list(finding.reasons),
        "parameters": _PARAMETERS.dump_python(finding.parameters, mode="json"),
    }
    if finding.evidence is not None:
        view["evidence"] = asdict(finding.evidence)
    return view


def findings_digest(findings: Sequence[Finding]) -> str:
    """SHA-256 over the findings as canonical JSON, so that a decision says what it was based on."""
    views = [finding_view(finding) for finding in findings]
    text = json.dumps(views, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Comment:
    """What a person said about an asset; it decides nothing."""

    id: str
    asset: str
    by: str
    text: str
    at: datetime


Action = Literal["approve", "reject", "hold"]
