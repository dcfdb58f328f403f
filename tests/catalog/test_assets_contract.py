"""What the memory of pictures, decisions and publications promises, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from colophon.catalog import SqlCatalog
from colophon.domain.asset import AssetState
from colophon.domain.finding import Outcome, Verdict
from colophon.domain.generation import GenerationState
from colophon.domain.record import Publication
from colophon.domain.subject import Box, FocusChoice, Point, Subject
from colophon.errors import Conflict, InvalidInput, NotFound

Maker = Any
NOW = datetime(2027, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)


def _publication(rendition: Any, number: int = 0, **changes: Any) -> Publication:
    publication = Publication(
        id=f"pub_{number:04d}",
        campaign="mugs",
        rendition=rendition.id,
        key="mugs/a.jpg",
        address="https://cdn.example/mugs/a.jpg",
        sha256=rendition.sha256,
        published_from=NOW,
    )
    return replace(publication, **changes)


def test_an_asset_comes_back_with_everything_found(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    make.delivered(catalog, generation)
    asset = make.asset(generation, phash="f0e1d2c3b4a59687")
    findings = (make.finding(), replace(make.finding(Verdict.REVIEW), name="text", score=None, reasons=("b", "a")))
    provenance = make.provenance()
    added = catalog.assets.add(
        asset, provenance=provenance, findings=findings, judgement=make.judgement(Outcome.HOLD, 2), now=NOW
    )
    assert added == catalog.assets.get(asset.id) == replace(asset, state=AssetState.HELD)
    assert tuple(catalog.assets.findings(asset.id)) == findings
    assert catalog.assets.provenance(asset.id) == provenance
    assert list(catalog.assets.decisions(asset.id)) == []
    progress = catalog.orders.progress(generation)
    assert (progress.state, progress.asset_id) == (GenerationState.ASSET, asset.id)


@pytest.mark.parametrize(
    ("outcome", "asset_state", "generation_state"),
    [
        (Outcome.ACCEPT, AssetState.CHECKED, GenerationState.ASSET),
        (Outcome.HOLD, AssetState.HELD, GenerationState.ASSET),
        (Outcome.REJECT, AssetState.REJECTED, GenerationState.REJECTED),
    ],
)
def test_the_outcome_sets_both_states(
    catalog: SqlCatalog, make: Maker, outcome: Outcome, asset_state: AssetState, generation_state: GenerationState
) -> None:
    generation = make.planned(catalog)[0]
    make.delivered(catalog, generation)
    asset = make.add(catalog, make.asset(generation), outcome)
    assert asset.state is asset_state
    assert catalog.orders.progress(generation).state is generation_state
    assert catalog.orders.progress(generation).asset_id == asset.id


def test_a_generation_has_one_asset_for_ever(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    make.delivered(catalog, generation)
    first = make.add(catalog, make.asset(generation))
    assert make.add(catalog, make.asset(generation), Outcome.REJECT) == first
    assert [asset.id for asset in catalog.assets.of_campaign("mugs")] == [first.id]
    assert catalog.orders.progress(generation).state is GenerationState.ASSET


def test_only_delivered_bytes_become_an_asset(catalog: SqlCatalog, make: Maker) -> None:
    waiting, delivered = make.planned(catalog, 2)
    make.submitted(catalog, waiting)
    make.delivered(catalog, delivered, b"other bytes")
    for generation in (waiting, delivered):
        with pytest.raises(Conflict) as raised:
            make.add(catalog, make.asset(generation))
        assert raised.value.reason == "not_delivered"
    with pytest.raises(NotFound):
        make.add(catalog, make.asset("gen_unknown"))
    assert list(catalog.assets.of_campaign("mugs")) == []


def test_bytes_that_are_no_picture_end_the_generation(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    attempt = make.delivered(catalog, generation)
    for _ in range(2):
        catalog.orders.reject_original(generation, attempt, code="picture_empty", problem="0 bytes", now=NOW)
    progress = catalog.orders.progress(generation)
    assert (progress.state, progress.problem_code) == (GenerationState.REJECTED, "picture_empty")
    with pytest.raises(Conflict):
        make.add(catalog, make.asset(generation))


def test_outside_pictures_need_no_campaign(catalog: SqlCatalog, make: Maker) -> None:
    asset = make.asset(campaign="outside")
    assert make.add(catalog, asset) == make.add(catalog, asset) == replace(asset, state=AssetState.CHECKED)
    with pytest.raises(Conflict):
        make.add(catalog, replace(asset, sha256="00" * 32))


def test_what_is_not_there_is_not_found(catalog: SqlCatalog, make: Maker) -> None:
    assets = catalog.assets
    for ask in (assets.get, assets.provenance, assets.findings, assets.decisions, assets.rendition):
        with pytest.raises(NotFound):
            ask("asset_x")
    with pytest.raises(NotFound):
        assets.decide(make.decision(make.asset()))
    with pytest.raises(NotFound):
        assets.add_rendition(make.rendition(make.asset()), now=NOW)
    with pytest.raises(NotFound):
        catalog.publications.open(_publication(make.rendition(make.asset())))
    with pytest.raises(NotFound):
        catalog.publications.close("pub_x", at=NOW)
    assert list(assets.renditions("asset_x")) == []


def test_pages_are_newest_first_and_end(catalog: SqlCatalog, make: Maker) -> None:
    ids = [make.add(catalog, make.asset(campaign="a" if number % 2 else "b")).id for number in range(7)]
    pages: list[list[str]] = []
    after = None
    while page := catalog.assets.page(limit=3, after=after):
        pages.append([asset.id for asset in page])
        after = page[-1].id
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [asset_id for page in pages for asset_id in page] == ids[::-1]
    assert [asset.id for asset in catalog.assets.page(limit=10, campaign="a")] == ids[1::2][::-1]
    for limit in (0, -1, 1001):
        with pytest.raises(InvalidInput):
            catalog.assets.page(limit=limit)


def test_decisions_are_kept_and_set_the_state(catalog: SqlCatalog, make: Maker) -> None:
    held = make.add(catalog, make.asset(), Outcome.HOLD)
    decisions = [make.decision(held, action) for action in ("approve", "reject", "approve")]
    for decision, state in zip(decisions, ("approved", "rejected", "approved"), strict=True):
        catalog.assets.decide(decision)
        catalog.assets.decide(decision)
        assert catalog.assets.get(held.id).state == state
    assert list(catalog.assets.decisions(held.id)) == decisions


def test_a_decision_about_other_bytes_changes_nothing(catalog: SqlCatalog, make: Maker) -> None:
    held = make.add(catalog, make.asset(), Outcome.HOLD)
    with pytest.raises(Conflict) as raised:
        catalog.assets.decide(make.decision(held, asset_sha256="00" * 32))
    assert raised.value.reason == "changed"
    assert catalog.assets.get(held.id).state is AssetState.HELD
    assert list(catalog.assets.decisions(held.id)) == []


def test_a_person_may_overrule_the_checks(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    make.delivered(catalog, generation)
    rejected = make.add(catalog, make.asset(generation), Outcome.REJECT)
    catalog.assets.decide(make.decision(rejected))
    assert catalog.assets.get(rejected.id).state is AssetState.APPROVED
    progress = catalog.orders.progress(generation)
    assert (progress.state, progress.problem) == (GenerationState.ASSET, None)


def test_what_waits_is_listed_until_someone_decides(catalog: SqlCatalog, make: Maker) -> None:
    held, checked, rejected = (
        make.add(catalog, make.asset(), outcome) for outcome in (Outcome.HOLD, Outcome.ACCEPT, Outcome.REJECT)
    )
    assert [asset.id for asset in catalog.assets.waiting(limit=100)] == [held.id, checked.id]
    assert [asset.id for asset in catalog.assets.waiting(limit=1)] == [held.id]
    assert [asset.id for asset in catalog.assets.waiting(limit=1, after=held.id)] == [checked.id]
    assert list(catalog.assets.waiting(limit=1, after=checked.id)) == []
    catalog.assets.decide(make.decision(held, "reject"))
    assert [asset.id for asset in catalog.assets.waiting(limit=100)] == [checked.id]
    assert rejected.state is AssetState.REJECTED


def test_a_recipe_is_rendered_once(catalog: SqlCatalog, make: Maker) -> None:
    asset = make.add(catalog, make.asset())
    first, again, other = make.rendition(asset), make.rendition(asset), make.rendition(asset, recipe="01" * 32)
    assert catalog.assets.add_rendition(first, now=NOW) == first
    assert catalog.assets.add_rendition(again, now=NOW) == first
    assert catalog.assets.add_rendition(other, now=NOW) == other
    assert list(catalog.assets.renditions(asset.id)) == [first, other]
    assert list(catalog.assets.renditions_of_campaign("mugs")) == [first, other]
    assert list(catalog.assets.renditions_of_campaign("caps")) == []
    assert catalog.assets.rendition(other.id) == other
    assert list(catalog.assets.renditions_of([asset.id, "asset_none"])) == [first, other]
    assert catalog.assets.renditions_named([other.id, "rend_none"]) == {other.id: other}


def test_pictures_are_found_by_their_bytes_pixels_and_renditions(catalog: SqlCatalog, make: Maker) -> None:
    asset, other = make.add(catalog, make.asset()), make.add(catalog, make.asset())
    rendition = catalog.assets.add_rendition(make.rendition(other), now=NOW)
    assert list(catalog.same_bytes(asset.sha256)) == [asset]
    assert list(catalog.same_pixels(asset.facts.pixels_sha256)) == [asset]
    assert list(catalog.rendered_as(rendition.sha256)) == [other]
    for search in (catalog.same_bytes, catalog.same_pixels, catalog.rendered_as):
        assert list(search("00" * 32)) == []


def test_a_publication_is_open_once_and_closed_once(catalog: SqlCatalog, make: Maker) -> None:
    asset = make.add(catalog, make.asset())
    rendition = catalog.assets.add_rendition(make.rendition(asset), now=NOW)
    first = catalog.publications.open(_publication(rendition, 1))
    assert catalog.publications.open(_publication(rendition, 2)) == first
    catalog.publications.close(first.id, at=NOW + timedelta(hours=1))
    catalog.publications.close(first.id, at=NOW + timedelta(hours=2))
    again = catalog.publications.open(_publication(rendition, 3))
    elsewhere = catalog.publications.open(_publication(rendition, 4, key="mugs/b.jpg"))
    closed = replace(first, published_until=NOW + timedelta(hours=1))
    assert list(catalog.publications.of_campaign("mugs")) == [closed, again, elsewhere]
    assert list(catalog.publications.of_campaign("mugs", only_open=True)) == [again, elsewhere]
    assert list(catalog.publications.of_campaign("caps")) == []


def test_publications_are_read_in_pages_and_what_must_not_be_public_is_named(catalog: SqlCatalog, make: Maker) -> None:
    asset = make.add(catalog, make.asset())
    rendition = catalog.assets.add_rendition(make.rendition(asset), now=NOW)
    made = [catalog.publications.open(_publication(rendition, n, key=f"mugs/{n}.jpg")) for n in range(4)]
    catalog.publications.close(made[1].id, at=NOW + timedelta(hours=1))
    ended = replace(made[1], published_until=NOW + timedelta(hours=1))
    page = catalog.publications.page
    assert list(page("mugs", public=True, limit=2)) == [(made[3], rendition), (made[2], rendition)]
    assert list(page("mugs", public=True, limit=2, after=made[2].id)) == [(made[0], rendition)]
    assert list(page("mugs", public=False, limit=2)) == [(ended, rendition)]
    assert list(page("mugs", public=False, limit=2, after=ended.id)) == list(page("caps", public=True, limit=2)) == []
    assert (catalog.publications.count("mugs"), catalog.publications.count("caps")) == (4, 0)
    assert list(catalog.publications.public_though_rejected("mugs", limit=9)) == []
    catalog.assets.decide(make.decision(asset, "reject"))
    public = [(asset.id, each) for each in (made[0], made[2])]
    assert list(catalog.publications.public_though_rejected("mugs", limit=2)) == public


def test_numbers_that_are_none_are_refused(catalog: SqlCatalog, make: Maker) -> None:
    asset = make.asset()
    blank = replace(asset, facts=replace(asset.facts, deviation=float("nan")))
    scored = replace(make.finding(), score=float("inf"))
    with pytest.raises(InvalidInput, match="not finite"):
        make.add(catalog, blank)
    with pytest.raises(InvalidInput, match="not finite"):
        catalog.assets.add(
            asset, provenance=make.provenance(), findings=(scored,), judgement=make.judgement(Outcome.HOLD), now=NOW
        )
    with pytest.raises(NotFound):
        catalog.assets.get(asset.id)


def test_a_subject_and_what_people_said_of_its_focal_point_come_back(catalog: SqlCatalog, make: Maker) -> None:
    plain = make.asset(make.planned(catalog)[0])
    subject = Subject(Box(10, 20, 300, 40), Point(33, 44))
    asset = replace(plain, generation=None, facts=replace(plain.facts, subject=subject))
    add = {"provenance": make.provenance(), "findings": (), "judgement": make.judgement(count=0), "now": NOW}
    assert catalog.assets.add(asset, **add).facts.subject == subject
    said = [
        FocusChoice("foc_1", asset.id, Point(7, 8), "Ana", NOW),
        FocusChoice("foc_2", asset.id, Point(0, 0), "Bo", NOW + timedelta(seconds=1)),
        FocusChoice("foc_3", asset.id, None, "Ana", NOW + timedelta(seconds=2)),
    ]
    for choice in said:
        catalog.assets.focus(choice)
        assert catalog.assets.get(asset.id).focus == choice.point
    assert list(catalog.assets.focuses(asset.id)) == said
    with pytest.raises(NotFound):
        catalog.assets.focus(replace(said[0], id="foc_4", asset="asset_nobody"))
