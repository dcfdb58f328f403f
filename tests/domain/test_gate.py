"""The gate: an approval holds for the bytes and doubts it was given for, for as long as it was given."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from colophon.domain.asset import Asset, AssetState, Fingerprints, PictureFacts
from colophon.domain.finding import Finding, Outcome, Verdict, findings_digest
from colophon.domain.gate import Dossier, may_publish, settled, turn
from colophon.domain.judgement import Decision, Doubt, Judgement, PolicyRef, Round, Weight
from colophon.domain.placement import PictureFormat

NOW = datetime(2027, 3, 4, tzinfo=UTC)
POLICY = PolicyRef("house", "2", "ab" * 32)
FACTS = PictureFacts(PictureFormat.PNG, 8, 8, "RGB", 1, "cd" * 32, Fingerprints("0" * 16, "0" * 16), 9.0)
ASSET = Asset("asset_1", "ef" * 32, 9, FACTS, "mugs", "hero", 1, "gen_1", AssetState.APPROVED)
STATES = {Outcome.ACCEPT: AssetState.CHECKED, Outcome.HOLD: AssetState.HELD, Outcome.REJECT: AssetState.REJECTED}
DOUBT = Doubt("palette", Verdict.REVIEW, Weight.HOLD, ("green",))


def checked(*doubts: Doubt, number: int = 1) -> Round:
    findings = (
        *(Finding(d.check, "1", d.verdict, reasons=d.reasons) for d in doubts),
        Finding("words", "1", Verdict.PASS),
    )
    weights = (*(doubt.weight for doubt in doubts), Weight.NOTE)
    worst = max(weights, key=lambda weight: weight.rank)
    outcome = {Weight.NOTE: Outcome.ACCEPT, Weight.HOLD: Outcome.HOLD, Weight.REJECT: Outcome.REJECT}[worst]
    judgement = Judgement(POLICY, outcome, weights)
    return Round("asset_1", number, NOW, "again", findings, findings_digest(findings), judgement)


def said(by: str = "Ada", action: str = "approve", *accepted: Doubt, **more: object) -> Decision:
    decision = Decision("dec_1", "asset_1", action, by, "", NOW, ASSET.sha256, "", accepted=accepted)  # type: ignore[arg-type]
    return replace(decision, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "decisions", "why"),
    [
        (checked(), [said()], None),
        (checked(DOUBT), [said("Ada", "approve", DOUBT)], None),
        (checked(), [said("Ada", "approve", DOUBT)], None),  # what passes now is no new doubt
        (checked(DOUBT), [said()], "before this was found: palette review"),
        (checked(replace(DOUBT, reasons=("red",))), [said("Ada", "approve", DOUBT)], "palette review"),
        (checked(replace(DOUBT, verdict=Verdict.FAIL)), [said("Ada", "approve", DOUBT)], "palette fail"),
        (checked(replace(DOUBT, weight=Weight.REJECT)), [said("Ada", "approve", DOUBT)], "palette review"),
        (checked(DOUBT), [said("Ada", "approve", replace(DOUBT, weight=Weight.REJECT))], None),
        (checked(), [said(asset_sha256="00" * 32)], "other bytes"),
        (checked(), [said(expires_at=NOW)], "ended at 2027-03-04 00:00"),
        (checked(), [said(expires_at=NOW + timedelta(seconds=1))], None),
        (checked(), [said(), said("Bo", "hold")], "no approval"),
        (checked(), [said(needed=2)], "1 of the 2"),
        (checked(), [said(needed=2), said("ADA ", needed=2)], "1 of the 2"),
        (checked(), [said(needed=2), said("Bo", needed=2)], None),
        (checked(), [said(needed=2, expires_at=NOW), said("Bo", needed=2)], "1 of the 2"),
        (checked(), [said(expires_at=NOW), said()], None),  # given again
        (checked(), [], "no approval"),
    ],
)
def test_what_may_be_public(now: Round, decisions: list[Decision], why: str | None) -> None:
    answer = may_publish(Dossier(ASSET, now, tuple(decisions)), NOW)
    assert (answer is None) == (why is None), answer
    assert (why or "") in (answer or "")


@pytest.mark.parametrize("state", [AssetState.HELD, AssetState.CHECKED, AssetState.REJECTED])
def test_only_what_is_approved_may_be_public(state: AssetState) -> None:
    answer = may_publish(Dossier(replace(ASSET, state=state), checked(), (said(),)), NOW)
    assert answer == f"it is {state.value}, not approved"


FAILED = Doubt("safety", Verdict.FAIL, Weight.REJECT, ("found",))


@pytest.mark.parametrize(
    ("before", "now", "decisions", "state", "action"),
    [
        ("approved", checked(), [said()], "approved", None),
        ("approved", checked(DOUBT), [said()], "held", "hold"),
        ("approved", checked(FAILED), [said()], "rejected", "reject"),
        ("approved", checked(FAILED), [said("Ada", "approve", FAILED, expires_at=NOW)], "held", "hold"),  # time alone
        ("checked", checked(DOUBT), [], "held", None),
        ("held", checked(), [], "checked", None),
        ("held", checked(FAILED), [], "rejected", None),
        ("rejected", checked(), [], "checked", None),
        ("rejected", checked(), [said("Ada", "reject")], "rejected", None),  # a person's word stays
        ("rejected", checked(), [said(), said("policy", "reject", actor="policy")], "checked", None),
    ],
)
def test_where_a_new_round_sends_an_asset(
    before: str, now: Round, decisions: list[Decision], state: str, action: str | None
) -> None:
    after = turn(Dossier(replace(ASSET, state=AssetState(before)), now, tuple(decisions)), NOW)
    assert (after.state.value, after.action) == (state, action)
    assert bool(after.reason) == (action is not None)


def test_it_takes_as_many_people_as_the_brief_wants() -> None:
    waiting = replace(ASSET, state=AssetState.REJECTED)
    one, other = said(needed=2), said("Bo", needed=2)
    assert settled(Dossier(waiting, checked(), (one,)), NOW) is AssetState.HELD
    assert settled(Dossier(waiting, checked(), (one, one)), NOW) is AssetState.HELD
    assert settled(Dossier(waiting, checked(), (one, other)), NOW) is AssetState.APPROVED
    assert settled(Dossier(ASSET, checked(), (one, other, said("Cy", "reject"))), NOW) is AssetState.REJECTED
