"""Decisions and comments of people about assets, bound to what they saw and to the policy they decided under."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from colophon.domain.asset import Asset, AssetState
from colophon.domain.brief import Brief
from colophon.domain.decision_policy import DecisionPolicy, four_eyes, judge, same_name
from colophon.domain.finding import Comment, Outcome
from colophon.domain.gate import Dossier, counting_approvals
from colophon.domain.identity import new_id
from colophon.domain.judgement import Decision, Doubt
from colophon.domain.purpose import intended_of
from colophon.domain.quorum import quorum_of
from colophon.errors import InvalidInput
from colophon.ports import Assets, Clock, Orders, Reviews
from colophon.services.prospect import brief_of, expiry, terms_of

LONGEST_COMMENT = 4000  # characters


@dataclass(frozen=True, slots=True)
class Desk:
    """The ports, and the policy, by which people decide."""

    orders: Orders
    assets: Assets
    reviews: Reviews
    policy: DecisionPolicy
    clock: Clock


def check_name(name: str) -> str:
    """The name of who decides, without the space around it. Raises `InvalidInput` when nothing is left."""
    if not name.strip():
        raise InvalidInput("a decision needs the name of the person who makes it", where="--as", hint="--as NAME")
    return name.strip()


def check_approver(by: str, brief: Brief, policy: DecisionPolicy) -> str:
    """The name of one who may approve pictures of this brief, without the space around it. Raises `InvalidInput`: they
    ordered it, or are not on its list."""
    by = check_name(by)
    quorum_of(brief, four_eyes=four_eyes(policy, intended_of(brief, None))).check(by)
    return by


def decide_asset(asset_id: str, action: Literal["approve", "reject"], *, by: str, reason: str, desk: Desk) -> Asset:
    """Record the decision of ``by`` on an asset, bound to the digests of its bytes, its findings and the policy.

    The asset is approved once as many people have approved it as its brief wants. The same decision by the same person
    is not recorded twice, unless somebody decided otherwise in between or it does not count any more. Raises
    `NotFound`; `InvalidInput` without a name, by somebody who may not approve, or, where checks did not pass or
    somebody rejected it, without a reason; `Conflict` when bytes or findings changed meanwhile.
    """
    dossier = desk.reviews.dossier(asset_id)
    by, reason = check_name(by), reason.strip()
    if action == "approve":
        return _approve(dossier, by, reason, desk)
    asset = dossier.asset
    if asset.state is AssetState.REJECTED and _refused_by(by, dossier.decisions):
        return asset
    if not reason:
        raise _say_why(asset)
    desk.assets.decide(_decision(dossier, action, by, reason, desk, desk.clock.now()))
    return desk.assets.get(asset.id)


def approve_checked(campaign: str, *, by: str, desk: Desk) -> list[str]:
    """Approve every asset that the campaign's newest revision wants and that passed all checks; what waits for a
    person is left to them, and so is what only an older revision wanted. Returns those approved now; where the brief
    wants more approvals they still wait. Raises `InvalidInput` as `check_approver` does."""
    brief = Brief.model_validate_json(desk.orders.campaign(campaign).brief)
    by = check_approver(by, brief, desk.policy)
    wanted = {progress.generation.id for progress in desk.orders.wanted(campaign)}
    ready = [a for a in desk.assets.of_campaign(campaign) if a.generation in wanted and a.state is AssetState.CHECKED]
    approved = []
    for asset_id, dossier in desk.reviews.dossiers(ready).items():
        intended = intended_of(brief, dossier.asset.visual)
        passed = judge(dossier.round.findings, desk.policy, intended).outcome is Outcome.ACCEPT
        if passed and not _counts(by, dossier, desk.clock.now()):
            _approve(dossier, by, "all checks passed", desk)
            approved.append(asset_id)
    return approved


def comment_on(asset_id: str, *, by: str, text: str, desk: Desk) -> Comment:
    """Keep what a person said about an asset. Raises `NotFound`, `InvalidInput`."""
    by, text = check_name(by), text.strip()
    if not text or len(text) > LONGEST_COMMENT:
        raise InvalidInput(
            f"a comment has 1 to {LONGEST_COMMENT} characters, not {len(text)}", where="--text", hint='--text "..."'
        )
    now = desk.clock.now()
    comment = Comment(new_id("com", now), asset_id, by, text, now)
    desk.reviews.comment(comment)
    return comment


def _approve(dossier: Dossier, by: str, reason: str, desk: Desk) -> Asset:
    asset, now = dossier.asset, desk.clock.now()
    terms = terms_of(dossier, brief_of(asset, desk.orders), desk.policy)
    terms.quorum.check(by)
    if _counts(by, dossier, now):
        return asset
    if not reason and terms.needs_reason:
        raise _say_why(asset)
    expires_at = expiry(terms.doubts, by, desk.policy, terms.intended, now)
    # Both as they were weighed when found and as the policy weighs them now: a person saw the one, accepts the other.
    accepted = tuple(dict.fromkeys((*dossier.round.doubts, *terms.doubts)))
    decision = _decision(dossier, "approve", by, reason, desk, now, accepted, expires_at, terms.quorum.needed)
    desk.assets.decide(decision)
    return desk.assets.get(asset.id)


def _decision(
    dossier: Dossier,
    action: Literal["approve", "reject"],
    by: str,
    reason: str,
    desk: Desk,
    now: datetime,
    accepted: tuple[Doubt, ...] = (),
    expires_at: datetime | None = None,
    needed: int = 1,
) -> Decision:
    return Decision(
        id=new_id("dec", now),
        asset=dossier.asset.id,
        action=action,
        by=by,
        reason=reason,
        at=now,
        asset_sha256=dossier.asset.sha256,
        findings_sha256=dossier.round.findings_sha256,
        policy=desk.policy.ref,
        accepted=accepted,
        expires_at=expires_at,
        needed=needed,
    )


def _counts(by: str, dossier: Dossier, now: datetime) -> bool:
    counting = counting_approvals(dossier.asset.sha256, dossier.round, dossier.decisions, now)
    return same_name(by) in {same_name(approval.by) for approval in counting}


def _refused_by(by: str, decisions: Sequence[Decision]) -> bool:
    """Whether this person rejected it since the last decision to the contrary."""
    for decision in reversed(decisions):
        if decision.action != "reject":
            return False
        if same_name(decision.by) == same_name(by):
            return True
    return False


def _say_why(asset: Asset) -> InvalidInput:
    return InvalidInput(
        f"asset {asset.id} is {asset.state.value}: say why", where="--reason", hint='--reason "what you saw"'
    )
