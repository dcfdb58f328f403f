"""The decision policy: the shipped one decides as ever, and none can accept what nobody looked at."""

from datetime import date

import pytest

from colophon import data
from colophon.domain.decision_file import parse_decision_policy
from colophon.domain.decision_policy import DecisionPolicy, Intended, four_eyes, judge, override_of
from colophon.domain.finding import Finding, Outcome, Verdict
from colophon.domain.judgement import Doubt, Weight
from colophon.errors import InvalidInput

P, R, F, U = Verdict.PASS, Verdict.REVIEW, Verdict.FAIL, Verdict.UNKNOWN
CHECKS = ("palette", "safety", "words")
HEAD = 'name = "house"\nversion = "2"\nissued = 2027-01-01\n'


def policy(text: str = "") -> DecisionPolicy:
    return parse_decision_policy(HEAD + text, checks=CHECKS)


def found(*verdicts: Verdict, name: str = "palette") -> list[Finding]:
    return [Finding(name, "1", verdict) for verdict in verdicts]


@pytest.mark.parametrize(
    ("verdicts", "outcome"),
    [
        ([], Outcome.HOLD),
        ([P], Outcome.ACCEPT),
        ([P, P], Outcome.ACCEPT),
        ([P, R], Outcome.HOLD),
        ([P, U], Outcome.HOLD),
        ([U], Outcome.HOLD),
        ([P, F], Outcome.REJECT),
        ([U, R, F], Outcome.REJECT),
    ],
)
def test_the_shipped_policy(verdicts: list[Verdict], outcome: Outcome) -> None:
    shipped = parse_decision_policy(data.text("decision.toml"), checks=CHECKS)
    assert judge(found(*verdicts), shipped, Intended()).outcome is outcome
    assert (shipped.name, shipped.version, shipped.four_eyes) == ("colophon", "1", True)


NOTED = '[[rule]]\ncheck = "palette"\nverdict = "review"\noutcome = "note"\nplacements = ["web/*"]\nmarkets = ["DE"]\n'


@pytest.mark.parametrize(
    ("markets", "placements", "outcome"),
    [
        (("DE",), ("web/hero",), Outcome.ACCEPT),
        (("de",), ("web/hero", "web/teaser"), Outcome.ACCEPT),
        (("DE",), ("web/hero", "google/display"), Outcome.HOLD),  # one picture goes to both
        (("DE", "FR"), ("web/hero",), Outcome.HOLD),
        ((), ("web/hero",), Outcome.HOLD),
        ((), (), Outcome.HOLD),
    ],
)
def test_the_severest_of_markets_and_placements_holds(
    markets: tuple[str, ...], placements: tuple[str, ...], outcome: Outcome
) -> None:
    assert judge(found(R), policy(NOTED), Intended("Any", markets, placements)).outcome is outcome


def test_a_brand_has_its_own_rules_first() -> None:
    text = '[[brands."Harbour House".rule]]\ncheck = "*"\nverdict = "review"\noutcome = "reject"\n'
    house = policy(f"{NOTED.replace('placements', '#').replace('markets', '#')}{text}")
    assert judge(found(R), house, Intended("harbour  house")).outcome is Outcome.REJECT
    assert judge(found(R), house, Intended("Other")).outcome is Outcome.ACCEPT


def test_a_check_that_is_required_and_absent_holds() -> None:
    judgement = judge(found(P), policy('required = ["palette", "safety"]\n'), Intended())
    assert (judgement.outcome, judgement.absent) == (Outcome.HOLD, ("safety",))
    [doubt] = judgement.doubts(found(P))
    assert (doubt.check, doubt.verdict, doubt.weight) == ("safety", U, Weight.HOLD)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('[default]\nunknown = "note"\n', "default.unknown", "hold"),
        ('[default]\nfail = "note"\n', "default.fail", "hold"),
        ('[[rule]]\ncheck = "*"\nverdict = "unknown"\noutcome = "note"\n', "rule[0]", "could not run"),
        ('[[rule]]\ncheck = "*"\nverdict = "fail"\noutcome = "note"\n', "rule[0]", "name the check"),
        ('[brands.X]\nrule = [{check = "words", verdict = "unknown", outcome = "note"}]\n', "brands.X.rule[0]", "held"),
        ('[[override]]\ncheck = "*"\nby = ["role:legal"]\n', "", "no such role"),
        ('[[rule]]\ncheck = "pallete"\nverdict = "fail"\noutcome = "hold"\n', "", "no check"),
        ('[[override]]\ncheck = "*"\nby = ["*"]\nexpires_days = 0\n', "override[0].expires_days", "greater"),
        ("accept = true\n", "accept", "Extra"),
        ("= 3\n", "", "TOML"),
    ],
)
def test_a_file_that_would_accept_what_nobody_saw_is_refused(text: str, place: str, words: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        policy(text)
    [problem] = raised.value.problems
    assert words in problem.message
    assert (problem.file, problem.path or "") == ("decision.toml", place)
    assert raised.value.hint


OVERRIDES = """
[roles]
legal = ["L. Gray"]
[[override]]
check = "safety"
verdict = "fail"
by = ["role:legal", "Ada"]
expires_days = 30
[[override]]
check = "palette"
by = ["*"]
[brands.Quiet]
four_eyes = false
"""


@pytest.mark.parametrize(
    ("check", "verdict", "by", "days"),
    [
        ("safety", F, "l.  gray", None),
        ("safety", F, "l. gray", 30),
        ("safety", F, "ADA", 30),
        ("safety", F, "Bo", None),
        ("safety", R, "Ada", None),  # nobody is named for it
        ("words", R, "Ada", None),
    ],
)
def test_who_may_approve_in_spite_of_what(check: str, verdict: Verdict, by: str, days: int | None) -> None:
    override = override_of(Doubt(check, verdict, Weight.HOLD), by, policy(OVERRIDES), Intended())
    assert (override.expires_days if override else None) == (30 if by == "l.  gray" else days)
    assert override_of(Doubt("palette", R, Weight.HOLD), by, policy(OVERRIDES), Intended()) is not None
    assert [four_eyes(policy(OVERRIDES), Intended(brand)) for brand in ("Quiet", "Loud")] == [False, True]


def test_the_digest_is_of_what_a_policy_says_and_not_of_its_spaces() -> None:
    assert policy(NOTED).ref == policy(f"# words\n\n{NOTED}").ref
    assert policy(NOTED).ref.sha256 != policy().ref.sha256
    assert str(policy().ref) == "house 2"
    assert policy().issued == date(2027, 1, 1)
