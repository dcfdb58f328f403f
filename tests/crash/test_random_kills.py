"""Three workers over one campaign, killed at random moments: the invoice is the ledger all the same."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.crash.random_kills import Wish, run

ALL = os.environ.get("COLOPHON_CRASH") == "all"
SMALL = Wish(variants=24, kills=8, between=(0.1, 1.0), seconds=120)
FULL = Wish(variants=500, kills=200, between=(0.3, 2.5))


@pytest.mark.timeout(1800 if ALL else 300)
def test_workers_that_are_killed_at_random_buy_nothing_twice(tmp_path: Path) -> None:
    wish = FULL if ALL else SMALL
    outcome = run(tmp_path, wish)
    if ALL:
        sys.stdout.write(f"\n{outcome.text()}\n")
    assert outcome.violations == []
    assert outcome.kills == wish.kills
    assert outcome.invoiced == outcome.booked
    assert sum(outcome.states.values()) == wish.variants
    assert outcome.excess <= outcome.unknown == outcome.listed
