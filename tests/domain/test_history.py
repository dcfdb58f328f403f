"""What differs between two verdicts, and why."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from colophon.domain.history import Cause, Grounds, compare
from colophon.domain.provenance import Provenance, ProvenanceState

EDITION = {"name": "default", "version": "1", "issued": "2027-01-01", "digest": "aa"}
RENEWED = {"brand": "b1", "vendor": "v2"}
TRUSTED = Provenance(
    state=ProvenanceState.TRUSTED,
    integrity="intact",
    signer=None,
    timestamp="absent",
    signed_at=None,
    revocation="not_checked",
    claim={"vendor": "Vendor"},
    policy=EDITION,
    library="c2pa 1",
    lists={"brand": "b1", "vendor": "v1"},
)


@pytest.mark.parametrize(
    ("new", "because"),
    [
        ({}, (Cause.CLOCK,)),
        ({"library": "c2pa 2"}, (Cause.LIBRARY,)),
        ({"policy": EDITION | {"digest": "bb"}}, (Cause.POLICY,)),
        ({"policy": EDITION | {"digest": "bb"}, "lists": RENEWED}, (Cause.LISTS,)),
        # Another edition, or other entries, is another policy, whatever its lists.
        (
            {"policy": EDITION | {"digest": "bb", "version": "2"}, "lists": RENEWED},
            (Cause.POLICY,),
        ),
        ({"policy": EDITION | {"digest": "bb"}, "lists": {"brand": "b1"}}, (Cause.POLICY,)),
        # Lists that were not written down at the time.
        ({"lists": {}}, (Cause.LISTS,)),
        ({"policy": EDITION | {"digest": "bb"}, "library": "c2pa 2"}, (Cause.POLICY, Cause.LIBRARY)),
    ],
)
def test_every_ground_that_differs_is_a_cause(new: dict[str, Any], because: tuple[Cause, ...]) -> None:
    change = compare(TRUSTED, replace(TRUSTED, **new))
    assert change.because == because
    assert change.parts == ()


def test_parts_and_problems_that_differ_are_named() -> None:
    before = replace(TRUSTED, problems=("a", "b"))
    after = replace(before, state=ProvenanceState.VALID, timestamp="untrusted", problems=("b", "c"))
    change = compare(before, after)
    assert (change.before, change.after) == (ProvenanceState.TRUSTED, ProvenanceState.VALID)
    assert change.parts == ("state", "timestamp", "problems")
    assert (change.problems_new, change.problems_gone) == (("c",), ("a",))


def test_when_a_verdict_ends_is_no_part_of_what_it_says() -> None:
    assert compare(TRUSTED, replace(TRUSTED, holds_until=datetime(2027, 5, 1, tzinfo=UTC))).parts == ()


def test_grounds_are_equal_whatever_the_order_of_the_lists() -> None:
    turned = replace(TRUSTED, lists=dict(reversed(TRUSTED.lists.items())))
    assert Grounds.of(turned).digest == Grounds.of(TRUSTED).digest
    for other in (replace(TRUSTED, library="c2pa 2"), replace(TRUSTED, lists={}), replace(TRUSTED, policy={})):
        assert Grounds.of(other).digest != Grounds.of(TRUSTED).digest
