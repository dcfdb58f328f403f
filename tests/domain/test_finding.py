"""Findings decide: nothing checked is not a pass, one fail rejects, doubt waits for a person."""

import pytest

from colophon.domain.finding import Finding, Outcome, Verdict, decide

P, R, F, U = Verdict.PASS, Verdict.REVIEW, Verdict.FAIL, Verdict.UNKNOWN


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
def test_the_table(verdicts: list[Verdict], outcome: Outcome) -> None:
    assert decide([Finding(f"c{i}", "1", verdict) for i, verdict in enumerate(verdicts)]) is outcome
