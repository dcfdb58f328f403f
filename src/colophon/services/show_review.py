"""What was found about an asset, what was decided and said, as plain data."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from colophon.domain.finding import Comment, Finding
from colophon.domain.judgement import Decision, Doubt, PolicyRef, Round, Weight
from colophon.ports import Catalog
from colophon.services.times import time_text

View = dict[str, Any]
Address = Callable[[str], str]


def review_view(asset_id: str, *, catalog: Catalog, address: Address) -> View:
    """``checks`` are the newest round's, ``checks_history`` all rounds, oldest first."""
    rounds = catalog.reviews.rounds(asset_id)
    newest = rounds[-1]
    return {
        "checks": _checks(newest, address),
        "policy": _policy(newest.judgement.policy),
        "absent": list(newest.judgement.absent),
        "checks_history": [round_view(each, address) for each in rounds],
        "decisions": [decision_view(each) for each in catalog.assets.decisions(asset_id)],
        "comments": comments_view(catalog.reviews.comments(asset_id)),
    }


def round_view(found: Round, address: Address) -> View:
    return {
        "round": found.number,
        "at": time_text(found.at),
        "occasion": found.occasion,
        "outcome": found.judgement.outcome.value,
        "policy": _policy(found.judgement.policy),
        "absent": list(found.judgement.absent),
        "findings_sha256": found.findings_sha256,
        "checks": _checks(found, address),
    }


def decision_view(decision: Decision) -> View:
    return {
        "id": decision.id,
        "asset": decision.asset,
        "action": decision.action,
        "by": decision.by,
        "actor": decision.actor,
        "reason": decision.reason,
        "at": time_text(decision.at),
        "asset_sha256": decision.asset_sha256,
        "findings_sha256": decision.findings_sha256,
        "policy": _policy(decision.policy) if decision.policy else None,
        "in_spite_of": [doubt_view(doubt) for doubt in decision.accepted],
        "expires_at": time_text(decision.expires_at),
        "needed": decision.needed,
    }


def comments_view(comments: Sequence[Comment]) -> list[View]:
    return [{"id": c.id, "by": c.by, "at": time_text(c.at), "text": c.text} for c in comments]


def doubt_view(doubt: Doubt) -> View:
    return {
        "check": doubt.check,
        "verdict": doubt.verdict.value,
        "outcome": doubt.weight.value,
        "reasons": list(doubt.reasons),
    }


def _checks(found: Round, address: Address) -> list[View]:
    weighed = zip(found.findings, found.judgement.weights, strict=True)
    return [_finding(finding, weight, address) for finding, weight in weighed]


def _finding(finding: Finding, weight: Weight, address: Address) -> View:
    shown = finding.evidence
    return {
        "name": finding.name,
        "version": finding.version,
        "verdict": finding.verdict.value,
        "score": finding.score,
        "reasons": list(finding.reasons),
        "parameters": finding.parameters,
        "outcome": weight.value,
        "evidence": asdict(shown) | {"path_or_key": address(shown.sha256)} if shown else None,
    }


def _policy(policy: PolicyRef) -> View:
    return {"name": policy.name, "version": policy.version, "sha256": policy.sha256}
