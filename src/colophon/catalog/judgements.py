"""Findings, rounds, decisions and comments as rows and as values."""

from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter

from colophon.catalog.review_tables import CommentRow, DecisionRow, FindingRow, RoundRow
from colophon.domain.finding import Comment, Evidence, Finding, Outcome, Verdict, findings_digest
from colophon.domain.judgement import Decision, Doubt, Judgement, PolicyRef, Round, Weight

_PARAMETERS: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])
_EVIDENCE: TypeAdapter[Evidence | None] = TypeAdapter(Evidence | None)
_DOUBTS: TypeAdapter[tuple[Doubt, ...]] = TypeAdapter(tuple[Doubt, ...])
_DECISION: TypeAdapter[Decision] = TypeAdapter(Decision)


def finding_values(asset_id: str, number: int, position: int, finding: Finding) -> dict[str, Any]:
    return {
        "asset": asset_id,
        "round": number,
        "position": position,
        "name": finding.name,
        "version": finding.version,
        "verdict": finding.verdict.value,
        "score": finding.score,
        "reasons": list(finding.reasons),
        "parameters": _PARAMETERS.dump_python(finding.parameters, mode="json"),
        "evidence": _EVIDENCE.dump_python(finding.evidence, mode="json"),
    }


def finding(row: FindingRow) -> Finding:
    return Finding(
        row.name,
        row.version,
        Verdict(row.verdict),
        row.score,
        tuple(row.reasons),
        row.parameters,
        _EVIDENCE.validate_python(row.evidence),
    )


def round_values(
    asset_id: str, number: int, findings: Sequence[Finding], judgement: Judgement, shared: int | None
) -> dict[str, Any]:
    """``shared``: the earlier round that found the same; None: none did, its findings are its own."""
    return {
        "asset": asset_id,
        "number": number,
        "findings_round": number if shared is None else shared,
        "findings_sha256": findings_digest(findings),
        "outcome": judgement.outcome.value,
        "weights": [weight.value for weight in judgement.weights],
        "absent": list(judgement.absent),
        "policy": judgement.policy.name,
        "policy_version": judgement.policy.version,
        "policy_sha256": judgement.policy.sha256,
    }


def round_(row: RoundRow, findings: Sequence[FindingRow]) -> Round:
    """``findings`` are the rows of the round that it names, in their order."""
    policy = PolicyRef(row.policy, row.policy_version, row.policy_sha256)
    weights = tuple(Weight(weight) for weight in row.weights)
    return Round(
        asset=row.asset,
        number=row.number,
        at=row.checked_at,
        occasion="ingest" if row.occasion == "ingest" else "again",
        findings=tuple(finding(found) for found in findings),
        findings_sha256=row.findings_sha256,
        judgement=Judgement(policy, Outcome(row.outcome), weights, tuple(row.absent)),
    )


def decision_values(decision: Decision) -> dict[str, Any]:
    policy = decision.policy
    return {
        "id": decision.id,
        "asset": decision.asset,
        "action": decision.action,
        "decided_by": decision.by,
        "reason": decision.reason,
        "decided_at": decision.at,
        "asset_sha256": decision.asset_sha256,
        "findings_sha256": decision.findings_sha256,
        "actor": decision.actor,
        "policy": policy.name if policy else None,
        "policy_version": policy.version if policy else None,
        "policy_sha256": policy.sha256 if policy else None,
        "accepted": _DOUBTS.dump_python(decision.accepted, mode="json"),
        "expires_at": decision.expires_at,
        "needed": decision.needed,
    }


def decision(row: DecisionRow) -> Decision:
    named = row.policy is not None and row.policy_version is not None and row.policy_sha256 is not None
    policy = {"name": row.policy, "version": row.policy_version, "sha256": row.policy_sha256} if named else None
    kept = row.model_dump(exclude={"decided_by", "decided_at", "policy", "policy_version", "policy_sha256"})
    return _DECISION.validate_python({**kept, "by": row.decided_by, "at": row.decided_at, "policy": policy})


def comment(row: CommentRow) -> Comment:
    return Comment(row.id, row.asset, row.said_by, row.text, row.said_at)
