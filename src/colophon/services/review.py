"""Decisions of people about assets, bound to what they saw."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Literal

from colophon.domain.asset import Asset, AssetState
from colophon.domain.finding import Decision, Finding, Outcome, decide
from colophon.domain.identity import new_id
from colophon.errors import InvalidInput
from colophon.ports import Assets, Clock, Orders


def check_name(name: str) -> str:
    """The name of who decides, without the space around it. Raises `InvalidInput` when nothing is left."""
    if not name.strip():
        raise InvalidInput("a decision needs the name of the person who makes it", where="--as", hint="--as NAME")
    return name.strip()


def decide_asset(
    asset_id: str,
    action: Literal["approve", "reject"],
    *,
    by: str,
    reason: str,
    assets: Assets,
    clock: Clock,
) -> Asset:
    """Record the decision of ``by`` on an asset, bound to the digests of its bytes and of its findings.

    The same decision by the same person is not recorded twice, unless somebody decided otherwise in between. Raises
    `NotFound`, `InvalidInput` without a name or, where checks did not pass or somebody rejected it, without a reason;
    `Conflict` when the bytes changed meanwhile.
    """
    asset = assets.get(asset_id)
    findings = assets.findings(asset_id)
    by, reason = check_name(by), reason.strip()
    wanted = AssetState.APPROVED if action == "approve" else AssetState.REJECTED
    if asset.state is wanted and _said(by, action, assets.decisions(asset_id)):
        return asset
    doubted = asset.state is AssetState.REJECTED or decide(findings) is not Outcome.ACCEPT
    if not reason and (action == "reject" or doubted):
        raise InvalidInput(
            f"asset {asset_id} is {asset.state.value}: say why", where="--reason", hint='--reason "what you saw"'
        )
    now = clock.now()
    assets.decide(
        Decision(
            id=new_id("dec", now),
            asset=asset.id,
            action=action,
            by=by,
            reason=reason,
            at=now,
            asset_sha256=asset.sha256,
            findings_sha256=findings_digest(findings),
        )
    )
    return assets.get(asset_id)


def _said(by: str, action: str, decisions: Sequence[Decision]) -> bool:
    """Whether this person decided so since the last decision to the contrary."""
    for decision in reversed(decisions):
        if decision.action != action:
            return False
        if decision.by == by:
            return True
    return False


def approve_checked(campaign: str, *, by: str, orders: Orders, assets: Assets, clock: Clock) -> list[str]:
    """Approve every asset that the campaign's newest revision wants and that passed all checks; what waits for a
    person is left to them, and so is what only an older revision wanted. Raises `InvalidInput` without a name."""
    by = check_name(by)
    wanted = {progress.generation.id for progress in orders.wanted(campaign)}
    ready = [a for a in assets.of_campaign(campaign) if a.generation in wanted and a.state is AssetState.CHECKED]
    for asset in ready:
        decide_asset(asset.id, "approve", by=by, reason="all checks passed", assets=assets, clock=clock)
    return [asset.id for asset in ready]


def findings_digest(findings: Sequence[Finding]) -> str:
    """SHA-256 over the findings as canonical JSON, so that a decision says what it was based on."""
    text = json.dumps([asdict(finding) for finding in findings], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
