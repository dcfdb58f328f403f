"""*New campaign*: the form and the text are one brief, which names no file here and buys nothing before its price."""

from collections.abc import Mapping
from html import unescape
from io import BytesIO

import pytest
import yaml
from PIL import Image

from colophon.domain.account import Role
from colophon.errors import NotFound, ProviderUnavailable
from colophon.web.app import create_web
from tests.services.conftest import World
from tests.web.pages.campaigns.conftest import Visits
from tests.web.pages.campaigns.test_page_campaign import StatedStarter

FORM = {
    "mode": "form",
    "title": "Spring terrace",
    "campaign": "terrace",
    "known_brand": "Northwind",
    "v0.id": "hero",
    "v0.prompt": "A mug on a terrace",
    "placements": "linkedin/text_ad",
    "cap": "1.00",
    "currency": "USD",
}
TEXT = {
    "schema_version": 1,
    "campaign": "typed",
    "title": "Typed",
    "brand": {"name": "Northwind"},
    "visuals": [{"id": "hero", "prompt": "A mug"}],
    "placements": ["linkedin/text_ad"],
    "budget": {"currency": "USD", "cap": "1.00"},
}


def _typed(**members: object) -> dict[str, str]:
    return {"mode": "yaml", "yaml": yaml.safe_dump(TEXT | members, sort_keys=False)}


def _check(visits: Visits, data: Mapping[str, str], role: Role = Role.MARKETER, **who: str) -> str:
    answer = visits.by(role, **who).post("/campaigns/new/check", data=dict(data))
    assert answer.status_code == 200
    return unescape(answer.text)


def _registered(ground: World, campaign: str) -> bool:
    try:
        ground.rt.catalog.orders.campaign(campaign)
    except NotFound:
        return False
    return True


def test_the_form_writes_a_brief_that_is_shown_and_priced(ground: World, visits: Visits) -> None:
    page = visits.by(Role.MARKETER).get("/campaigns/new").text
    assert 'value="linkedin/text_ad"' in page
    assert "safe area" in page
    found = _check(visits, FORM)
    assert "Price, estimated" in found
    assert "campaign: terrace" in found
    assert "linkedin/text_ad" in found
    assert not _registered(ground, "terrace")


def test_everything_wrong_is_told_at_its_place(visits: Visits) -> None:
    found = _check(visits, FORM | {"v0.prompt": "", "cap": "much", "v0.variants": "none"})
    for path in ("visuals[0].prompt", "visuals[0].variants", "budget.cap"):
        assert path in found
    assert 'data-fault="f-visuals-0-prompt"' in found
    assert "disabled" in found
    typed = _check(visits, {"mode": "yaml", "yaml": "schema_version: 1\ntitle: [\n"})
    assert "line " in typed


def test_the_text_and_the_form_are_one_brief(visits: Visits) -> None:
    client = visits.by(Role.MARKETER)
    as_text = client.post("/campaigns/new/form", data=FORM | {"do": "yaml"})
    assert "A mug on a terrace" in as_text.text
    assert "f-yaml" in as_text.text
    back = client.post("/campaigns/new/form", data=_typed(notes="</textarea><script>x</script>") | {"do": "form"}).text
    assert 'value="Typed"' in back
    assert "<script>x" not in back
    two = client.post("/campaigns/new/form", data=FORM | {"do": "add_visual"}).text
    assert "Visual 2" in two
    assert "A mug on a terrace" in two
    one = client.post("/campaigns/new/form", data=FORM | {"v1.id": "gone", "do": "remove_visual:1"}).text
    assert "gone" not in one
    assert "f-yaml" in client.post("/campaigns/new/form", data={"mode": "yaml", "yaml": "- 1", "do": "form"}).text


def test_no_file_of_this_machine_is_named(ground: World, visits: Visits) -> None:
    (ground.folder / "secret.png").write_bytes(b"secret")
    for image in ("secret.png", "/etc/passwd", "../../etc/passwd", "file:///etc/passwd", "http://x.example/a.png"):
        found = _check(visits, _typed(references=[image]))
        assert "Price, estimated" not in found
        assert "references[0]" in found
    assert "upload the picture" in _check(visits, _typed(references=["secret.png"]))
    assert "the brand is not a file here" in _check(visits, _typed(brand="northwind.yaml"))
    assert "Price, estimated" in _check(visits, _typed(brand="northwind.yaml") | {"known_brand": "Northwind"})
    assert "Price, estimated" in _check(visits, _typed(brand="Northwind")), "a known brand by its name"
    assert "one that is known" in _check(visits, _typed(brand="Fabrikam")), "nobody's, or somebody else's"
    assert "names no files" in _check(visits, _typed(brand={"name": "Northwind", "logos": ["/etc/logo.png"]}))


def test_what_a_campaign_was_registered_with_need_not_be_given_again(ground: World, visits: Visits) -> None:
    for name, size in (("mug.png", 320), ("logo.png", 64)):
        Image.effect_mandelbrot((size, size), (-2, -1.5, 1, 1.5), 40).convert("RGB").save(ground.folder / name)
    brand = {"name": "Filed", "logos": ["logo.png"]}
    ground.register("filed", brand=brand, references=["mug.png"])
    client = visits.by(Role.MARKETER)
    form = client.get("/campaigns/new", params={"like": "filed"}).text
    assert 'value="mug.png"' in form
    text = unescape(client.get("/campaigns/filed/brief").text)
    typed = {"mode": "yaml", "yaml": text.partition('<pre tabindex="0">')[2].partition("</pre>")[0]}
    found = _check(visits, typed)
    assert "Price, estimated" in found
    assert ground.rt.catalog.orders.campaign("filed").revision in found
    assert "names no files" in _check(visits, {**typed, "yaml": typed["yaml"].replace("filed", "another")})
    stolen = {"mode": "yaml", "yaml": typed["yaml"].replace("campaign: filed", "campaign: third")}
    assert "upload the picture" in _check(visits, stolen)
    assert "Price, estimated" not in _check(visits, typed, brand="Other")


def test_nothing_is_fetched_while_somebody_types(visits: Visits) -> None:
    found = _check(visits, _typed(references=["https://pictures.example/a.png"]))
    assert "not fetched while you type" in found


def test_a_file_that_is_no_brief_does_not_come_back_as_one(visits: Visits) -> None:
    client, asked = visits.by(Role.MARKETER), {"do": "open", "mode": "yaml"}
    for size, status in ((1_000_000, 200), (1_000_001, 422)):
        file = ("brief.yaml", b"#" * size, "text/yaml")
        shown = client.post("/campaigns/new", data=asked, files={"file": file})
        assert (shown.status_code, "#" * 99 in shown.text) == (status, status == 200)


def test_a_picture_is_uploaded_and_used(ground: World, visits: Visits) -> None:
    file = BytesIO()
    Image.effect_mandelbrot((320, 320), (-2, -1.5, 1, 1.5), 40).convert("RGB").save(file, "PNG")
    client = visits.by(Role.MARKETER, brand="Northwind")
    answer = client.post(
        "/campaigns/new", data=FORM | {"do": "upload"}, files={"file": ("../a.png", file.getvalue(), "image/png")}
    )
    [row] = [line for line in answer.text.split('value="') if line.startswith("asset:")]
    asset = row.partition('"')[0]
    assert ground.rt.catalog.assets.get(asset.removeprefix("asset:")).generation is None
    data = FORM | {"r0.image": asset, "r0.role": "product"}
    assert "Price, estimated" in _check(visits, data, brand="Northwind")
    other = _check(visits, _typed(brand={"name": "Other"}, campaign="o", references=[asset]), brand="Other")
    assert "there is no asset" in other
    large = b"no picture" + bytes(3 * 1024 * 1024)
    spoilt = client.post("/campaigns/new", data=FORM | {"do": "upload"}, files={"file": ("a.png", large, "image/png")})
    assert spoilt.status_code == 422, "it was looked at: a picture may be larger than a form"


def test_pictures_of_other_brands_are_no_references(ground: World, visits: Visits) -> None:
    [asset] = ground.rt.catalog.assets.of_campaign("spring")
    typed = _typed(brand={"name": "Other"}, campaign="other", references=[f"asset:{asset.id}"])
    assert "there is no asset" in _check(visits, typed, brand="Other")
    assert "there is no asset" not in _check(visits, _typed(references=[f"asset:{asset.id}"]))


def test_only_ones_own_brands_are_ordered_for(ground: World, visits: Visits) -> None:
    assert "may not order for the brand Northwind" in _check(visits, _typed(), brand="Other")
    assert "this name is taken" in _check(visits, _typed(brand={"name": "Other"}, campaign="spring"), brand="Other")
    assert "this name is taken" in _check(visits, _typed(campaign="new"))
    assert "there is no brand" in _check(visits, FORM, brand="Other")
    page = visits.by(Role.MARKETER, brand="Other").get("/campaigns/new", params={"like": "spring"}).text
    assert "Campaign spring" not in page
    assert "Spring" not in page
    assert visits.by(Role.VIEWER).get("/campaigns/new").status_code == 403
    assert visits.by(Role.REVIEWER).post("/campaigns/new", data=_typed() | {"do": "run"}).status_code == 403
    assert not _registered(ground, "typed")


def _revision(page: str) -> str:
    return page.partition('name="revision" value="')[2].partition('"')[0]


def test_what_runs_is_what_was_priced(ground: World) -> None:
    starter = StatedStarter()
    client = Visits(create_web(ground.rt, starter), ground.rt, "ordering ").by(Role.MARKETER)
    priced = client.post("/campaigns/new", data=FORM | {"do": "plan"}).text
    assert "at most 1.00 USD" in priced
    moved = client.post("/campaigns/new", data=FORM | {"title": "Another", "do": "run", "revision": _revision(priced)})
    assert (moved.status_code, "not the one this page priced" in moved.text) == (409, True)
    over = client.post("/campaigns/new", data=FORM | {"cap": "0.01", "do": "run", "revision": "x"})
    assert over.status_code == 422
    assert "the cap is 0.01" in over.text
    assert not _registered(ground, "terrace")
    done = client.post("/campaigns/new", data=FORM | {"do": "run", "revision": _revision(priced)})
    assert (done.status_code, done.headers["location"]) == (303, "/campaigns/terrace")
    assert starter.started == ["terrace"]
    record = ground.rt.catalog.orders.campaign("terrace")
    assert record.revision == _revision(priced)
    again = client.get("/campaigns/new", params={"like": "terrace"}).text
    assert 'value="Spring terrace"' in again


class BrokenStarter(StatedStarter):
    def start(
        self, campaign: str, *, approve_as: str | None = None, publish: bool = False, by: str | None = None
    ) -> str:
        raise ProviderUnavailable("no worker is here")


def test_what_cannot_be_started_is_on_record_all_the_same(ground: World) -> None:
    client = Visits(create_web(ground.rt, BrokenStarter()), ground.rt, "failing ").by(Role.MARKETER)
    data = FORM | {"campaign": "unstarted"}
    revision = _revision(client.post("/campaigns/new", data=data | {"do": "plan"}).text)
    done = client.post("/campaigns/new", data=data | {"do": "run", "revision": revision})
    assert (done.status_code, done.headers["location"]) == (303, "/campaigns/unstarted?started=no")
    assert "could not be started" in client.get(done.headers["location"]).text


@pytest.mark.parametrize("text", ["", "a: &x [*x]", "\x00", "{" * 5000, "!!python/object/apply:os.system [id]"])
def test_hostile_texts_are_answered_in_words(visits: Visits, text: str) -> None:
    assert "to correct" in _check(visits, {"mode": "yaml", "yaml": text})
    assert "to correct" in _check(visits, FORM | {"rest": text or "- 1"})
