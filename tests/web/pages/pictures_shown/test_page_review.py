"""Review: the queue by campaign and visual, the light table, and decisions that are the service's, each told."""

import re

from colophon.domain.account import Role
from colophon.domain.asset import Asset
from tests.web.pages.pictures_shown.conftest import HOSTILE, Gallery

PART = {"hx-request": "true"}


def test_the_queue_has_what_waits_for_this_visitor_and_nothing_else(gallery: Gallery) -> None:
    everything = gallery.by(Role.VIEWER).get("/review").text
    for asset in (*gallery.hero, gallery.foreign):
        assert f"/review/{asset.id}" in everything
    assert gallery.public.id not in everything  # it is approved
    own = gallery.by(Role.REVIEWER, brand="Fabrikam").get("/review").text
    assert gallery.foreign.id in own
    assert gallery.hero[0].id not in own
    assert "Northwind" not in own
    counted = gallery.by(Role.REVIEWER, brand="Fabrikam").get("/review/campaigns").text
    assert "foreign" in counted
    assert "spring" not in counted


def test_a_viewer_may_look_and_is_shown_nothing_to_decide_with(gallery: Gallery) -> None:
    page = gallery.by(Role.VIEWER).get(f"/review/{gallery.hero[0].id}").text
    assert "data-decide" not in page
    assert "Approve" not in page
    assert gallery.by(Role.VIEWER).post(f"/review/{gallery.hero[0].id}/approve").status_code == 403
    assert gallery.by(Role.REVIEWER).post(f"/review/{gallery.hero[0].id}/approve").status_code == 403


def test_the_light_table_says_what_was_asked_found_and_said(gallery: Gallery) -> None:
    page = gallery.by(Role.APPROVER).get(f"/review/{gallery.hero[2].id}").text
    assert "A mug on an oak table" in page
    assert "Made for mornings" in page
    assert "in spite of <strong>safety review</strong>" in page
    assert re.search(rf'/assets/{gallery.hero[2].id}/evidence/[0-9a-f]{{64}}"', page)
    assert "Needed for either decision" in page
    said = gallery.by(Role.APPROVER).get(f"/review/{gallery.hero[0].id}").text
    assert HOSTILE not in said  # neither as a comment nor as the brief's notes
    assert said.count("&lt;img src=x onerror=alert(1)&gt;") == 2


def test_variants_lie_side_by_side_or_one_over_the_other(gallery: Gallery) -> None:
    client, (first, second, third) = gallery.by(Role.APPROVER), gallery.hero
    beside = client.get(f"/review/{first.id}", params={"view": "beside"}).text
    assert [beside.count(f"/pictures/{each.id}/preview") for each in gallery.hero] == [1, 1, 1]
    difference = client.get(f"/review/{first.id}", params={"view": "difference", "beside": third.id}).text
    assert [difference.count(f"/pictures/{each.id}/preview") for each in gallery.hero] == [1, 0, 1]
    assert 'class="layer over"' in difference
    by_itself = client.get(f"/review/{second.id}", params={"view": "difference"}).text
    assert f"/pictures/{first.id}/preview" in by_itself
    stranger = client.get(f"/review/{first.id}", params={"view": "difference", "beside": gallery.foreign.id}).text
    assert gallery.foreign.id not in stranger
    assert client.get(f"/review/{first.id}", params={"view": "sideways"}).status_code == 422


def test_the_next_one_is_named_and_a_part_is_only_the_table(gallery: Gallery) -> None:
    client, (first, second, third) = gallery.by(Role.APPROVER), gallery.hero
    page = client.get(f"/review/{first.id}", headers=PART).text
    assert "<html" not in page
    assert f'data-next="/review/{second.id}"' in page
    assert f'href="/review/{first.id}" data-key="k"' in client.get(f"/review/{second.id}").text
    last = client.get(f"/review/{third.id}").text
    assert 'data-next="/review/next?after=spring' in last
    after = client.get("/review/next", params={"after": "spring"})
    assert (after.status_code, after.headers["location"]) == (303, f"/review/{gallery.foreign.id}")
    own = gallery.by(Role.APPROVER, brand="Northwind").get("/review/next", params={"after": "spring"})
    assert own.headers["location"] == "/review"


def test_decisions_are_the_services_with_its_reasons(gallery: Gallery) -> None:
    asset, client = _fresh(gallery, "single"), gallery.by(Role.APPROVER)
    needless = client.post(f"/review/{asset.id}/reject", data={"reason": " "})
    assert (needless.status_code, gallery.state(asset)) == (422, "checked")
    assert "say why" in needless.text
    told = client.post(f"/review/{asset.id}/approve", data={"reason": "", "name": "hero 1"}, headers=PART)
    assert (told.status_code, gallery.state(asset)) == (200, "approved")
    assert 'data-state="approved"' in told.text
    plain = client.post(f"/review/{asset.id}/reject", data={"reason": "blurred", "onward": "//elsewhere.example"})
    assert (plain.status_code, plain.headers["location"]) == (303, "/")
    assert gallery.decided(asset) == [("approve", "approver of all", ""), ("reject", "approver of all", "blurred")]
    assert "blurred" in client.get(f"/review/{asset.id}").text


def test_of_many_each_is_told_by_itself_and_none_of_another_brand_is_touched(gallery: Gallery) -> None:
    asset = _fresh(gallery, "many")
    client = gallery.by(Role.APPROVER, brand="Northwind")
    chosen = [asset.id, gallery.foreign.id, "asset_nobody", gallery.hero[2].id]
    page = client.post("/review/approve", data={"asset": chosen, "reason": ""})
    assert page.status_code == 200
    told = re.findall(r'data-told="([^"]+)"(.*?)</div>', page.text, re.S)
    assert [name for name, _ in told] == chosen
    assert ["data-failed" in text for _, text in told] == [False, True, True, True]
    assert "there is no asset" in told[1][1]
    assert "say why" in told[3][1]
    assert gallery.state(asset) == "approved"
    assert gallery.state(gallery.foreign) == "checked"
    assert gallery.decided(gallery.foreign) == []
    assert "Nothing was decided" in client.post("/review/approve").text


def test_rejecting_takes_down_what_is_public_and_says_so(gallery: Gallery) -> None:
    asset = gallery.public
    [shown] = gallery.world.rt.catalog.publications.of_asset(asset.id)
    told = gallery.by(Role.REVIEWER).post(f"/review/{asset.id}/reject", data={"reason": "rights ended"}, headers=PART)
    assert "taken down: " + shown.rendition in told.text
    assert gallery.world.rt.catalog.publications.of_campaign("posters", only_open=True) == []
    page = gallery.by(Role.AUDITOR).get(f"/assets/{asset.id}").text
    assert shown.address in page
    assert "Withdrawn:" in page


def test_a_comment_is_kept_and_its_form_leads_back(gallery: Gallery) -> None:
    asset, client = gallery.hero[1], gallery.by(Role.MARKETER)
    sent = client.post(f"/review/{asset.id}/comments", data={"text": "Warmer, please", "back": f"/assets/{asset.id}"})
    assert (sent.status_code, sent.headers["location"]) == (303, f"/assets/{asset.id}")
    assert "Warmer, please" in client.get(f"/assets/{asset.id}").text
    assert client.post(f"/review/{asset.id}/comments", data={"text": " "}).status_code == 422
    assert gallery.by(Role.VIEWER).post(f"/review/{asset.id}/comments", data={"text": "x"}).status_code == 403


def _fresh(gallery: Gallery, name: str) -> Asset:
    return gallery.world.bought(name)
