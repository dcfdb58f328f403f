"""Processes that die at numbered points, and the next ones over the same folders, judged from outside.

The default run takes every point where money moves and a seeded choice of the others; COLOPHON_CRASH=all (``make
crash``) takes every point on both databases and prints a table.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.crash import cases
from tests.crash.driver import Bench, ForkServer, Lines, Result, brief

ALL = os.environ.get("COLOPHON_CRASH") == "all"
Servers = Sequence[ForkServer]
# The vendor of this dialect lists its tasks, so whatever was unknown is found out.
FINDABLE = {
    "COLOPHON_ROUTES__SANDBOX__ADAPTER": "replicate",
    "COLOPHON_ROUTES__SANDBOX__BASE_URL": "http://sandbox.invalid/replicate/v1",
    "COLOPHON_ROUTES__SANDBOX__MODELS": '{"flux-2-pro": "black-forest-labs/flux-2-pro"}',
    "COLOPHON_ROUTES__SANDBOX__SAFETY": '{"strict": 1, "normal": 2, "loose": 5}',
    "COLOPHON_ROUTES__SANDBOX__STATES_MODEL": "false",
}

pytestmark = pytest.mark.timeout(7200 if ALL else 600)


def judged(name: str, results: Sequence[Result]) -> None:
    """Nothing is violated, and the cases were what they say: their points were reached."""
    wrong = {result.case: result.violations for result in results if result.violations}
    acts = Counter(result.case.rpartition(":")[2] for result in results)
    missed = [result.case for result in results if not result.reached]
    if ALL:
        unknown, lines = sum(r.unknown for r in results), sum(r.lines for r in results)
        slowest = max(result.seconds for result in results)
        litter = sum(result.strays[0] for result in results), sum(result.strays[1] for result in results)
        sys.stdout.write(
            f"\n{name}: {len(results)} cases {dict(acts)}, {len(wrong)} with violations, {len(missed)} not reached;"
            f" {unknown} unknown outcomes, {lines} invoice lines; slowest recovery {slowest:.1f} s;"
            f" unreferenced objects {litter[0]}, temporary files on the shelf {litter[1]}\n"
        )
    assert not wrong, wrong
    # Threads race: which of two variants comes first, and whether a repeated place is reached a second time, varies.
    assert len(missed) <= len(results) // 10, missed


def told() -> Callable[[Result], None]:
    return Lines() if ALL else lambda result: None


def test_a_run_reaches_more_than_sixty_places(tmp_path: Path, fork_servers: Servers) -> None:
    points = Bench(tmp_path, fork_servers[:1]).points()
    assert len(cases.names(points)) > 120
    assert len(cases.money(points)) >= 40


def test_kills_on_sqlite_buy_nothing_twice_and_lose_nothing(tmp_path: Path, fork_servers: Servers) -> None:
    bench = Bench(tmp_path, fork_servers)
    points = bench.points()
    results = bench.matrix(cases.kills_everywhere(points) if ALL else cases.money_kills(points), told())
    judged("SQLite, kill", results)
    for result in results:
        assert result.lines <= 2  # two variants: whatever happened, neither was bought again
    assert any(result.unknown for result in results)


@pytest.mark.postgres
def test_kills_on_postgres_do_neither(tmp_path: Path, fork_servers: Servers, crash_databases: list[str]) -> None:
    bench = Bench(tmp_path, fork_servers, crash_databases)
    everywhere = cases.kills_everywhere(bench.points())
    results = bench.matrix(everywhere if ALL else cases.chosen(everywhere, 10), told())
    judged("PostgreSQL, kill", results)


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_errors_hangs_and_full_disks_do_neither(
    tmp_path: Path, fork_servers: Servers, database: str, request: pytest.FixtureRequest
) -> None:
    urls: list[str] = request.getfixturevalue("crash_databases") if database == "postgres" else []
    bench = Bench(tmp_path, fork_servers, urls)
    others = cases.other_acts(bench.points())
    results = bench.matrix(others if ALL else cases.chosen(others, 14 if database == "sqlite" else 8), told())
    judged(f"{database}, other acts", results)


def test_where_the_vendor_can_be_asked_nothing_stays_unknown(tmp_path: Path, fork_servers: Servers) -> None:
    bench = Bench(tmp_path, fork_servers, settings=FINDABLE, asked=True)
    window = ("orders.begin_attempt", "provider.submit", "http.order", "orders.record_job")
    kills = [case for case in cases.money_kills(bench.points()) if case.startswith(window)]
    results = bench.matrix(kills if ALL else cases.chosen(kills, 6), told())
    judged("a vendor that can be asked, kill", results)
    assert [result.case for result in results if result.states.get("unknown")] == []


def test_deaths_around_a_refusal_an_unknown_answer_and_an_order_not_taken(
    tmp_path: Path, fork_servers: Servers
) -> None:
    """The verbs that a run without faults never comes to."""
    faults = ["moderated_output", "rate_limited:1", "answer_lost"]
    bench = Bench(tmp_path, fork_servers, faults=faults, brief=brief(variants=3))
    verbs = ("orders.end", "orders.take_back", "orders.record_unknown")
    kills = [f"{name}#1:kill" for name in cases.names(bench.points()) if name.startswith(verbs)]
    assert {kill.partition("/")[0].partition(":")[0] for kill in kills} == set(verbs)
    results = bench.matrix(kills if ALL else cases.chosen(kills, 6), told())
    judged("refused, not taken, answer lost, kill", results)
    # The answer that was lost stays lost: its vendor cannot be asked. All else has one line and one end.
    assert all(result.lines <= 3 for result in results)
