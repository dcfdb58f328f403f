"""The gate before the public: whether what people approved is still what is there.

An approval is bound to the bytes, to what was found and to what its giver accepted of it. It counts while the bytes are
the same, the newest round of checks raises no doubt that its giver did not accept, and its time has not run out. A
round with other findings but without a new doubt (a check that passes now, a higher version of one) leaves it as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from colophon.domain.asset import Asset, AssetState
from colophon.domain.decision_policy import same_name
from colophon.domain.finding import Action, Outcome
from colophon.domain.judgement import Decision, Doubt, Round


@dataclass(frozen=True, slots=True)
class Dossier:
    """What there is to know of an asset before it is published: the newest round of its checks, and what was decided,
    oldest first."""

    asset: Asset
    round: Round
    decisions: tuple[Decision, ...] = ()


def may_publish(dossier: Dossier, now: datetime) -> str | None:
    """None: it may be public. Otherwise why not, in words."""
    asset = dossier.asset
    if asset.state is not AssetState.APPROVED:
        return f"it is {asset.state.value}, not approved"
    since = _since_refusal(dossier.decisions)
    if not since:
        return "there is no approval on record"
    counting = counting_approvals(asset.sha256, dossier.round, dossier.decisions, now)
    if len(counting) >= since[-1].needed:
        return None
    return why_void(since[-1], asset.sha256, dossier.round, now) or (
        f"{len(counting)} of the {since[-1].needed} approvals it needs count now"
    )


def counting_approvals(
    asset_sha256: str, present: Round, decisions: Sequence[Decision], now: datetime
) -> tuple[Decision, ...]:
    """The approvals since the last word to the contrary that still hold, the newest of each person."""
    newest = {same_name(decision.by): decision for decision in _since_refusal(decisions)}
    return tuple(d for d in newest.values() if why_void(d, asset_sha256, present, now) is None)


def why_void(approval: Decision, asset_sha256: str, present: Round, now: datetime) -> str | None:
    """Why an approval does not count any more; None: it does."""
    if approval.asset_sha256 != asset_sha256:
        return f"{approval.by} approved other bytes"
    if approval.expires_at is not None and approval.expires_at <= now:
        return f"the approval by {approval.by} ended at {approval.expires_at:%Y-%m-%d %H:%M} UTC"
    fresh = new_doubts(present, approval.accepted)
    if fresh:
        told = "; ".join(f"{doubt.check} {doubt.verdict.value}" for doubt in fresh)
        return f"{approval.by} approved before this was found: {told}"
    return None


def new_doubts(present: Round, accepted: Sequence[Doubt]) -> tuple[Doubt, ...]:
    """The doubts of a round that are not among those accepted, or graver than there."""
    return tuple(doubt for doubt in present.doubts if not any(known.covers(doubt) for known in accepted))


@dataclass(frozen=True, slots=True)
class Turn:
    """Where an asset goes, and the decision the policy takes for it, with why; None: nothing is decided."""

    state: AssetState
    action: Action | None = None
    reason: str = ""


_STATES = {
    Outcome.ACCEPT: AssetState.CHECKED,
    Outcome.HOLD: AssetState.HELD,
    Outcome.REJECT: AssetState.REJECTED,
}


def turn(dossier: Dossier, now: datetime) -> Turn:
    """What becomes of an asset after a new round of checks, or after some time.

    What people approved stays so while their approvals count, else the policy holds or rejects it. What a person
    rejected stays rejected. All else goes where the policy's answer to the newest round sends it."""
    state, present = dossier.asset.state, dossier.round
    if state is AssetState.APPROVED:
        why = may_publish(dossier, now)
        if why is None:
            return Turn(state)
        rejected = present.judgement.outcome is Outcome.REJECT and _worse(dossier)
        return Turn(AssetState.REJECTED, "reject", why) if rejected else Turn(AssetState.HELD, "hold", why)
    last = dossier.decisions[-1] if dossier.decisions else None
    if state is AssetState.REJECTED and last is not None and last.action == "reject" and last.actor == "person":
        return Turn(state)
    return Turn(_STATES[present.judgement.outcome])


def settled(dossier: Dossier, now: datetime) -> AssetState:
    """Where the newest decision leaves an asset: a refusal at once, an approval when enough people have given one.
    Until then it waits, and what the checks rejected waits as held."""
    state, last = dossier.asset.state, dossier.decisions[-1]
    if last.action != "approve":
        return AssetState.REJECTED if last.action == "reject" else AssetState.HELD
    counting = counting_approvals(dossier.asset.sha256, dossier.round, dossier.decisions, now)
    if len(counting) >= last.needed:
        return AssetState.APPROVED
    return AssetState.HELD if state is AssetState.REJECTED else state


def _worse(dossier: Dossier) -> bool:
    """Whether it is what was found, and not time alone, that ended the approvals."""
    return any(new_doubts(dossier.round, approval.accepted) for approval in _since_refusal(dossier.decisions))


def _since_refusal(decisions: Sequence[Decision]) -> list[Decision]:
    approvals: list[Decision] = []
    for decision in decisions:
        approvals = [*approvals, decision] if decision.action == "approve" else []
    return approvals
