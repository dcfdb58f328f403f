"""What the memory of campaigns and their revisions promises, on both databases."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from colophon.catalog import SqlCatalog
from colophon.domain.generation import GenerationState
from colophon.domain.money import Money
from colophon.errors import Conflict, InvalidInput, NotFound

Maker = Any
NOW = datetime(2027, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)


def test_a_registered_campaign_comes_back_as_it_was(catalog: SqlCatalog, make: Maker) -> None:
    generations = [make.generation() for _ in range(3)][::-1]
    plan = (make.planned_rendition("web/hero"), make.planned_rendition())
    make.register(catalog, generations, renditions=plan)
    campaign = catalog.orders.campaign("mugs")
    assert (campaign.title, campaign.brand, campaign.owner) == ("Mugs", "Northwind", "Ada")
    assert (campaign.revision, campaign.brief, campaign.cap) == ("rev-1", '{"campaign":"mugs"}', Money.of("2.00"))
    assert [progress.generation for progress in catalog.orders.wanted("mugs")] == generations
    assert tuple(catalog.orders.planned_renditions("mugs")) == plan
    first = catalog.orders.progress(generations[0].id)
    assert (first.state, first.attempt, first.revision) == (GenerationState.PLANNED, 0, "rev-1")
    assert first.cost is None


def test_times_come_back_aware_and_in_utc(catalog: SqlCatalog, make: Maker) -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    make.register(catalog, [make.generation()], now=elsewhere)
    created = catalog.orders.campaign("mugs").created_at
    assert created == NOW
    assert created.utcoffset() == timedelta(0)
    with pytest.raises(InvalidInput, match="without zone"):
        make.register(catalog, [], revision="rev-2", now=NOW.replace(tzinfo=None))


def test_what_is_not_there_is_not_found(catalog: SqlCatalog, make: Maker) -> None:
    for ask in (catalog.orders.campaign, catalog.orders.wanted, catalog.orders.planned_renditions):
        with pytest.raises(NotFound, match="nowhere"):
            ask("nowhere")
    with pytest.raises(NotFound):
        catalog.orders.spending("nowhere")
    with pytest.raises(NotFound):
        catalog.orders.progress("gen_x")
    with pytest.raises(NotFound):
        make.begin(catalog, "gen_x")
    assert list(catalog.orders.campaigns()) == []


def test_registering_again_changes_nothing(catalog: SqlCatalog, make: Maker) -> None:
    generations = [make.generation(), make.generation()]
    make.register(catalog, generations)
    attempt = make.begin(catalog, generations[0].id)
    before = (catalog.orders.campaign("mugs"), list(catalog.orders.wanted("mugs")))
    make.register(catalog, generations, now=LATER)
    assert (catalog.orders.campaign("mugs"), list(catalog.orders.wanted("mugs"))) == before
    assert before[1][0].attempt == attempt


def test_a_new_revision_reorders_and_keeps_all_progress(catalog: SqlCatalog, make: Maker) -> None:
    first, second, third = (make.generation() for _ in range(3))
    make.register(catalog, [first, second])
    make.delivered(catalog, second.id)
    make.register(catalog, [third, second], brief=make.brief(cap="3.00", title="New"), revision="rev-2", now=LATER)
    wanted = catalog.orders.wanted("mugs")
    assert [progress.generation.id for progress in wanted] == [third.id, second.id]
    assert [progress.state for progress in wanted] == [GenerationState.PLANNED, GenerationState.DELIVERED]
    assert {progress.revision for progress in wanted} == {"rev-2"}
    assert catalog.orders.progress(first.id).revision == "rev-1"
    campaign = catalog.orders.campaign("mugs")
    assert (campaign.title, campaign.cap, campaign.created_at, campaign.updated_at) == (
        "New",
        Money.of("3.00"),
        NOW,
        LATER,
    )


def test_the_older_revision_may_be_the_newest_again(catalog: SqlCatalog, make: Maker) -> None:
    first, second = make.generation(), make.generation()
    for revision, generations in (("rev-1", [first]), ("rev-2", [second, first]), ("rev-1", [first])):
        make.register(catalog, generations, revision=revision)
    assert catalog.orders.campaign("mugs").revision == "rev-1"
    assert [progress.generation.id for progress in catalog.orders.wanted("mugs")] == [first.id]


def test_the_same_revision_with_another_plan_takes_the_new_plan(catalog: SqlCatalog, make: Maker) -> None:
    first, second = make.generation(), make.generation()
    make.register(catalog, [first])
    make.register(catalog, [second], renditions=(make.planned_rendition(),))
    assert [progress.generation.id for progress in catalog.orders.wanted("mugs")] == [second.id]
    assert len(catalog.orders.planned_renditions("mugs")) == 1


def test_generations_of_others_and_doubles_are_refused(catalog: SqlCatalog, make: Maker) -> None:
    theirs, ours = make.generation("caps"), make.generation()
    make.register(catalog, [theirs], brief=make.brief("caps"))
    for generations in ([theirs], [ours, ours]):
        with pytest.raises(InvalidInput, match="twice or belongs to another"):
            make.register(catalog, generations)
    assert [campaign.slug for campaign in catalog.orders.campaigns()] == ["caps"]


def test_a_campaign_that_spent_keeps_its_currency(catalog: SqlCatalog, make: Maker) -> None:
    generation = make.planned(catalog)[0]
    make.begin(catalog, generation)
    with pytest.raises(Conflict, match="spent USD"):
        make.register(catalog, [], brief=make.brief(currency="EUR"), revision="rev-2")
