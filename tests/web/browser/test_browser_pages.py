"""Every page in a real browser: silent console, nothing asked of other hosts, no scrolling sideways from phone to wide
screen, no violation of WCAG 2.2 AA that axe finds in light and dark, and a first load of at most 200 kB."""

import csv
from io import StringIO

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FilePayload, Page

from tests.web.browser.conftest import OpenVisit
from tests.web.browser.site import Site, widest
from tests.web.browser.stock import Stock, stock

WIDTHS = (320, 390, 1440)
FIRST_LOAD = 200_000  # bytes without pictures
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

PLAIN = {
    "today": "/",
    "campaigns": "/campaigns",
    "new campaign": "/campaigns/new",
    "new campaign like another": "/campaigns/new?like=spring",
    "campaign": "/campaigns/spring",
    "placements": "/campaigns/posters/placements",
    "publications": "/campaigns/posters/publications",
    "publishing foreseen": "/campaigns/posters/publications?foresee=unpublish",
    "ledger": "/campaigns/spring/ledger",
    "brief": "/campaigns/spring/brief",
    "review queue": "/review",
    "review by campaign": "/review/campaigns",
    "light table": "/review/{hero}",
    "side by side": "/review/{hero}?view=beside",
    "difference": "/review/{hero}?view=difference",
    "asset": "/assets/{gone}",
    "events of an asset": "/assets/{public}/events",
    "alike": "/assets/{public}/alike",
    "lineage": "/assets/{public}/lineage",
    "search": "/search",
    "search as a table": "/search?view=table&text=mug",
    "search mistaken": "/search?cost_min=much",
    "verify": "/verify",
    "money": "/money",
    "audit": "/audit",
    "events of a row": "/audit?about=assets/{public}",
    "exports": "/audit/exports",
    "me": "/settings",
    "people": "/settings/people",
    "system": "/settings/system",
    "no such page": "/assets/nothing",
}


@pytest.fixture(scope="module")
def stocked(site: Site) -> Stock:
    return stock(site.world)


def _place(path: str, stocked: Stock) -> str:
    return path.format(hero=stocked.hero[0].id, public=stocked.public.id, gone=stocked.gone.id)


def check(page: Page) -> list[str]:
    """What is wrong with the page as it is, in words; its window is left at the widest."""
    page.wait_for_load_state("load")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    faults = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        if over := page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"):
            faults.append(f"{over} px too wide at {width} px: {widest(page)}")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        # Colours are all that differs between the two.
        options = {"runOnly": _RULES if scheme == "light" else ["color-contrast"]}
        for each in Axe().run(page, options=options).response["violations"]:
            faults.append(f"{scheme}: {each['id']}: {each['nodes'][0]['html'][:300]} ({len(each['nodes'])})")
    broken = page.evaluate("[...document.images].filter(i => i.complete && i.src && !i.naturalWidth).map(i => i.src)")
    return faults + [f"no picture at {each}" for each in broken]


def _weight(page: Page) -> int:
    """Bytes over the wire since the page was asked for, without pictures."""
    return int(
        page.evaluate(
            "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
            ".filter(e => !/[/](pictures|renditions|evidence)[/]/.test(e.name)).reduce((n, e) => n + e.transferSize, 0)"
        )
    )


@pytest.mark.parametrize("name", PLAIN)
def test_a_page_is_in_order(name: str, stocked: Stock, look: OpenVisit) -> None:
    with look() as visit:
        page = visit.go(_place(PLAIN[name], stocked))
        weight = _weight(page)
        faults = check(page)
        assert [each for each in visit.noise if not (name in MISTAKES and MISTAKES[name] in each)] == []
        assert visit.abroad == []
        assert faults == []
        assert page.locator("h1").count() == 1 or name in PARTS
        assert 1_000 < weight <= FIRST_LOAD


MISTAKES = {"no such page": "404", "search mistaken": "422"}  # the browser's console says so too
PARTS = ("alike", "lineage", "events of an asset", "review by campaign")


@pytest.mark.parametrize("path", ["/sign-in", "link"])
def test_the_doors_are_in_order(path: str, site: Site, look: OpenVisit) -> None:
    with look(signed_in=False) as visit:
        page = visit.go(site.link() if path == "link" else path)
        assert check(page) == []
        assert (visit.noise, visit.abroad) == ([], [])
        if path == "link":
            page.get_by_role("button", name="Sign in").click()
            page.get_by_role("heading", name="Today").wait_for()


def test_a_dropped_picture_is_told_in_parts(stocked: Stock, site: Site, look: OpenVisit) -> None:
    with look() as visit:
        page = visit.go("/verify")
        content = site.world.rt.store.get(stocked.public.sha256)
        file = FilePayload(name="found.png", mimeType="image/png", buffer=content)
        page.locator("input[type=file]").set_input_files(file)
        page.locator("main form button").first.click()
        page.get_by_text("Integrity").first.wait_for()
        assert page.locator(f"a[href*='{stocked.public.id}']").count() > 0
        assert check(page) == []
        assert (visit.noise, visit.abroad) == ([], [])


def test_an_invoice_is_held_against_the_ledger(stocked: Stock, site: Site, look: OpenVisit) -> None:
    lines = site.world.invoice
    text = StringIO()
    table = csv.DictWriter(text, ["id", "at", "provider", "model", "amount", "currency"], extrasaction="ignore")
    table.writeheader()
    table.writerows(lines)
    with look() as visit:
        page = visit.go("/money")
        file = FilePayload(name="invoice.csv", mimeType="text/csv", buffer=text.getvalue().encode())
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_role("button", name="Compare").click()
        page.get_by_role("heading", name="invoice.csv against the ledger").wait_for()
        page.get_by_text("Invoice and ledger are equal.").wait_for()
        assert check(page) == []
        assert (visit.noise, visit.abroad) == ([], [])


def test_the_record_is_checked_again(stocked: Stock, look: OpenVisit) -> None:
    with look() as visit:
        page = visit.go("/audit")
        page.locator("form[action='/audit/verify'] button").click()
        page.wait_for_url("**/audit/verify")
        page.get_by_role("heading", level=1).wait_for()
        assert check(page) == []
        assert (visit.noise, visit.abroad) == ([], [])


_TABBABLE = (
    "[...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex=\"0\"]')].filter(e =>"
    " e.checkVisibility({visibilityProperty: true}) && !e.disabled && e.type !== 'hidden' && e.tabIndex >= 0)"
)
_FOCUSED = (
    "(() => { const e = document.activeElement, s = getComputedStyle(e);"
    f" return [{_TABBABLE}.indexOf(e), s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2]; }})()"
)


@pytest.mark.parametrize("path", ["/review/{hero}", "/assets/{public}", "/money"])
def test_everything_is_reached_by_tab_with_its_focus_seen(path: str, stocked: Stock, look: OpenVisit) -> None:
    with look() as visit:
        page = visit.go(_place(path, stocked))
        page.wait_for_load_state("networkidle")
        wanted = int(page.evaluate(f"{_TABBABLE}.length"))
        assert wanted > 15
        seen: dict[int, bool] = {}
        for _ in range(3 * wanted):  # a field of a date has several places to stop
            page.keyboard.press("Tab")
            place, shown = page.evaluate(_FOCUSED)
            seen[place] = seen.get(place, False) or shown
            if len(seen.keys() - {-1}) == wanted:
                break
        missed = [page.evaluate(f"{_TABBABLE}[{n}].outerHTML") for n in range(wanted) if n not in seen]
        assert missed == []
        unseen = [page.evaluate(f"{_TABBABLE}[{n}].outerHTML") for n, shown in seen.items() if n >= 0 and not shown]
        assert unseen == []


def test_a_form_whose_field_was_made_larger_is_exchanged_in_silence(stocked: Stock, look: OpenVisit) -> None:
    """A browser writes the size of a field that somebody pulled larger into its style, which the policy forbids to
    whoever copies it as an attribute."""
    with look() as visit:
        page = visit.go("/campaigns/new")
        page.get_by_text("to correct").wait_for()
        page.evaluate("for (const e of document.querySelectorAll('textarea')) e.style.height = '300px'")
        page.get_by_role("button", name="Add a visual").click()
        page.locator("#f-visuals-1-prompt").wait_for()
        page.get_by_role("button", name="Write YAML instead").click()
        page.locator("#f-yaml").wait_for()
        page.get_by_text("to correct").wait_for()
        assert visit.noise == []


def test_where_one_is_is_in_sight_on_a_phone(stocked: Stock, look: OpenVisit) -> None:
    with look(width=390) as visit:
        for path in ("/audit", "/settings", "/campaigns/spring/brief"):
            page = visit.go(path)
            for here in page.locator("nav:is(.tabs, .side nav) [aria-current]").all():
                box = here.bounding_box()
                assert box is not None
                assert box["x"] >= 0, path
                assert box["x"] + box["width"] <= 390, path


@pytest.mark.parametrize("path", ["/search?view=table", "/audit", "/assets/{public}"])
def test_tables_are_whole_on_a_laptop(path: str, stocked: Stock, look: OpenVisit) -> None:
    with look(width=1280) as visit:
        page = visit.go(_place(path, stocked))
        hidden = page.evaluate("[...document.querySelectorAll('.scroll')].map(e => e.scrollWidth - e.clientWidth)")
        assert hidden
        assert set(hidden) == {0}
