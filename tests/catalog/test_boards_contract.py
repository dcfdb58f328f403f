"""What the boards promise, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from colophon.catalog import SqlCatalog
from colophon.domain.asset import AssetState
from colophon.domain.board import CampaignFilter, CampaignState
from colophon.domain.finding import Outcome
from colophon.domain.generation import GenerationState
from colophon.domain.record import CostBasis
from colophon.errors import NotFound
from colophon.services.show import campaigns_view
from colophon.services.show_campaign import troubles

Maker = Any
NOW = datetime(2027, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
EVERYTHING = CampaignFilter()


def _campaign(catalog: SqlCatalog, make: Maker, slug: str, *, brand: str = "Northwind", pictures: int = 2) -> list[str]:
    generations = [make.generation(slug) for _ in range(pictures)]
    number = next(make.numbers)
    brief = make.brief(slug, title=f"{slug} of Spring", brand=brand)
    at = NOW + timedelta(minutes=number)
    make.register(catalog, generations, brief=brief, revision=f"rev-{slug}", now=at)
    return [generation.id for generation in generations]


def _assets(catalog: SqlCatalog, make: Maker, slug: str, *outcomes: Outcome, brand: str = "Northwind") -> list[str]:
    found = []
    for generation, outcome in zip(
        _campaign(catalog, make, slug, brand=brand, pictures=len(outcomes)), outcomes, strict=True
    ):
        make.delivered(catalog, generation)
        state = {Outcome.HOLD: AssetState.HELD, Outcome.ACCEPT: AssetState.CHECKED, Outcome.REJECT: AssetState.REJECTED}
        asset = make.asset(generation, campaign=slug)
        found.append(make.add(catalog, _in(asset, state[outcome]), outcome).id)
    return found


def _in(asset: Any, state: AssetState) -> Any:
    return replace(asset, state=state)


@pytest.fixture
def shop(catalog: SqlCatalog, make: Maker) -> SqlCatalog:
    """One campaign in each state, of two brands."""
    _campaign(catalog, make, "planned", pictures=3)
    _assets(catalog, make, "waits", Outcome.HOLD, Outcome.ACCEPT)
    _assets(catalog, make, "rejected", Outcome.REJECT, Outcome.ACCEPT, brand="Straße")
    [refused] = _campaign(catalog, make, "refused", brand="Straße", pictures=1)
    attempt = make.begin(catalog, refused)
    said = {"code": "moderated", "problem": "said no", "charge": None, "basis": CostBasis.UNKNOWN}
    catalog.orders.end(refused, attempt, GenerationState.REFUSED, now=make.now, by="Bo", **said)  # type: ignore[arg-type]
    [asset] = _assets(catalog, make, "done", Outcome.ACCEPT)
    catalog.assets.decide(make.decision(catalog.assets.get(asset)))
    return catalog


def _slugs(catalog: SqlCatalog, **asked: Any) -> list[str]:
    return [line.slug for line in catalog.boards.campaigns(CampaignFilter(**asked), limit=10)]


def test_lines_say_what_the_whole_view_says(shop: SqlCatalog) -> None:
    lines = {line.slug: line for line in shop.boards.campaigns(EVERYTHING, limit=10)}
    rows = {row["campaign"]: row for row in campaigns_view(shop)}
    assert list(lines) == list(rows)[::-1], "newest first"
    for slug, row in rows.items():
        line = lines[slug]
        assert (line.state.value, line.pictures, line.brand) == (row["state"], row["generations"], row["brand"])
        assert (str(line.spending.spent), str(line.spending.cap)) == (row["spent"], row["cap"])


def test_counts_say_the_same_state(shop: SqlCatalog) -> None:
    for line in shop.boards.campaigns(EVERYTHING, limit=10):
        counts = shop.boards.counts(line.slug)
        assert (counts.state, counts.pictures, counts.spending) == (line.state, line.pictures, line.spending)
    with pytest.raises(NotFound):
        shop.boards.counts("nowhere")


def test_lines_are_narrowed(shop: SqlCatalog) -> None:
    assert _slugs(shop, states=frozenset({CampaignState.UNFINISHED})) == ["planned"]
    assert _slugs(shop, states=frozenset({CampaignState.INCOMPLETE})) == ["refused", "rejected"]
    assert _slugs(shop, states=frozenset({CampaignState.WAITING})) == ["waits"]
    assert _slugs(shop, states=frozenset({CampaignState.APPROVED})) == ["done"]
    assert _slugs(shop, states=frozenset({CampaignState.WAITING, CampaignState.APPROVED})) == ["done", "waits"]
    assert _slugs(shop, brands=frozenset({"Straße"})) == ["refused", "rejected"]
    assert _slugs(shop, states=frozenset({CampaignState.INCOMPLETE}), newest=3) == ["refused", "rejected"]
    assert _slugs(shop, states=frozenset({CampaignState.INCOMPLETE}), newest=2) == ["refused"]
    assert _slugs(shop, brands=frozenset({"Straße"}), newest=1) == ["refused"], "the newest of its own"
    assert _slugs(shop, brands=frozenset()) == []
    assert _slugs(shop, brand="Northwind", text="ANN") == ["planned"]
    assert _slugs(shop, text="of spring", brand="Straße") == ["refused", "rejected"]
    assert _slugs(shop, text="%") == []


def test_pages_join_without_gap_or_repetition(shop: SqlCatalog) -> None:
    whole = [line.slug for line in shop.boards.campaigns(EVERYTHING, limit=10)]
    found: list[str] = []
    while page := shop.boards.campaigns(EVERYTHING, limit=2, after=found[-1] if found else None):
        found += [line.slug for line in page]
    assert found == whole
    told = set()
    for name, seen in (("nowhere", None), ("nowhere", frozenset({"Straße"})), ("planned", frozenset({"Straße"}))):
        with pytest.raises(NotFound) as caught:
            shop.boards.campaigns(CampaignFilter(brands=seen), limit=2, after=name)
        told.add(caught.value.message.replace(name, "NAME"))
    assert len(told) == 1, "what is another brand's is answered as what never was"
    assert shop.boards.campaigns(CampaignFilter(brands=frozenset({"Straße"})), limit=1, after="refused")


def test_what_waits_is_the_oldest_of_ones_own(shop: SqlCatalog) -> None:
    found, count = shop.boards.waiting(None, limit=2, most=100)
    assert ([asset.id for asset in found], count) == ([asset.id for asset in shop.assets.waiting(limit=100)][:2], 3)
    found, count = shop.boards.waiting(frozenset({"Straße"}), limit=5, most=100)
    assert ([asset.campaign for asset in found], count) == (["rejected"], 1)
    assert shop.boards.waiting(frozenset({"Nobody"}), limit=5, most=100) == ([], 0)
    assert shop.boards.waiting(None, limit=5, most=2)[1] == 2


def test_pictures_come_in_the_plans_order_with_their_assets(shop: SqlCatalog) -> None:
    first = shop.boards.pictures("planned", limit=2)
    assert [(place, asset) for place, _, asset in first] == [(0, None), (1, None)]
    [(place, progress, _)] = shop.boards.pictures("planned", limit=2, after=1)
    assert (place, progress) == (2, shop.orders.wanted("planned")[2])
    assert [asset and asset.state for _, _, asset in shop.boards.pictures("waits", limit=9)] == ["held", "checked"]
    assert [p.problem for p in shop.boards.troubled("refused", limit=9)] == ["said no"]
    assert shop.boards.troubled("planned", limit=9) == []
    assert [asset.campaign for asset in shop.boards.in_state("waits", AssetState.HELD, limit=9)] == ["waits"]


def test_an_older_revisions_pictures_do_not_count(catalog: SqlCatalog, make: Maker) -> None:
    _assets(catalog, make, "mugs", Outcome.REJECT)
    [line] = catalog.boards.campaigns(EVERYTHING, limit=5)
    assert line.state is CampaignState.INCOMPLETE
    make.register(catalog, [make.generation()], brief=make.brief(brand="Other"), revision="rev-2")
    [line] = catalog.boards.campaigns(EVERYTHING, limit=5)
    assert (line.state, line.brand, line.pictures) == (CampaignState.UNFINISHED, "Other", 1)
    assert catalog.boards.counts("mugs").assets == {}
    assert catalog.boards.in_state("mugs", AssetState.REJECTED, limit=5) == []


def test_troubles_of_a_kind_are_told_up_to_ten_and_that_there_are_more(catalog: SqlCatalog, make: Maker) -> None:
    for slug, held, more in (("mugs", 10, False), ("cups", 11, True)):
        _assets(catalog, make, slug, *[Outcome.HOLD] * held, Outcome.REJECT)
        running = replace(catalog.boards.counts(slug), generations={GenerationState.SUBMITTED: 1})
        told = troubles(slug, running, catalog=catalog)
        assert ([each.state for each in told.shown], told.more) == (["rejected"] + ["held"] * 10, more)


def test_brands_and_purses_are_known_by_name(shop: SqlCatalog) -> None:
    assert shop.boards.brands(None, limit=9) == {"Northwind": "done", "Straße": "refused"}
    assert shop.boards.brands(frozenset({"Straße"}), limit=9) == {"Straße": "refused"}
    newest = shop.boards.newest_of_brands(None, limit=9)
    assert [(each.brand, each.campaign) for each in newest] == [("Northwind", "done"), ("Straße", "refused")]
    briefs = {each.revision: shop.orders.campaign(each.campaign).brief for each in newest}
    assert (shop.boards.briefs(newest), shop.boards.briefs([])) == (briefs, {})
    held = shop.boards.purses(["campaign/waits", "campaign/planned", "day/2027-03-04/USD"])
    assert held["campaign/waits"] == (100_000, 0)
    assert "campaign/planned" not in held
    assert shop.boards.public(None, limit=9) == []
