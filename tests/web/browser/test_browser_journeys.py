"""The three main journeys through the pages alone: from brief to published files; what was refused or held, dealt with;
and a withdrawal whose proof is shown."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from colophon.domain.account import Role
from colophon.domain.asset import AssetState
from tests.services.conftest import SMALL
from tests.web.browser.by_keys import REASON, Action, decide_by_keys
from tests.web.browser.conftest import OpenVisit
from tests.web.browser.site import Site, Visit
from tests.web.browser.stock import DOUBTED, approve, variants

_SLOW = 30_000  # milliseconds for a picture to be bought on a busy machine


def quiet(visit: Visit) -> bool:
    return (visit.noise, visit.abroad) == ([], [])


def decide(page: Page, key: str, reason: str = "") -> None:
    """One decision on the light table, by keys alone, and the word that it was made."""
    page.keyboard.press(key)
    if reason:
        page.keyboard.type(reason)
        page.keyboard.press("Enter")


def state(site: Site, campaign: str) -> list[str]:
    return sorted(each.state.value for each in site.world.rt.catalog.assets.of_campaign(campaign))


def test_from_brief_to_published_files(site: Site, look: OpenVisit) -> None:
    catalog = site.world.rt.catalog
    with look() as visit:
        page = visit.go("/campaigns/new")
        check = page.locator("#check")
        page.locator("#f-title").fill("Spring on the terrace")
        page.locator("#f-campaign").fill("Not A Name")
        page.locator("#f-brand-text").fill("name: Northwind")
        page.locator("#f-visuals-0-id").fill("hero")
        page.locator("#f-visuals-0-prompt").fill("A mug on a terrace")
        page.locator("#f-visuals-0-variants").fill("2")
        page.locator("#f-placement-filter").fill("linkedin text ad")
        page.locator(f"[value='{SMALL}']").check()
        page.locator("#f-budget-cap").fill("1.00")
        # While it is typed: what is wrong is told at its place, and goes when it is mended.
        expect(check.locator("[data-fault=f-campaign]")).to_be_visible(timeout=_SLOW)
        assert (
            check.get_by_role("button", name="Run").count() == 0
            or check.get_by_role("button", name="Run").is_disabled()
        )
        page.locator("#f-campaign").fill("terrace")
        expect(check.locator("[data-fault]")).to_have_count(0, timeout=_SLOW)
        expect(check.get_by_text("Price, estimated")).to_be_visible(timeout=_SLOW)
        expect(check).to_contain_text("1.00")  # the cap that the price stands against
        expect(check.locator(".crops li")).to_have_count(1)
        check.get_by_role("button", name="Run").click()
        # The campaign's page moves by itself, from nothing to pictures that wait.
        page.wait_for_url("**/campaigns/terrace")
        expect(page.locator(".badge[data-state=running]")).to_be_visible(timeout=_SLOW)
        assert page.locator(".sheet img").count() == 0
        site.starter.gate.set()
        expect(page.locator(".sheet img")).to_have_count(2, timeout=_SLOW)
        expect(page.locator(".badge[data-state=running]")).to_have_count(0, timeout=_SLOW)
        expect(page.locator("#said")).to_contain_text("checked 2")  # and said to who does not see it
        site.starter.runs["terrace"].result(0)  # raises what a run raised
        # Who ordered does not approve: the light table says so, and its key does nothing.
        page.keyboard.press("r")
        page.wait_for_url("**/review?campaign=terrace")
        page.keyboard.press("j")
        page.wait_for_url("**/review/asset_*")
        expect(page.get_by_text("You cannot approve this picture")).to_be_visible()
        page.keyboard.press("a")
        assert state(site, "terrace") == ["checked", "checked"]
        _, cookies = site.enter("Ines Duarte", Role.APPROVER)
        with look(cookies=cookies) as other:
            decide_by_keys(other.go(urlsplit(page.url).path), lambda place: "approve")
            assert quiet(other)
        assert state(site, "terrace") == ["approved", "approved"]
        # Published after being shown what that would change.
        page = visit.go("/campaigns/terrace/publications")
        page.keyboard.press("p")
        page.get_by_role("heading", name="Publishing would change").wait_for()
        page.get_by_role("button", name="Publish now").click()
        expect(page.locator("tbody .badge[data-state=published]")).not_to_have_count(0)
        assert visit.dialogs == ["Make these files public now?"]
        assert all(each.published_until is None for each in catalog.publications.of_campaign("terrace"))
        assert quiet(visit)


def test_refused_and_held_pictures_are_dealt_with(site: Site, look: OpenVisit) -> None:
    world = site.world
    world.faults({"fault": "moderated_output", "prompt_contains": "refusable"})
    world.register("trouble", visuals=[{"id": "bad", "prompt": "A refusable mug"}], title="Trouble")
    world.work_off("trouble")
    world.faults()
    [held] = variants(world, "doubtful", 1, doubted={0: DOUBTED}, title="Doubtful")
    assert held.state is AssetState.HELD
    with look() as visit:
        page = visit.go("/campaigns/trouble")
        expect(page.locator(".troubles .badge[data-state=refused]")).to_be_visible()
        advice = page.locator(".troubles li").first.inner_text()
        assert len(advice.split()) > 8, advice  # what happened and what to do about it, in words
        assert "moderated_output" not in advice
        page = visit.go(f"/review/{held.id}")
        expect(page.locator(".findings").first).to_contain_text("policy says hold")
        page.keyboard.press("c")
        page.keyboard.type("Whose shoulder is this?\nAsk the studio.")
        page.locator("[data-part] button", has_text="Add comment").press("Enter")
        expect(page.locator(".history .said")).to_have_text("Whose shoulder is this?\nAsk the studio.")
        # Without a reason a rejection is not sent: the key leads to where the reason goes.
        decide(page, "r")
        expect(page.locator("[data-decide] [name=reason]")).to_be_focused()
        assert world.rt.catalog.assets.get(held.id).state is AssetState.HELD
        page.keyboard.type("A person nobody ordered")
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: held.id not in url)
        page = visit.go(f"/assets/{held.id}")
        expect(page.locator("#decisions")).to_contain_text("A person nobody ordered")
        expect(page.locator("#decisions")).to_contain_text(site.account.name)
        expect(page.locator("#comments")).to_contain_text("Ask the studio.")
        expect(page.locator("h1 + .badge")).to_have_attribute("data-state", "rejected")
        assert quiet(visit)


def test_what_is_written_stays_where_a_sign_in_ended_or_the_server_is_away(site: Site, look: OpenVisit) -> None:
    [asset] = variants(site.world, "interrupted", 1)
    approve(asset, site.world)
    account, cookies = site.enter("Eva Holm", Role.REVIEWER)
    told = "The shadow is too hard."
    with look(cookies=cookies) as visit:
        page = visit.go(f"/review/{asset.id}")
        field, send = page.get_by_label("Comment", exact=True), page.get_by_role("button", name="Add comment")
        notices, said = page.locator("#notices"), page.locator(".history .said")
        field.fill(told)
        site.world.rt.catalog.accounts.sign_out_everywhere(account.id, now=site.world.clock.now())
        send.click()
        expect(notices).to_contain_text("You are signed out")
        expect(field).to_have_value(told)
        again = [{"name": name, "value": value, "url": site.base} for name, value in site.again(account).items()]
        visit.context.add_cookies(again)  # type: ignore[arg-type]
        with visit.context.expect_page() as opened:
            notices.get_by_role("link", name="Sign in in a new window").click()
        opened.value.wait_for_url(f"**/review/{asset.id}")
        send.click()
        expect(said).to_have_text(told)
        expect(notices).to_be_empty()
        page = visit.go(f"/assets/{asset.id}")
        field.fill(told)
        page.route("**/*", lambda route: route.abort())
        send.click()
        expect(notices).to_contain_text("does not answer")
        expect(field).to_have_value(told)
        page.unroute("**/*")
        send.click()
        expect(said).to_have_count(2)
        assert visit.abroad == []


def test_a_page_that_is_live_says_so_and_leaves_what_is_written(site: Site, look: OpenVisit) -> None:
    site.world.register("waiting", title="Waiting")
    with look() as visit:
        page = visit.go("/campaigns/waiting")
        expect(page.locator("#live")).to_have_attribute("data-state", "on")
        page.get_by_text("Stop", exact=True).click()
        page.get_by_label("Why? Others read it").type("The colours are bei")
        # What moves meanwhile does not take away what is being written.
        site.world.submit(site.world.rt.catalog.orders.wanted("waiting")[0].generation.id)
        expect(page.locator(".tally")).to_contain_text("submitted")
        page.keyboard.type("ng decided anew")
        expect(page.get_by_label("Why? Others read it")).to_have_value("The colours are being decided anew")


def test_a_withdrawal_and_its_proof(site: Site, look: OpenVisit) -> None:
    world = site.world
    asset, renditions = world.rendered("recalled", title="Recalled", placements=[SMALL])
    approve(asset, world)
    with look() as visit:
        page = visit.go("/campaigns/recalled/publications?foresee=publish")
        page.get_by_role("button", name="Publish now").click()
        expect(page.locator("tbody .badge[data-state=published]")).to_have_count(len(renditions))
        page.keyboard.press("u")
        page.get_by_role("heading", name="Taking down would change").wait_for()
        page.get_by_role("button", name="Take down now").click()
        expect(page.locator("tbody .badge[data-state=published]")).to_have_count(0)
        page = visit.go(f"/assets/{asset.id}")
        public = page.locator("#public")
        expect(public.locator("li > .badge")).to_have_attribute("data-state", "ended")
        public.locator("summary").first.click()
        gone = public.locator("dt", has_text="Seen gone").locator("+ dd time")
        expect(gone).to_be_visible()
        expect(public).to_contain_text("Taken down")
        [publication] = world.rt.catalog.publications.of_campaign("recalled")
        assert publication.published_until is not None
        assert not list((world.settings.home / "cdn").rglob(f"{publication.rendition}*"))
        assert quiet(visit)


@pytest.mark.parametrize("key", ["g r", "g c", "/"])
def test_keys_lead_everywhere(key: str, look: OpenVisit) -> None:
    wanted = {"g r": "**/review", "g c": "**/campaigns", "/": "**/search"}[key]
    with look() as visit:
        page = visit.go("/")
        for each in key.split():
            page.keyboard.press(each)
        page.wait_for_url(wanted)
        assert quiet(visit)


def test_variants_are_decided_one_after_the_other_by_keys(site: Site, look: OpenVisit) -> None:
    pictures = variants(site.world, "wall", 6, title="A wall of mugs")
    actions: list[Action] = ["approve", "approve", "reject", "approve", "reject", "approve"]
    with look() as visit:
        page = visit.go(f"/review/{pictures[0].id}")
        took = decide_by_keys(page, actions.__getitem__)
        assert sum(took) / len(took) < 600 / 200 * 4  # ten minutes for two hundred, on a machine four times as busy
        assert quiet(visit)
    assets = site.world.rt.catalog.assets
    assert len(took) == len(actions)
    decided = [[(d.action, d.by, d.reason) for d in assets.decisions(each.id)] for each in pictures]
    assert decided == [[(a, site.account.name, REASON if a == "reject" else "")] for a in actions]
