"""Asset: one picture with all its papers."""

import re

from colophon.domain.account import Role
from tests.web.pages.pictures_shown.conftest import HOSTILE, Gallery

PART = {"hx-request": "true"}


def test_the_page_has_recipe_verdict_checks_and_files(gallery: Gallery) -> None:
    rt, asset = gallery.world.rt, gallery.public
    assert asset.generation is not None
    made = rt.catalog.orders.progress(asset.generation)
    page = gallery.by(Role.VIEWER).get(f"/assets/{asset.id}").text
    for said in (made.generation.model, str(made.generation.seed), made.request_id, "settled", asset.sha256):
        assert str(said) in page
    verdict = rt.catalog.assets.provenance(asset.id)
    for part in ("Integrity", "Signer", "Time stamp", "Revocation", "Claim", "Policy"):
        assert f"<dt>{part}</dt>" in page
    assert verdict.chain[0].label in page
    assert '<title id="chain-graph">' in page
    [file] = rt.catalog.assets.renditions(asset.id)
    assert f"/renditions/{file.id}/picture?size=file" in page
    assert f"{file.width} \u00d7 {file.height}" in page
    assert "Verify again now" not in page  # a viewer may not
    # Nothing of where things lie on this machine, but the public folder, which is the address here.
    assert str(rt.settings.home) not in page.replace((rt.settings.home / "cdn").as_uri(), "")


def test_what_people_wrote_is_text(gallery: Gallery) -> None:
    page = gallery.by(Role.VIEWER).get(f"/assets/{gallery.hero[0].id}").text
    assert HOSTILE not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_parts_are_pages_of_their_own_too(gallery: Gallery) -> None:
    client, asset = gallery.by(Role.AUDITOR), gallery.public
    for name, said in (("lineage", "In words:"), ("events", "renditions"), ("alike", "")):
        address = f"/assets/{asset.id}/{name}"
        part, page = client.get(address, headers=PART).text, client.get(address).text
        assert said in part
        assert "<html" not in part
        assert "<html" in page


def test_the_log_is_that_of_this_asset(gallery: Gallery) -> None:
    asset, log = gallery.hero[0], gallery.world.rt.catalog.events
    page = gallery.by(Role.AUDITOR).get(f"/assets/{asset.id}/events").text
    told = {int(number) for number in re.findall(r'<td class="number">(\d+)</td>', page)}
    events = {event.sequence: event for event in log.page(limit=1000)}
    mine = {number for number, event in events.items() if asset.id in event.draft.subject.split("/")}
    assert mine >= {n for n in told if events[n].draft.about in ("assets", "rounds")}
    assert {n for n in mine if events[n].draft.about in ("assets", "rounds")} <= told
    assert all(gallery.hero[1].id not in events[number].draft.subject for number in told)


def test_alike_are_of_brands_the_visitor_sees(gallery: Gallery) -> None:
    rt = gallery.world.rt
    ours, theirs = gallery.hero[0], gallery.foreign
    near = {found.id for found, _ in rt.catalog.near(ours.facts.fingerprints, (11, 20))}
    page = gallery.by(Role.VIEWER, brand="Northwind").get(f"/assets/{ours.id}/alike").text
    assert theirs.id not in page
    whole = gallery.by(Role.VIEWER).get(f"/assets/{ours.id}/alike").text
    assert all(other in whole for other in near - {ours.id})


def test_the_focal_point_is_the_services(gallery: Gallery) -> None:
    asset, client = gallery.hero[1], gallery.by(Role.MARKETER)
    set_to = client.post(f"/assets/{asset.id}/focus", data={"x": "0.5", "y": "0.25"})
    assert (set_to.status_code, set_to.headers["location"]) == (303, f"/assets/{asset.id}#focus")
    known = gallery.world.rt.catalog.assets.get(asset.id)
    assert known.focus is not None
    assert (known.focus.x, known.focus.y) == (asset.facts.width // 2, asset.facts.height // 4)
    assert "chosen by marketer of all" in client.get(f"/assets/{asset.id}").text
    for place in ({"x": "99999", "y": "1"}, {"x": "1"}, {"x": "a", "y": "b"}):
        assert client.post(f"/assets/{asset.id}/focus", data=place).status_code == 422
    client.post(f"/assets/{asset.id}/focus", data={"take_back": "1"})
    assert gallery.world.rt.catalog.assets.get(asset.id).focus is None
    assert gallery.by(Role.VIEWER).post(f"/assets/{asset.id}/focus", data={"x": "1", "y": "1"}).status_code == 403


def test_verifying_again_puts_a_verdict_on_record_or_confirms_it(gallery: Gallery) -> None:
    asset, client, verdicts = gallery.foreign, gallery.by(Role.AUDITOR), gallery.world.rt.catalog.verdicts
    [before] = verdicts.history(asset.id)
    answer = client.post(f"/assets/{asset.id}/verify")
    assert answer.headers["location"] == f"/assets/{asset.id}?verified=1-0-0#verdict"
    [after] = verdicts.history(asset.id)
    assert after.confirmed_at > before.confirmed_at
    assert "1 files verified again" in client.get(answer.headers["location"]).text
    assert gallery.by(Role.MARKETER).post(f"/assets/{asset.id}/verify").status_code == 403


def test_evidence_is_only_that_of_the_asset(gallery: Gallery) -> None:
    held, client = gallery.hero[2], gallery.by(Role.VIEWER)
    rounds = gallery.world.rt.catalog.reviews.rounds(held.id)
    shown = next(f.evidence for f in rounds[-1].findings if f.evidence)
    picture = client.get(f"/assets/{held.id}/evidence/{shown.sha256}")
    assert (picture.status_code, picture.headers["content-type"]) == (200, shown.media_type)
    assert picture.headers["content-security-policy"].startswith("default-src 'none'")
    assert client.get(f"/assets/{held.id}/evidence/{held.sha256}").status_code == 404
    assert client.get(f"/assets/{gallery.hero[0].id}/evidence/{shown.sha256}").status_code == 404


def test_other_brands_see_nothing(gallery: Gallery) -> None:
    client, asset = gallery.by(Role.ADMIN, brand="Fabrikam"), gallery.hero[0]
    for address in ("", "/alike", "/lineage", "/events"):
        assert client.get(f"/assets/{asset.id}{address}").status_code == 404
    for address in (f"/assets/{asset.id}/verify", f"/assets/{asset.id}/focus", f"/review/{asset.id}/approve"):
        assert client.post(address, data={}).status_code == 404
    never = client.get("/assets/asset_never").text
    assert never.replace("asset_never", asset.id) == client.get(f"/assets/{asset.id}").text
