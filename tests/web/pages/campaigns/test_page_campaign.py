"""*Campaign*: where it stands, its files, what is public, its money and its brief, for who may see it."""

import json
import re

import pytest

from colophon.domain.account import Role
from colophon.domain.generation import GenerationState
from colophon.services.review import decide_asset
from colophon.web.app import create_web
from tests.services.conftest import World
from tests.web.pages.campaigns.conftest import Visits


class StatedStarter:
    """Implements `colophon.ports.starting.Starter`: starts nothing, and remembers what it was asked."""

    def __init__(self) -> None:
        self.started: list[str] = []

    def start(self, campaign: str, *, approve_as: str | None = None, publish: bool = False) -> str:
        self.started.append(campaign)
        return "run-1"

    def running(self, campaign: str) -> bool:
        return campaign in self.started


def test_the_pages_of_a_finished_campaign(ground: World, visits: Visits) -> None:
    client = visits.by(Role.VIEWER)
    [asset] = ground.rt.catalog.assets.of_campaign("spring")
    text = client.get("/campaigns/spring").text
    assert "Spring &lt;b&gt;tea&lt;/b&gt;" in text
    assert f"/assets/{asset.id}" in text
    assert "data-live" not in text
    assert "Change brief" not in text
    spent = ground.rt.catalog.orders.spending("spring").spent
    assert f"{spent} USD" in text
    sheet = client.get("/campaigns/spring/placements").text
    assert "linkedin/text_ad" in sheet
    assert f"/renditions/{ground.rt.catalog.assets.renditions(asset.id)[0].id}/picture" in sheet
    assert str(spent) in client.get("/campaigns/spring/ledger").text
    brief = client.get("/campaigns/spring/brief").text
    assert "campaign: spring" in brief
    stored = client.get("/campaigns/spring/brief.json")
    assert stored.json() == json.loads(ground.rt.catalog.orders.campaign("spring").brief)
    assert 'filename="spring.json"' in stored.headers["content-disposition"]


@pytest.mark.parametrize("page", ["", "/events", "/placements", "/publications", "/ledger", "/brief", "/brief.json"])
def test_another_brands_campaign_is_not_there(visits: Visits, page: str) -> None:
    assert visits.by(Role.VIEWER, brand="Other").get(f"/campaigns/spring{page}").status_code == 404
    assert visits.by(Role.VIEWER).get(f"/campaigns/nowhere{page}").status_code == 404


def test_safe_areas_are_drawn_over_files(ground: World, visits: Visits) -> None:
    ground.register("stories", placements=["instagram/stories"], budget={"currency": "USD", "cap": "9.00"})
    text = visits.by(Role.VIEWER).get("/campaigns/stories/placements").text
    assert "No picture for this placement is here yet" in text
    planned = ground.rt.catalog.orders.planned_renditions("stories")[0]
    assert planned.safe is not None


def test_problems_are_told_with_what_to_do(ground: World, visits: Visits) -> None:
    ground.faults("moderated_input")
    generation = ground.one("refused", visuals=[{"id": "hero", "prompt": "<script>alert(1)</script> mug"}])
    state = ground.submit(generation)
    if not state.settled:
        ground.collect(generation)
    ground.faults()
    assert ground.progress(generation).state is GenerationState.REFUSED
    text = visits.by(Role.MARKETER).get("/campaigns/refused").text
    assert "the same order is not placed again" in text
    assert "<script>alert" not in text
    asset, _ = ground.approved("regretted")
    decide_asset(asset.id, "reject", by="Bo", reason="wrong <mug>", desk=ground.rt.desk)
    assert "rejected by Bo: wrong &lt;mug&gt;" in visits.by(Role.MARKETER).get("/campaigns/regretted").text


def test_events_end_where_nothing_moves_and_carry_the_part_as_it_is(ground: World, visits: Visits) -> None:
    answer = visits.by(Role.VIEWER).get("/campaigns/spring/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.startswith("event: part\ndata: ")
    assert answer.text.endswith("event: done\ndata: \n\n")
    assert all(re.match(r"(event|data): ?|$", line) for line in answer.text.split("\n"))
    assert "Where it stands" in answer.text


def test_starting_is_for_marketers_and_says_who_did(ground: World) -> None:
    starter = StatedStarter()
    visits = Visits(create_web(ground.rt, starter), ground.rt, "starting ")
    ground.register("to-start")
    text = visits.by(Role.MARKETER).get("/campaigns/to-start").text
    assert 'action="/campaigns/to-start/start"' in text
    assert "data-live" in text
    assert 'action="/campaigns/to-start/start"' not in visits.by(Role.VIEWER).get("/campaigns/to-start").text
    assert visits.by(Role.VIEWER).post("/campaigns/to-start/start").status_code == 403
    assert visits.by(Role.MARKETER, brand="Other").post("/campaigns/to-start/start").status_code == 404
    assert starter.started == []
    answer = visits.by(Role.MARKETER).post("/campaigns/to-start/start")
    assert (answer.status_code, answer.headers["location"]) == (303, "/campaigns/to-start")
    assert starter.started == ["to-start"]
    assert "running" in visits.by(Role.MARKETER).get("/campaigns/to-start").text


def test_without_a_starter_the_page_says_how(ground: World, visits: Visits) -> None:
    ground.register("by-hand")
    text = visits.by(Role.MARKETER).get("/campaigns/by-hand").text
    assert "colophon run by-hand.json" in text
    assert visits.by(Role.MARKETER).post("/campaigns/by-hand/start").status_code == 409


def test_publishing_shows_the_difference_first(ground: World, visits: Visits) -> None:
    ground.approved("to-publish")
    publisher = visits.by(Role.PUBLISHER)
    assert "Publish now" not in publisher.get("/campaigns/to-publish/publications").text
    foreseen = publisher.get("/campaigns/to-publish/publications", params={"foresee": "publish"}).text
    assert "<strong>1</strong> added" in foreseen
    assert "Publish now" in foreseen
    assert ground.rt.catalog.publications.of_campaign("to-publish") == []
    viewer = visits.by(Role.MARKETER)
    assert "Publish now" not in viewer.get("/campaigns/to-publish/publications", params={"foresee": "publish"}).text
    assert viewer.post("/campaigns/to-publish/publish").status_code == 403
    assert publisher.post("/campaigns/to-publish/publish").status_code == 303
    [publication] = ground.rt.catalog.publications.of_campaign("to-publish")
    assert publication.address in publisher.get("/campaigns/to-publish/publications").text
    assert "Nothing: 1 file" in publisher.get("/campaigns/to-publish/publications", params={"foresee": "publish"}).text
    assert (
        "<strong>1</strong> taken down"
        in publisher.get("/campaigns/to-publish/publications", params={"foresee": "unpublish"}).text
    )
    assert publisher.post("/campaigns/to-publish/unpublish").status_code == 303
    assert ground.rt.catalog.publications.of_campaign("to-publish", only_open=True) == []
    noted = [e for e in ground.rt.catalog.events.page(limit=1000, about="log") if e.draft.subject == "to-publish"]
    assert [event.draft.kind for event in noted] == ["publish", "unpublish"]


def test_what_may_not_be_public_yet_is_said(ground: World, visits: Visits) -> None:
    ground.approved("embargoed", embargo="2999-01-01T00:00:00Z")
    text = visits.by(Role.PUBLISHER).get("/campaigns/embargoed/publications", params={"foresee": "publish"}).text
    assert "under embargo" in text
    assert "Publish now" not in text
