"""What a decision policy made of findings, the rounds in which an asset was checked, and decisions on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from colophon.domain.finding import Action, Finding, Outcome, Verdict


class Weight(StrEnum):
    """What one finding counts: nothing, a person must look, or the picture is refused."""

    NOTE = "note"
    HOLD = "hold"
    REJECT = "reject"

    @property
    def rank(self) -> int:
        return _RANKS[self]


_RANKS = {Weight.NOTE: 0, Weight.HOLD: 1, Weight.REJECT: 2}
OUTCOMES = {Weight.NOTE: Outcome.ACCEPT, Weight.HOLD: Outcome.HOLD, Weight.REJECT: Outcome.REJECT}


@dataclass(frozen=True, slots=True)
class PolicyRef:
    """Which decision policy: its name, version and the digest of its content."""

    name: str
    version: str
    sha256: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A finding that counts: a person who approves does so in spite of it."""

    check: str
    verdict: Verdict
    weight: Weight
    reasons: tuple[str, ...] = ()

    def covers(self, other: "Doubt") -> bool:
        """Whether who accepted this one accepted the other: the same said by the same check, and no worse."""
        same = self.check == other.check and set(other.reasons) <= set(self.reasons)
        milder = other.verdict in (self.verdict, Verdict.REVIEW) and other.weight.rank <= self.weight.rank
        return same and milder


@dataclass(frozen=True, slots=True)
class Judgement:
    """``weights`` are those of the findings, in their order. ``absent`` are checks that the policy requires and of
    which there is no finding; each of them holds."""

    policy: PolicyRef
    outcome: Outcome
    weights: tuple[Weight, ...]
    absent: tuple[str, ...] = ()

    def doubts(self, findings: Sequence[Finding]) -> tuple[Doubt, ...]:
        found = [
            Doubt(finding.name, finding.verdict, weight, finding.reasons)
            for finding, weight in zip(findings, self.weights, strict=True)
            if weight is not Weight.NOTE
        ]
        missing = [Doubt(name, Verdict.UNKNOWN, Weight.HOLD, ("there is no finding of it",)) for name in self.absent]
        return (*found, *missing)


@dataclass(frozen=True, slots=True)
class Round:
    """One time an asset was checked: what was found, and what the policy made of it. The first is number 1."""

    asset: str
    number: int
    at: datetime
    occasion: Literal["ingest", "again"]
    findings: tuple[Finding, ...]
    findings_sha256: str
    judgement: Judgement

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        return self.judgement.doubts(self.findings)


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's or a policy's word on an asset, bound to the digest of its bytes and of the findings they saw.

    ``actor``: by a person, or by a policy when findings changed or an approval ran out. ``policy`` is the one that was
    in force; None: before policies had versions. ``accepted`` are the doubts an approval was given in spite of, and it
    ends at ``expires_at``. ``needed`` is how many people have to approve, as the brief had it then."""

    id: str
    asset: str
    action: Action
    by: str
    reason: str
    at: datetime
    asset_sha256: str
    findings_sha256: str
    actor: Literal["person", "policy"] = "person"
    policy: PolicyRef | None = None
    accepted: tuple[Doubt, ...] = ()
    expires_at: datetime | None = None
    needed: int = 1
