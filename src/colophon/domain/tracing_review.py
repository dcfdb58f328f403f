"""What was found, said and decided about an asset, as pieces of the lineage graph."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from pydantic import JsonValue, TypeAdapter

from colophon.domain.dossier import Dossier
from colophon.domain.finding import Comment, Finding
from colophon.domain.judgement import Decision, Round
from colophon.domain.lineage import EdgeKind, Node, NodeKind, facts, node_id
from colophon.domain.lineage_pieces import Piece, edge, moment, person

_PLAIN: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


def pieces_of_review(dossier: Dossier, asset: str) -> Iterator[Piece]:
    own = node_id(NodeKind.ASSET, asset)
    first: dict[str, Round] = {}  # which found it first, by the digest of the findings
    for when in dossier.rounds:
        before = first.setdefault(when.findings_sha256, when)
        yield from _round(when, before, own)
        if before is when:
            for position, finding in enumerate(when.findings):
                yield from _check(when, position, finding, own)
        for position in range(len(when.findings)):
            yield edge(EdgeKind.FOUND, round_id(when), _check_id(before, position))
    for decision in dossier.decisions:
        yield from _decision(decision, own)
    for comment in dossier.comments:
        yield from _comment(comment, own)


def round_id(when: Round) -> str:
    return node_id(NodeKind.ROUND, f"{when.asset}/{when.number}")


def _check_id(when: Round, position: int) -> str:
    return node_id(NodeKind.CHECK, f"{when.asset}/{when.number}/{position}")


def _round(when: Round, before: Round, asset: str) -> Iterator[Piece]:
    policy = when.judgement.policy
    yield Node(
        id=round_id(when),
        kind=NodeKind.ROUND,
        name=f"round {when.number} of checks",
        at=moment(when.at),
        state=when.judgement.outcome.value,
        facts=facts(
            {
                "round": when.number,
                "occasion": when.occasion,
                "policy": f"{policy.name} {policy.version}",
                "policy_sha256": policy.sha256,
                "findings_sha256": when.findings_sha256,
                "same_as_round": None if before is when else before.number,
                "weights": [weight.value for weight in when.judgement.weights],
                "absent": list(when.judgement.absent),
            }
        ),
    )
    yield edge(EdgeKind.EXAMINED_IN, asset, round_id(when))


def _check(when: Round, position: int, finding: Finding, asset: str) -> Iterator[Piece]:
    yield Node(
        id=_check_id(when, position),
        kind=NodeKind.CHECK,
        name=finding.name,
        at=moment(when.at),
        state=finding.verdict.value,
        facts=facts(
            {
                "round": when.number,
                "policy": f"{when.judgement.policy.name} {when.judgement.policy.version}",
                "version": finding.version,
                "score": finding.score,
                "reasons": list(finding.reasons),
                "parameters": _PLAIN.validate_json(json.dumps(finding.parameters)),
                "evidence": asdict(finding.evidence) if finding.evidence else None,
            }
        ),
    )
    yield edge(EdgeKind.TESTED_BY, asset, _check_id(when, position))


def _decision(decision: Decision, asset: str) -> Iterator[Piece]:
    own = node_id(NodeKind.DECISION, decision.id)
    if decision.actor == "person":
        yield from person(decision.by)
    yield Node(
        id=own,
        kind=NodeKind.DECISION,
        name=f"{decision.action} by {decision.by}",
        at=moment(decision.at),
        state=decision.action,
        facts=facts(
            {
                "by": decision.by,
                "reason": decision.reason,
                "asset_sha256": decision.asset_sha256,
                "findings_sha256": decision.findings_sha256,
                "actor": decision.actor,
                "policy": f"{decision.policy.name} {decision.policy.version}" if decision.policy else None,
                "policy_sha256": decision.policy.sha256 if decision.policy else None,
                "accepted": [f"{doubt.check} {doubt.verdict.value}" for doubt in decision.accepted],
                "expires_at": moment(decision.expires_at),
                "needed": decision.needed,
            }
        ),
    )
    yield edge(EdgeKind.DECIDED_BY, asset, own)
    if decision.actor == "person":
        yield edge(EdgeKind.ACTED_IN, node_id(NodeKind.PERSON, decision.by), own)


def _comment(comment: Comment, asset: str) -> Iterator[Piece]:
    own = node_id(NodeKind.COMMENT, comment.id)
    yield from person(comment.by)
    yield Node(
        id=own,
        kind=NodeKind.COMMENT,
        name=f"comment by {comment.by}",
        at=moment(comment.at),
        facts={"by": comment.by, "text": comment.text},
    )
    yield edge(EdgeKind.REMARKED_ON, asset, own)
    yield edge(EdgeKind.ACTED_IN, node_id(NodeKind.PERSON, comment.by), own)
