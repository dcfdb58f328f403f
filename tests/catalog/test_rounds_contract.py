"""Rounds of checks: each is added, none is changed, and states, decisions and comments follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from colophon.domain.asset import AssetState
from colophon.domain.finding import Comment, Evidence, Outcome, Verdict, findings_digest
from colophon.domain.generation import GenerationState
from colophon.errors import Conflict, NotFound

if TYPE_CHECKING:
    from colophon.catalog import SqlCatalog

Maker = Any
NOW = datetime(2027, 3, 5, tzinfo=UTC)
SHOWN = Evidence("ab" * 32, "image/webp", 10, 20, "what is wrong")


def again(catalog: SqlCatalog, make: Maker, asset: Any, outcome: Outcome, *findings: Any, hours: int = 0) -> Any:
    found = findings or (make.finding(),)
    judgement = make.judgement(outcome, len(found))
    return catalog.reviews.check_again(asset, found, judgement, now=NOW + timedelta(hours=hours))


def test_every_round_is_kept_and_the_newest_is_what_was_found(catalog: SqlCatalog, make: Maker) -> None:
    asset, other = make.add(catalog, make.asset()), make.add(catalog, make.asset())
    first = make.finding()
    doubt = replace(make.finding(Verdict.REVIEW), reasons=("green",), evidence=SHOWN)
    again(catalog, make, asset, Outcome.ACCEPT, hours=1)
    again(catalog, make, asset, Outcome.HOLD, doubt, make.finding(), hours=2)
    again(catalog, make, asset, Outcome.ACCEPT, hours=3)
    rounds = catalog.reviews.rounds(asset.id)
    assert [r.number for r in rounds] == [1, 2, 3, 4]
    assert [r.findings for r in rounds] == [(first,), (first,), (doubt, first), (first,)]
    assert [r.occasion for r in rounds] == ["ingest", "again", "again", "again"]
    assert [r.at for r in rounds[1:]] == [NOW + timedelta(hours=h) for h in (1, 2, 3)]
    assert rounds[0].findings_sha256 == rounds[1].findings_sha256 == rounds[3].findings_sha256
    assert rounds[2].judgement == make.judgement(Outcome.HOLD, 2)
    assert catalog.assets.findings(asset.id) == (first,)
    found = catalog.reviews.dossiers([asset, other])
    assert [found[each.id].round.number for each in (asset, other)] == [4, 1]
    assert len(catalog.reviews.rounds(other.id)) == 1
    with pytest.raises(NotFound):
        catalog.reviews.rounds("asset_none")


def test_the_digest_is_that_of_what_is_on_record(catalog: SqlCatalog, make: Maker) -> None:
    """Whole numbers come back as fractions, tuples as lists: decisions are bound to what can be read again."""
    asset = make.add(catalog, make.asset())
    found = replace(make.finding(), score=0, parameters={"limits": (1, 2), "verdict": Verdict.FAIL})
    again(catalog, make, asset, Outcome.ACCEPT, found)
    newest = catalog.reviews.dossier(asset.id).round
    assert newest.findings_sha256 == findings_digest([found]) == findings_digest(newest.findings)


def test_a_new_doubt_closes_the_gate_and_the_policy_says_why(catalog: SqlCatalog, make: Maker) -> None:
    asset = make.add(catalog, make.asset())
    catalog.assets.decide(make.decision(asset))
    assert again(catalog, make, asset, Outcome.ACCEPT)[1].state is AssetState.APPROVED
    doubt = replace(make.finding(Verdict.FAIL), reasons=("knife",))
    before, turn = again(catalog, make, asset, Outcome.REJECT, doubt, hours=1)
    assert (before, turn.state) == (AssetState.APPROVED, AssetState.REJECTED)
    assert catalog.assets.get(asset.id).state is AssetState.REJECTED
    _, last = catalog.assets.decisions(asset.id)
    assert (last.by, last.actor, last.action, last.policy) == ("policy house 3", "policy", "reject", make.policy)
    assert "palette fail" in last.reason
    assert again(catalog, make, asset, Outcome.ACCEPT, hours=2)[1].state is AssetState.CHECKED  # not approved again


def test_what_checks_rejected_is_bought_for_good_when_they_accept_it(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    make.delivered(catalog, generation)
    asset = make.add(catalog, make.asset(generation), Outcome.REJECT)
    again(catalog, make, asset, Outcome.HOLD)
    assert catalog.assets.get(asset.id).state is AssetState.HELD
    assert catalog.orders.progress(generation).state is GenerationState.ASSET


def test_an_approval_of_other_findings_or_a_round_of_other_bytes_is_refused(catalog: SqlCatalog, make: Maker) -> None:
    asset = make.add(catalog, make.asset())
    again(catalog, make, asset, Outcome.HOLD, replace(make.finding(Verdict.REVIEW), reasons=("new",)))
    with pytest.raises(Conflict):
        catalog.assets.decide(make.decision(asset))
    with pytest.raises(Conflict):
        again(catalog, make, replace(asset, sha256="00" * 32), Outcome.ACCEPT)
    assert len(catalog.reviews.rounds(asset.id)) == 2
    assert catalog.assets.get(asset.id).state is AssetState.HELD


def test_it_takes_so_many_people(catalog: SqlCatalog, make: Maker) -> None:
    asset = make.add(catalog, make.asset(), Outcome.HOLD)
    for by, state in (("Ada", AssetState.HELD), ("Ada", AssetState.HELD), ("Bo", AssetState.APPROVED)):
        catalog.assets.decide(make.decision(asset, by=by, needed=2))
        assert catalog.assets.get(asset.id).state is state
    assert [d.needed for d in catalog.assets.decisions(asset.id)] == [2, 2, 2]


def test_an_approval_that_ran_out_is_found_and_held(catalog: SqlCatalog, make: Maker) -> None:
    short, long, given_again = (make.add(catalog, make.asset()) for _ in range(3))
    catalog.assets.decide(make.decision(short, expires_at=NOW))
    catalog.assets.decide(make.decision(long, expires_at=NOW + timedelta(days=1)))
    catalog.assets.decide(make.decision(given_again, expires_at=NOW))
    catalog.assets.decide(make.decision(given_again, by="Bo"))
    assert catalog.reviews.expired(now=NOW - timedelta(seconds=1), limit=9) == []
    assert sorted(catalog.reviews.expired(now=NOW, limit=9)) == sorted([short.id, given_again.id])
    for asset, state in ((short, AssetState.HELD), (given_again, AssetState.APPROVED)):
        assert catalog.reviews.lapse(asset.id, policy=make.policy, now=NOW).state is state
        assert catalog.assets.get(asset.id).state is state
    assert "ended" in catalog.assets.decisions(short.id)[-1].reason


def test_what_was_not_checked_since_is_paged_and_not_met_again(catalog: SqlCatalog, make: Maker) -> None:
    made = [make.add(catalog, make.asset()) for _ in range(5)]
    other = make.add(catalog, make.asset(campaign="caps"))
    assert catalog.reviews.count_stale(before=NOW) == 6
    page = catalog.reviews.stale(before=NOW, campaign="mugs", limit=3)
    assert [a.id for a in page] == [a.id for a in made[:3]]
    for asset in page:
        again(catalog, make, asset, Outcome.ACCEPT)
    assert [a.id for a in catalog.reviews.stale(before=NOW, limit=9, after=page[-1].id)] == [
        *(a.id for a in made[3:]),
        other.id,
    ]
    assert catalog.reviews.count_stale(before=NOW, campaign="mugs") == 2


def test_comments_are_kept_in_order(catalog: SqlCatalog, make: Maker) -> None:
    asset = make.add(catalog, make.asset())
    said = [Comment(f"com_{n}", asset.id, "Ana", f"word {n}", NOW + timedelta(seconds=n)) for n in range(2)]
    for comment in said:
        catalog.reviews.comment(comment)
    assert list(catalog.reviews.comments(asset.id)) == said
    with pytest.raises(NotFound):
        catalog.reviews.comment(replace(said[0], id="com_9", asset="asset_none"))
