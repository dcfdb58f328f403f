"""The pictures of docs/web.md, made of the example campaigns when ``COLOPHON_SCREENSHOTS`` names a folder: the examples
are run into a home there once, and each run of this module works on a copy of it. ``make screenshots`` does both."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page

from colophon.bootstrap import Runtime, initialise
from colophon.bootstrap.clock import SystemClock
from colophon.bootstrap.planning import open_for_run, plan_brief, register_plan
from colophon.domain.account import Grant, Role
from colophon.domain.asset import Asset, AssetState
from colophon.services.publish import publish
from colophon.services.review import comment_on, decide_asset
from colophon.services.sign_in import add_account, make_token
from colophon.services.withdraw import unpublish
from colophon.settings import Settings
from tests.services.conftest import StatedEngine, VirtualClock, World
from tests.web.browser.site import Site, served, visit

_FOLDER = os.environ.get("COLOPHON_SCREENSHOTS", "")
_PROJECT = Path(__file__).parents[3]
_OUT = _PROJECT / "docs" / "web"
_EXAMPLES = ("northwind-mugs", "harbour-house")
_MOST = 150_000  # bytes of one picture
_COLOURS = (256, 160, 96, 64)

pytestmark = [
    pytest.mark.skipif(not _FOLDER, reason="screenshots are made by `make screenshots`"),
    pytest.mark.timeout(900),
]


@dataclass(frozen=True)
class Shown:
    """Assets by campaign, visual, variant and generation."""

    site: Site
    assets: dict[str, Asset]


@pytest.fixture(scope="module")
def shown() -> Iterator[Shown]:
    kept = Path(_FOLDER)
    if not (kept / "home").exists():
        _run_examples(kept)
    folder = kept / "shown"  # addresses of public files are paths, and seen
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(kept / "home", folder / "home")
    world = _world(folder)
    with served(world, "Ada Lindqvist") as site:
        yield Shown(site, _decide(world, site))
    world.rt.close()


class _RealClock(VirtualClock):
    """Today's hours, and no long sleep."""

    now = SystemClock.now

    def sleep(self, seconds: float) -> None:
        time.sleep(min(seconds, 0.2))


def _world(folder: Path) -> World:
    clock, settings = _RealClock(), Settings(home=folder / "home")
    return World(folder, settings, clock, StatedEngine(), Runtime(settings, clock))


def _run_examples(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    initialise(Settings(home=folder / "half"))
    settings = Settings(home=folder / "half")
    world = World(folder, settings, clock := _RealClock(), StatedEngine(), Runtime(settings, clock))
    for name in _EXAMPLES:
        planned = plan_brief(_PROJECT / "examples" / name / "brief.yaml", None, world.rt)
        open_for_run(planned, world.rt)
        world.work_off(register_plan(planned, world.rt))
    world.rt.close()
    (folder / "half").rename(folder / "home")


def _decide(world: World, site: Site) -> dict[str, Asset]:
    """Harbour House is approved, public, and its last picture taken down again; of Northwind's one is approved, one
    rejected, the others wait."""
    rt = world.rt
    for name, role, brand in (
        ("Bo Ek", Role.REVIEWER, "Northwind Ceramics"),
        ("Ines Duarte", Role.APPROVER, "*"),
        ("Sam Okafor", Role.PUBLISHER, "Harbour House"),
    ):
        add_account(name, (Grant(role, brand),), password=None, by=site.account.name, reception=site.reception)
    make_token(site.account, "Shop front", 90, roles=None, brands=None, reception=site.reception)
    pictures: dict[str, Asset] = {}
    for campaign in _EXAMPLES:
        for progress in rt.catalog.orders.wanted(campaign):
            made = progress.generation
            if progress.asset_id:
                pictures[f"{campaign} {made.visual} {made.variant} {made.id}"] = rt.catalog.assets.get(
                    progress.asset_id
                )
    harbour = [each for name, each in pictures.items() if name.startswith("harbour")]
    northwind = [each for name, each in pictures.items() if name.startswith("northwind")]
    for each in harbour:
        decide_asset(each.id, "approve", by="Ines Duarte", reason="", desk=rt.desk)
    publish("harbour-house", press=rt.press)
    unpublish(harbour[-1].id, press=rt.press)
    comment_on(northwind[0].id, by="Bo Ek", text="The steam reads well at small sizes. Keep this one?", desk=rt.desk)
    comment_on(northwind[0].id, by="Ines Duarte", text="Yes, for the feeds. The saucer is a little dark.", desk=rt.desk)
    if northwind[1].state in (AssetState.CHECKED, AssetState.HELD):
        decide_asset(northwind[1].id, "reject", by="Bo Ek", reason="The handle points at the crop.", desk=rt.desk)
    return pictures


def _still(page: Page) -> None:
    """Until every picture in sight is there, drawn, and nothing is asked for any more."""
    page.wait_for_load_state("load")
    late = page.evaluate(
        "Promise.race([new Promise(r => setTimeout(r, 15000)).then(() => 'late'), Promise.all([...document.images]"
        ".filter(i => i.checkVisibility() && i.getBoundingClientRect().top < innerHeight - 1).map(i => i.decode()))])"
    )
    assert late != "late", page.evaluate("[...document.images].filter(i => !i.complete).map(i => i.outerHTML)")
    page.wait_for_timeout(250)


def _keep(page: Page, name: str) -> None:
    _still(page)
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    _OUT.mkdir(exist_ok=True)
    file = _OUT / f"{name}.png"
    for colours in _COLOURS:  # photographs take as many as there are, pages of words few
        few = picture.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG)
        few.save(file, optimize=True)
        if file.stat().st_size < _MOST:
            return
    raise AssertionError(f"{file.name} takes {file.stat().st_size} bytes")


def _first(shown: Shown, campaign: str) -> str:
    return next(each.id for name, each in shown.assets.items() if name.startswith(campaign))


def _last(shown: Shown, campaign: str) -> str:
    return [each.id for name, each in shown.assets.items() if name.startswith(campaign)][-1]


def _plan(page: Page) -> None:
    page.get_by_label("Title").first.fill("The autumn table")
    page.locator("#f-campaign").fill("autumn-table")
    page.locator("#f-brand").select_option("Northwind Ceramics")
    page.locator("#f-visuals-0-id").fill("supper")
    page.locator("#f-visuals-0-prompt").fill("A sage mug beside a bowl of pears on an oak table at dusk")
    for key in ("instagram/feed_portrait", "opengraph/universal", "iab_display/medium_rectangle"):
        page.evaluate(
            "k => { const e = document.querySelector(`[value='${k}']`); e.closest('details').open = true; e.click(); }",
            key,
        )
    page.locator("#f-budget-cap").fill("1.00")
    page.keyboard.press("Tab")
    page.locator("#check").get_by_text("Price, estimated").wait_for()
    page.evaluate("scrollTo(0, 0)")


def _verdict(shown: Shown) -> Callable[[Page], None]:
    def drop(page: Page) -> None:
        asset = next(iter(shown.assets.values()))
        content = shown.site.world.rt.store.get(asset.sha256)
        file = FilePayload(name="found-online.png", mimeType="image/png", buffer=content)
        page.locator("input[type=file]").set_input_files(file)
        page.locator("main form button").first.click()
        page.get_by_text("Integrity").first.wait_for()

    return drop


def test_pictures_of_every_page(shown: Shown, browser: Browser) -> None:
    mugs, house = "northwind", "harbour"
    first, last = _first(shown, mugs), _last(shown, house)
    pages: dict[str, tuple[str, Callable[[Page], object] | None]] = {
        "today": ("/", None),
        "campaigns": ("/campaigns", None),
        "new-campaign": ("/campaigns/new", _plan),
        "campaign": ("/campaigns/northwind-mugs", None),
        "placements": ("/campaigns/harbour-house/placements", None),
        "publications": ("/campaigns/harbour-house/publications", None),
        "brief": ("/campaigns/harbour-house/brief", None),
        "ledger": ("/campaigns/northwind-mugs/ledger", None),
        "review": ("/review", None),
        "light-table": (f"/review/{first}", None),
        "side-by-side": (f"/review/{first}?view=beside", None),
        "difference": (f"/review/{first}?view=difference", None),
        "asset": (f"/assets/{first}", None),
        "asset-withdrawn": (f"/assets/{last}#public", lambda page: page.locator("#public summary").first.click()),
        "search": ("/search?text=table", None),
        "search-table": ("/search?view=table", None),
        "verify": ("/verify", _verdict(shown)),
        "money": ("/money", None),
        "audit": ("/audit", None),
        "people": ("/settings/people", None),
        "me": ("/settings", None),
        "system": ("/settings/system", None),
        "keys": (f"/review/{first}", lambda page: page.keyboard.press("?")),
    }
    for name, (path, act) in pages.items():
        with visit(browser, shown.site, width=1280) as window:
            window.page.set_viewport_size({"width": 1280, "height": 800})
            page = window.go(path)
            if act is not None:
                act(page)
            _keep(page, name)
    for name, path in {
        "dark-light-table": f"/review/{first}",
        "dark-today": "/",
        "dark-campaign": "/campaigns/northwind-mugs",
    }.items():
        with visit(browser, shown.site, dark=True) as window:
            window.page.set_viewport_size({"width": 1280, "height": 800})
            _keep(window.go(path), name)
    for name, path in {"phone-today": "/", "phone-light-table": f"/review/{first}"}.items():
        with visit(browser, shown.site) as window:
            window.page.set_viewport_size({"width": 390, "height": 800})
            _keep(window.go(path), name)
    with visit(browser, shown.site, signed_in=False) as window:
        window.page.set_viewport_size({"width": 1280, "height": 800})
        _keep(window.go("/sign-in"), "sign-in")
    assert sum(each.stat().st_size for each in _OUT.glob("*.png")) < 2_500_000
