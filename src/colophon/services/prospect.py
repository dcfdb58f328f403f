"""What an approval would take: whose it may be, how many are needed, in spite of what, and until when it would hold.

The same rules decide here and in `colophon.services.review`: what a page says before somebody presses is what happens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from colophon.domain.asset import Asset, AssetState
from colophon.domain.brief import Brief
from colophon.domain.decision_policy import DecisionPolicy, Intended, four_eyes, judge, override_of, who_may
from colophon.domain.finding import Outcome
from colophon.domain.gate import Dossier, counting_approvals
from colophon.domain.judgement import Decision, Doubt
from colophon.domain.purpose import intended_of
from colophon.domain.quorum import Quorum, quorum_of
from colophon.errors import InvalidInput
from colophon.ports import Orders


@dataclass(frozen=True, slots=True)
class Terms:
    """``doubts`` are those of the newest round as the policy weighs them now."""

    quorum: Quorum
    doubts: tuple[Doubt, ...]
    needs_reason: bool
    intended: Intended


@dataclass(frozen=True, slots=True)
class Prospect:
    """``refused``: why this person may not approve, with a hint whom to ask; None: they may. ``given`` are the
    approvals that count now, ``ends_at`` is when one given now would end, None: with nothing but new doubts."""

    terms: Terms
    given: tuple[Decision, ...]
    refused: InvalidInput | None
    ends_at: datetime | None

    @property
    def missing(self) -> int:
        return max(0, self.terms.quorum.needed - len(self.given))


def brief_of(asset: Asset, orders: Orders) -> Brief | None:
    """The newest brief of its campaign. None: brought in from outside, so nobody's order."""
    if asset.generation is None:
        return None
    return Brief.model_validate_json(orders.campaign(asset.campaign).brief)


def terms_of(dossier: Dossier, brief: Brief | None, policy: DecisionPolicy) -> Terms:
    asset = dossier.asset
    intended = intended_of(brief, asset.visual)
    quorum = quorum_of(brief, four_eyes=four_eyes(policy, intended)) if brief else Quorum()
    judgement = judge(dossier.round.findings, policy, intended)
    needs_reason = asset.state is AssetState.REJECTED or judgement.outcome is not Outcome.ACCEPT
    return Terms(quorum, judgement.doubts(dossier.round.findings), needs_reason, intended)


def prospect(dossier: Dossier, brief: Brief | None, by: str, policy: DecisionPolicy, now: datetime) -> Prospect:
    """For an approval by this person, now."""
    terms = terms_of(dossier, brief, policy)
    given = counting_approvals(dossier.asset.sha256, dossier.round, dossier.decisions, now)
    try:
        terms.quorum.check(by)
        ends_at = expiry(terms.doubts, by, policy, terms.intended, now)
    except InvalidInput as error:
        return Prospect(terms, given, error, None)
    return Prospect(terms, given, None, ends_at)


def expiry(
    doubts: Sequence[Doubt], by: str, policy: DecisionPolicy, intended: Intended, now: datetime
) -> datetime | None:
    """When an approval in spite of these doubts ends: with the first of the overrides it needs. Raises `InvalidInput`
    for a doubt in spite of which this person may not approve."""
    days = []
    for doubt in doubts:
        override = override_of(doubt, by, policy, intended)
        if override is None:
            may = ", ".join(who_may(doubt, policy, intended)) or "nobody"
            raise InvalidInput(
                f"{by} may not approve in spite of {doubt.check} {doubt.verdict.value}",
                where="--as",
                hint=f"policy {policy.ref} lets {may} do that",
            )
        if override.expires_days is not None:
            days.append(override.expires_days)
    return now + timedelta(days=min(days)) if days else None
