"""Search: words and filters in the address, narrowed to what a visitor may see."""

import re

from colophon.domain.account import Role
from tests.web.pages.pictures_shown.conftest import Gallery


def _found(gallery: Gallery, of: str, /, **asked: str) -> list[str]:
    page = gallery.by(Role.VIEWER, brand=of).get("/search", params=asked).text
    return list(dict.fromkeys(re.findall(r'href="/assets/([^"/?#]+)"', page)))


def test_words_and_filters_find_what_they_say(gallery: Gallery) -> None:
    hero = [asset.id for asset in gallery.hero]
    assert _found(gallery, "*", text="oak table", campaign="spring") == hero[::-1]
    assert _found(gallery, "*", state="held") == [hero[2]]
    assert _found(gallery, "*", outcome="hold", view="table") == [hero[2]]
    generation = gallery.hero[1].generation
    assert generation is not None
    seed = gallery.world.rt.catalog.orders.progress(generation).generation.seed
    assert _found(gallery, "*", seed=str(seed)) == [hero[1]]
    assert _found(gallery, "*", text="nowhere") == []
    assert _found(gallery, "*", campaign="spring", until="2001-01-01") == []


def test_only_the_visitors_brands_are_found_and_counted(gallery: Gallery) -> None:
    assert _found(gallery, "Fabrikam") == [gallery.foreign.id]
    assert _found(gallery, "Fabrikam", brand="Northwind") == []
    assert _found(gallery, "fabrikam") == []  # a role is for a brand by its very name
    counts = gallery.by(Role.VIEWER, brand="Fabrikam").get("/search/facets").text
    assert "Fabrikam" in counts
    assert "Northwind" not in counts
    assert "1 matches." in counts


def test_counts_narrow_and_keep_the_rest_of_the_address(gallery: Gallery) -> None:
    client = gallery.by(Role.VIEWER)
    page = client.get("/search/facets", params={"text": "oak", "view": "table"}, headers={"hx-request": "true"}).text
    assert "<html" not in page
    assert "/search?text=oak&amp;view=table&amp;campaign=spring" in page
    chosen = client.get("/search/facets", params={"text": "oak", "campaign": "spring"}).text
    assert '<a href="/search?text=oak" aria-current="true">' in chosen


def test_mistakes_are_told_in_words_beside_the_form(gallery: Gallery) -> None:
    client = gallery.by(Role.VIEWER)
    for name, value in (
        ("seed", "-1"),
        ("seed", "9" * 30),
        ("cost_min", "cheap"),
        ("verdict", "fine"),
        ("since", "yesterday"),
        ("text", "!!!"),
        ("cursor", "asset_none"),
    ):
        answer = client.get("/search", params={name: value})
        assert answer.status_code == 422, name
        assert 'role="alert" id="search-problem"' in answer.text
        assert '<form method="get" action="/search"' in answer.text
    assert "&lt;script&gt;" in client.get("/search", params={"text": "<script>alert(1)</script>"}).text


def test_the_address_of_the_next_page_has_the_whole_query(gallery: Gallery) -> None:
    first = gallery.by(Role.VIEWER).get("/search", params={"text": "oak", "cursor": gallery.hero[2].id}).text
    found = re.findall(r'href="/assets/([^"/?#]+)"', first)
    assert gallery.hero[2].id not in found
    assert gallery.hero[0].id in found
    assert 'value="oak"' in first
