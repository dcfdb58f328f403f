"""Twelve hostile payloads in every text that is kept, on every page that shows them: no dialog, no request to another
host, no script that ran, nothing in the console, no page pushed wider than its window."""

from typing import Any

import pytest
from playwright.sync_api import FilePayload

from colophon.domain.account import Grant, Role
from colophon.domain.asset import Asset
from colophon.services.halt import halt, lift
from colophon.services.review import comment_on, decide_asset
from colophon.services.sign_in import add_account, make_token
from tests.web.browser.conftest import OpenVisit
from tests.web.browser.site import Site, Visit, widest
from tests.web.browser.stock import DOUBTED, variants

_OUT = "https://elsewhere.example"
PAYLOADS = (
    f"<script>window.__hit=1;fetch('{_OUT}')</script>",
    f"<img src={_OUT}/x.png onerror=window.__hit=2>",
    "<svg/onload=window.__hit=3><animate onbegin=alert(3) attributeName=x dur=1s>",
    "javascript:window.__hit=4//https://a.example",
    "{{7*7}}{% set x=1 %}${window.__hit=5}<%= 1 %>",
    f"</title></textarea><style>@import '{_OUT}';body{{width:9999px}}</style>",
    "\" autofocus onfocus=window.__hit=7 x=\"' onmouseover='window.__hit=7",
    f"<iframe src={_OUT} srcdoc='<script>parent.__hit=8</script>'></iframe>",
    "<a href=data:text/html,<script>opener.__hit=9</script> hx-get=//elsewhere.example hx-trigger=load>go</a>",
    "W" * 180,
    "null undefined NaN -1e999 ../../etc 'OR 1=1;--",
    "--></script><base href=//elsewhere.example><meta http-equiv=refresh content=0;url=//elsewhere.example>",
)
BIDI = "\u202egnp.exe\u202c \u2066a\u2069 \u200fb"  # where a text may have it: comments, reasons, names of files

ONCE = (
    "/", "/campaigns", "/search", "/search?view=table", "/review", "/review/campaigns", "/money", "/audit",
    "/audit/exports", "/settings", "/settings/people", "/settings/system", "/campaigns/new",
)  # fmt: skip
OF_CAMPAIGN = ("", "/placements", "/publications", "/ledger", "/brief")
OF_ASSET = ("/review/{}", "/assets/{}", "/assets/{}/lineage", "/assets/{}/events", "/audit?about=assets/{}")
WIDE = (390, 1440)


@pytest.fixture(scope="module")
def hostile(site: Site) -> list[Asset]:
    """A campaign for each payload, all of its texts made of it; two of them with pictures that everybody spoke of."""
    world, desk = site.world, site.world.rt.desk
    told: dict[str, Any] = {"halts": world.rt.catalog.halts, "orders": world.rt.catalog.orders, "clock": world.clock}
    assets: list[Asset] = []
    for number, text in enumerate(PAYLOADS):
        more = {
            "title": text,
            "brand": {"name": text[:100], "tone": [text[:100]], "do": [text[:100]], "dont": [text[:100]]},
            "owner": text,
            "objective": text,
            "notes": text,
            "markets": [],
            "copy": {"headline": text[:60], "subline": text[:60]},
            "rights": {"note": text},
        }
        if number in (1, 9):
            assets += variants(world, f"p{number}", 1, doubted={0: DOUBTED}, prompt=f"A mug, {text}", alt=text, **more)
        else:
            world.register(f"p{number}", visuals=[{"id": "hero", "prompt": f"A mug, {text}", "alt": text}], **more)
        halt(f"p{number}", by=text, reason=text, **told)
        account = add_account(
            text[:100], (Grant(Role.VIEWER, text[:100]),), password=None, by=text, reception=site.reception
        )
        make_token(account, text[:100], 30, roles=None, brands=None, reception=site.reception)
        make_token(site.account, text[:100], 30, roles=None, brands=None, reception=site.reception)
    lift("p1", by=PAYLOADS[0], **told)
    for asset, owner in zip(assets, (PAYLOADS[1], PAYLOADS[9]), strict=True):
        for text in (*PAYLOADS, BIDI):
            comment_on(asset.id, by=text, text=text, desk=desk)
            if text != owner:  # who ordered a picture does not approve it
                decide_asset(asset.id, "approve", by=text, reason=text, desk=desk)
    decide_asset(assets[0].id, "reject", by=PAYLOADS[2], reason=PAYLOADS[5], desk=desk)
    return assets


def harmless(visit: Visit, path: str) -> list[str]:
    """What the page does that it should not, in words."""
    page = visit.go(path)
    page.wait_for_load_state("networkidle" if "campaigns/p" not in path else "load")
    faults = []
    for width in WIDE:
        page.set_viewport_size({"width": width, "height": 900})
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over:
            faults.append(f"{path}: {over} px too wide at {width}: {widest(page)}")
    for number, frame in enumerate(page.frames):
        if number or frame.evaluate("window.__hit !== undefined"):
            faults.append(f"{path}: something ran or was framed")
    foreign = (
        "main :is(iframe, base, animate, meta, style, [onerror], [onload], [onfocus], [onmouseover],"
        " [href^='javascript:'], [href^='data:'])"
    )
    faults += [f"{path}: {each}" for each in page.eval_on_selector_all(foreign, "all => all.map(e => e.outerHTML)")]
    return faults


def test_hostile_texts_are_texts_on_every_page(hostile: list[Asset], look: OpenVisit) -> None:
    paths = [*ONCE, *(place.format(asset.id) for asset in hostile for place in OF_ASSET)]
    paths += [f"/campaigns/p{number}" for number in range(len(PAYLOADS))]
    paths += [f"/campaigns/p{number}{part}" for number in (1, 9) for part in OF_CAMPAIGN[1:]]
    paths += ["/campaigns/new?like=p1", "/campaigns/new?like=p5", "/search?text=%3Cscript%3Ealert(1)%3C/script%3E"]
    with look() as visit:
        faults = [fault for path in paths for fault in harmless(visit, path)]
        assert not faults, "\n".join(faults)
        assert (visit.abroad, visit.dialogs, visit.noise) == ([], [], [])


def test_they_are_shown_as_they_were_written(hostile: list[Asset], look: OpenVisit) -> None:
    with look() as visit:
        page = visit.go(f"/assets/{hostile[0].id}")
        said = page.locator("#comments .said").all_inner_texts()
        assert said == [*PAYLOADS, BIDI]
        page = visit.go("/campaigns")
        shown = page.locator("main").inner_text()
        assert [text for text in PAYLOADS if text not in shown] == []


def test_a_hostile_name_of_a_file_and_of_an_address(site: Site, hostile: list[Asset], look: OpenVisit) -> None:
    with look() as visit:
        page = visit.go("/verify")
        content = site.world.rt.store.get(hostile[0].sha256)
        file = FilePayload(name=f"{PAYLOADS[1]}{BIDI}.png".replace("/", "_"), mimeType="image/png", buffer=content)
        page.locator("input[type=file]").set_input_files(file)
        page.locator("main form button").first.click()
        page.get_by_text("Integrity").first.wait_for()
        assert page.evaluate("window.__hit === undefined")
        assert (visit.abroad, visit.dialogs, visit.noise) == ([], [], [])
