"""What a search promises, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from colophon.catalog import SqlCatalog
from colophon.domain.asset import AssetState, sha256
from colophon.domain.finding import Outcome
from colophon.domain.history import Judged, Occasion
from colophon.domain.money import Money
from colophon.domain.provenance import ProvenanceState
from colophon.domain.query import AssetQuery, parse_text, words_of
from colophon.errors import InvalidInput

Maker = Any
NOW = datetime(2027, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
SEEN = frozenset({"Straße"})
LINES = (
    "A matte blue mug on oak, morning light",
    "Blue mug, red background; the mug is chipped",
    "Crème brûlée in a CAFÉ, 3d render",
    "A harbour at night, flux-2-pro style",
    "青い湖のそばのマグカップ",
)


@pytest.fixture
def shop(catalog: SqlCatalog, make: Maker) -> list[str]:
    """An asset for each line, oldest first: of two brands in turns, each a minute after the one before."""
    ids: list[str] = []
    for number, line in enumerate(LINES):
        slug = ("mugs", "caps")[number % 2]
        brief = make.brief(slug, title=f"{slug} of spring", brand=("Northwind", "Straße")[number % 2])
        ordered = replace(make.generation(slug), prompt=line, seed=100 + number % 3)
        make.register(catalog, [ordered], brief=brief, revision=f"rev-{number}")
        make.now = NOW + timedelta(minutes=number)
        attempt = make.submitted(catalog, ordered.id, seed_reported=900 + number)
        price = make.job(cost=Money.of(f"0.0{number + 1}"), cost_settled=True)
        catalog.orders.record_original(ordered.id, attempt, sha256(b"original"), price, now=make.now)
        asset = replace(make.asset(ordered.id, campaign=slug), visual=f"visual-{number}")
        ids.append(make.add(catalog, asset, Outcome.HOLD if number == 1 else Outcome.ACCEPT).id)
    return ids


def _found(catalog: SqlCatalog, ids: list[str], **asked: Any) -> list[int]:
    if "text" in asked:
        asked["text"] = parse_text(asked["text"])
    return [ids.index(asset.id) for asset in catalog.search.find(AssetQuery(**asked), limit=100)]


WRITTEN: tuple[tuple[str, list[int]], ...] = (
    ("blue", [1, 0]),
    ("BLUE mug", [1, 0]),
    ('"blue mug" oak', [0]),
    ('"mug blue"', []),
    ("mug -chipped", [0]),
    ('-blue -"red background"', [4, 3, 2]),
    ("creme brulee café", [2]),
    ("3D", [2]),
    ("flux-2-pro", [4, 3, 2, 1, 0]),
    ('"flux 2 pro style"', [3]),
    ("harb*", [3]),
    ('"night flux 2 pr"*', [3]),
    ("湖", [4]),
    ("い湖の", [4]),
    ("湖い", []),
    ("strasse", [3, 1]),
    ("north* visual-2", [2]),
    ('"morning light mugs"', []),
    ('"light mugs"', []),
)


def test_words_are_found_as_people_write_them(catalog: SqlCatalog, shop: list[str]) -> None:
    for text, expected in WRITTEN:
        assert _found(catalog, shop, text=text) == expected, text


def test_filters_hold_together(catalog: SqlCatalog, shop: list[str]) -> None:
    for asked, expected in (
        ({}, [4, 3, 2, 1, 0]),
        ({"brand": "northwind"}, [4, 2, 0]),
        ({"brand": "STRASSE", "text": "mug"}, [1]),
        ({"campaign": "caps"}, [3, 1]),
        ({"model": "flux-2-pro", "route": "sandbox"}, [4, 3, 2, 1, 0]),
        ({"model": "flux-2"}, []),
        ({"seed": 101}, [4, 1]),
        ({"seed": 903}, [3]),
        ({"outcome": Outcome.HOLD}, [1]),
        ({"state": AssetState.CHECKED, "brand": "Northwind"}, [4, 2, 0]),
        ({"verdict": "troubled"}, [4, 3, 2, 1, 0]),
        ({"verdict": "trusted"}, []),
        ({"cost_min": 20_000, "cost_max": 40_000}, [3, 2, 1]),
        ({"cost_min": 20_000, "text": "mug"}, [1]),
        ({"cost_max": 10_000, "brand": "Straße"}, []),
        ({"since": NOW + timedelta(minutes=1), "until": NOW + timedelta(minutes=3)}, [2, 1]),
        ({"since": NOW + timedelta(minutes=1), "text": "mug"}, [1]),
        ({"until": NOW - timedelta(days=30_000)}, []),
    ):
        assert _found(catalog, shop, **asked) == expected, asked


def test_what_changes_later_is_found_by_what_it_is_now(catalog: SqlCatalog, make: Maker, shop: list[str]) -> None:
    asset = catalog.assets.get(shop[1])
    catalog.assets.decide(make.decision(asset))
    trusted = replace(make.provenance(), problems=(), chain=())
    catalog.verdicts.record([Judged(asset.id, None, trusted)], occasion=Occasion.AGAIN, now=NOW + timedelta(days=1))
    assert asset.generation
    catalog.orders.settle(asset.generation, 1, Money.of("0.5"), note="invoice", now=NOW)
    assert _found(catalog, shop, state=AssetState.APPROVED, text="mug") == [1]
    assert _found(catalog, shop, state=AssetState.HELD) == []
    assert _found(catalog, shop, verdict=ProvenanceState.TRUSTED.value, brand="Straße") == [1]
    assert _found(catalog, shop, verdict="troubled", text="mug") == [0]
    assert _found(catalog, shop, cost_min=500_000) == [1]
    assert _found(catalog, shop, cost_min=20_000, cost_max=20_000) == []


def test_pages_join_without_gap_or_double(catalog: SqlCatalog, make: Maker) -> None:
    at_once = [make.add(catalog, make.asset(campaign="outside")).id for _ in range(7)]
    for query in (AssetQuery(), AssetQuery(campaign="outside"), AssetQuery(text=parse_text("outside"))):
        pages, after = [], None
        while page := catalog.search.find(query, limit=3, after=after):
            pages.append([asset.id for asset in page])
            after = page[-1].id
        assert [len(page) for page in pages] == [3, 3, 1]
        assert [each for page in pages for each in page] == at_once[::-1]


def test_assets_of_one_moment_all_have_a_place(catalog: SqlCatalog, make: Maker) -> None:
    """Ids that agree in all that a place holds of them."""
    ids = [f"asset_01krn2wpqj0000000000000{digit}00" for digit in "3142"]
    for each in ids:
        make.add(catalog, replace(make.asset(campaign="outside"), id=each))
    found = catalog.search.find(AssetQuery(campaign="outside"), limit=10)
    assert [asset.id for asset in found] == ids[::-1]


def test_facets_count_what_matches(catalog: SqlCatalog, shop: list[str]) -> None:
    facets = catalog.search.facets(AssetQuery(text=parse_text("mug")))
    assert (facets.counted, facets.more) == (2, False)
    assert facets.by["brand"] == {"Northwind": 1, "Straße": 1}
    assert facets.by["state"] == {"held": 1, "checked": 1}
    everything = catalog.search.facets(AssetQuery())
    assert everything.by["campaign"] == {"mugs": 3, "caps": 2}
    assert list(everything.by) == ["brand", "campaign", "model", "route", "state", "verdict"]


def test_what_cannot_be_asked_is_said(catalog: SqlCatalog, shop: list[str]) -> None:
    for limit in (0, 1001):
        with pytest.raises(InvalidInput, match="entries"):
            catalog.search.find(AssetQuery(), limit=limit)
    told = set()
    for after, brands in (("asset_nobody", None), ("asset_nobody", SEEN), (shop[0], SEEN)):  # mugs are Northwind's
        with pytest.raises(InvalidInput, match="go on after") as caught:
            catalog.search.find(AssetQuery(brands=brands), limit=1, after=after)
        told.add(caught.value.message.replace(after, "ID"))
    assert len(told) == 1, "what is another brand's is answered as what never was"
    assert [each.id for each in catalog.search.find(AssetQuery(brands=SEEN), limit=2, after=shop[3])] == [shop[1]]
    for text in ("", "  \t ", '"" - * "', "!?&|<->():*"):
        with pytest.raises(InvalidInput, match="no word"):
            parse_text(text)
    for text in ("a " * 501, "ab " * 33):
        with pytest.raises(InvalidInput, match="at most"):
            parse_text(text)


# No brief may have a null character, and PostgreSQL holds none.
WRITABLE = st.characters(codec="utf-8", exclude_characters="\0")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=st.text(WRITABLE, max_size=40) | st.text(alphabet="ab\"-*:(){}^&|!<>\\'% ANDORNEAR", max_size=40))
def test_whatever_is_written_is_only_words(catalog: SqlCatalog, make: Maker, written: str) -> None:
    """It never breaks a statement, and finds the asset that was asked for with exactly this, if it has a word."""
    slug = f"s{next(make.numbers)}"
    ordered = replace(make.generation(slug), prompt=written)
    make.register(catalog, [ordered], brief=make.brief(slug))
    make.delivered(catalog, ordered.id)
    asset = make.add(catalog, make.asset(ordered.id, campaign=slug))
    words = list(words_of([written]))
    if not words:
        with pytest.raises(InvalidInput):
            parse_text(written)
        return
    whole = parse_text('"' + " ".join(words) + '"')
    assert catalog.search.find(AssetQuery(text=whole, campaign=slug), limit=5) == [asset]
    as_written = parse_text(written)
    found = catalog.search.find(AssetQuery(text=as_written, campaign=slug), limit=5)
    assert list(found) == ([] if as_written.unwanted else [asset])


def test_a_campaign_that_is_renamed_is_found_by_its_new_name(catalog: SqlCatalog, make: Maker) -> None:
    kept, dropped = make.generation(), make.generation()
    make.register(catalog, [kept, dropped], revision="rev-1")
    ids = []
    for ordered in (kept, dropped):
        make.delivered(catalog, ordered.id)
        ids.append(make.add(catalog, make.asset(ordered.id)).id)
    renamed = make.brief(title="Winter harvest", brand="Southwind")
    make.register(catalog, [kept], brief=renamed, revision="rev-2")
    assert _found(catalog, ids, text="harvest") == _found(catalog, ids, brand="Southwind") == [0]
    # What the newest revision does not want goes by what the last one that did says.
    assert _found(catalog, ids, brand="Northwind") == [1]
    make.register(catalog, [kept, dropped], brief=make.brief(title="Spring again"), revision="rev-3")
    assert _found(catalog, ids, text="spring") == _found(catalog, ids, brand="Northwind") == [1, 0]
    assert _found(catalog, ids, text="harvest") == _found(catalog, ids, brand="Southwind") == []


def test_what_whoever_asks_may_not_see_is_not_found_or_counted(catalog: SqlCatalog, shop: list[str]) -> None:
    north, street = frozenset({"Northwind"}), frozenset({"Straße"})
    assert _found(catalog, shop, brands=north) == [4, 2, 0]
    assert _found(catalog, shop, brands=street, text="mug") == [1]
    assert _found(catalog, shop, brands=north | street | {f"Brand {n}" for n in range(300)}) == [4, 3, 2, 1, 0]
    assert _found(catalog, shop, brands=north, brand="Straße") == []
    assert _found(catalog, shop, brands=north, cost_min=30_000) == [4, 2]
    assert _found(catalog, shop, brands=frozenset()) == []
    # A filter takes spellings for one brand; what somebody may see is by the very name.
    assert _found(catalog, shop, brand="NORTHWIND") == [4, 2, 0]
    assert _found(catalog, shop, brands=frozenset({"NORTHWIND"})) == []
    facets = catalog.search.facets(AssetQuery(brands=street))
    assert facets.by["brand"] == {"Straße": 2}


def test_one_of_several_states(catalog: SqlCatalog, shop: list[str]) -> None:
    held, checked = AssetState.HELD, AssetState.CHECKED
    assert _found(catalog, shop, states=frozenset({held})) == [1]
    assert _found(catalog, shop, states=frozenset({held, checked})) == [4, 3, 2, 1, 0]
    assert _found(catalog, shop, states=frozenset({held, checked}), state=held) == [1]
    assert _found(catalog, shop, states=frozenset()) == []
