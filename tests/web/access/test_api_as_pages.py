"""What pages show and do, over the API: a campaign's brief, sheet, publications and money, review, papers, people."""

import httpx
import pytest

from colophon import Client
from colophon.domain.account import Grant, Role
from colophon.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.services.conftest import DETACHED
from tests.web.access.conftest import OTHER, OWN, PASSWORD, SAME, Ground
from tests.web.access.test_api import brief, client
from tests.web.access.test_api_page import picture


@pytest.fixture
def everything(ground: Ground) -> Client:
    return client(ground, *(Grant(role) for role in Role))


def test_an_order_approves_and_publishes_for_whom_the_routes_do(shared_ground: Ground) -> None:
    """Nothing here runs campaigns: who may is told that, and the others that they may not."""
    address = f"/api/v1/campaigns/{shared_ground.names[OWN]['campaign']}/runs"
    for approving, publishing, roles in (
        (403, 403, (Role.MARKETER,)),
        (503, 403, (Role.MARKETER, Role.APPROVER)),
        (403, 503, (Role.MARKETER, Role.PUBLISHER)),
        (503, 503, (Role.ADMIN,)),
    ):
        who = shared_ground.account(f"orders as {'-'.join(roles)}", *(Grant(each, OWN) for each in roles))
        asks, headers = shared_ground.client(), shared_ground.token(who)
        answers = [asks.post(address, json={name: True}, headers=headers) for name in ("approve", "publish")]
        assert [answer.status_code for answer in answers] == [approving, publishing], roles


def test_a_campaign_over_the_api_has_what_its_pages_have(ground: Ground, everything: Client) -> None:
    ours = ground.names[OWN]
    read = everything.brief(ours["campaign"])
    assert read["brief"]["brand"]["name"] == OWN
    assert "campaign: of-northwind" in read["yaml"]
    assert [each["newest"] for each in read["revisions"]] == [True]
    [file] = everything.sheet(ours["campaign"])
    assert (file["placement"], file["rendition"]["id"]) == (DETACHED, ours["rendition"])
    with pytest.raises(NotFound, match="no such placement"):
        list(everything.sheet(ours["campaign"], "opengraph/universal"))
    assert everything.costs(ours["campaign"])["totals"]["USD"]["charges"] == 1
    rows = list(everything.entries(ours["campaign"]))
    assert list(everything.entries(ours["campaign"], newest=True)) == rows[::-1]
    viewer = client(ground, Grant(Role.VIEWER, OWN), name="Vi")
    assert list(viewer.entries(ours["campaign"])) == rows, "as on the page"
    assert [each["campaign"] for each in everything.campaigns(text="NORTHW", state="approved")] == [ours["campaign"]]
    assert list(everything.campaigns(state="unfinished")) == []


def test_publications_are_paged_and_told_with_their_withdrawals(ground: Ground, everything: Client) -> None:
    ours = ground.names[OWN]
    everything.publish(ours["campaign"])
    everything.unpublish(ours["campaign"])
    everything.publish(ours["campaign"])
    told = list(everything.publications(ours["campaign"]))
    assert [(each["state"], each["until"] is None) for each in told] == [("published", True), ("gone", False)]
    assert told[1]["withdrawal"]["why"]
    headers = ground.token(ground.account("Cy", Grant(Role.VIEWER)))
    address = f"/api/v1/campaigns/{ours['campaign']}/publications"
    first = ground.client().get(address, params={"limit": 1}, headers=headers).json()
    second = ground.client().get(address, params={"cursor": first["next_cursor"]}, headers=headers).json()
    assert (first["count"], first["publications"] + second["publications"]) == (2, told)
    assert second["next_cursor"] is None
    assert ground.client().get(f"{address}?cursor=nonsense", headers=headers).status_code == 422
    by = {event["kind"] for event in everything.events(about="log")}
    assert {"publish", "unpublish"} <= by, "whoever published over the API is on record, as on the page"


def test_what_a_brief_is_written_with(ground: Ground, everything: Client) -> None:
    assert [(each["brand"], each["may_order"]) for each in everything.brands()] == [(OTHER, True), (OWN, True)]
    bo = client(ground, Grant(Role.MARKETER, OWN), Grant(Role.VIEWER, OTHER), name="Bo")
    assert [(each["brand"], each["may_order"]) for each in bo.brands()] == [(OTHER, False), (OWN, True)]
    assert DETACHED in {each["placement"] for each in bo.placements()}
    reference = bo.reference(picture())
    visuals = [{"id": "hero", "prompt": "A mug", "references": [reference]}]
    planned = bo.plan(brief(ground, visuals=visuals))
    assert planned["generations"][0]["references"]
    assert planned["crops"][0]["box"]["left"] == 0
    assert (planned["doubts"], planned["limit"]["limit"]) == ([], None)
    poor = brief(ground, budget={"currency": "USD", "cap": "0.01"})
    assert [each["code"] for each in bo.plan(poor)["doubts"]] == ["over_cap"]
    with pytest.raises(NotAllowed):
        client(ground, Grant(Role.VIEWER), name="Vi").reference(picture())


def test_review_over_the_api(ground: Ground, everything: Client) -> None:
    held = everything.ingest(picture())["id"]
    ours = ground.names[OWN]["asset"]
    assert everything.waiting_campaigns()["counted"] == 1
    table = everything.light_table(ours)
    assert [each["id"] for each in table["variants"]] == [ours]
    assert table["asked"]["title"] == "Campaign of-northwind"
    assert everything.today()["pictures"]["count"] == 1
    told = everything.reject_many([ours, held, "asset_nowhere"], reason="too dark")
    assert [(each["state"], each["decided"]) for each in told] == [
        ("rejected", True),
        ("rejected", True),
        (None, False),
    ]
    [again] = everything.approve_many([ours], reason="it is fine")
    assert (again["decided"], again["approvals"]) == (True, 1)
    bo = client(ground, Grant(Role.APPROVER, OWN), name="Bo")
    theirs = ground.names[OTHER]["asset"]
    [missing] = bo.reject_many([theirs], reason="not mine")
    assert missing["problem"]["message"] == f"there is no asset {theirs!r} here"
    assert everything.asset(theirs)["state"] == "approved"
    assert bo.today()["newest"][0]["brand"] == OWN


def test_papers_of_an_asset(ground: Ground, everything: Client) -> None:
    ours = ground.names[OWN]
    assert everything.alike(ours["asset"]) == []
    assert {"assets", "renditions"} <= {each["about"] for each in everything.asset_events(ours["asset"])}
    [crop] = everything.crops(ours["asset"])["crops"]
    assert crop["placement"] == DETACHED
    assert len(everything.crops(ours["asset"], everywhere=True)["crops"]) == len(everything.placements())
    assert everything.manifest(ours["rendition"])
    assert everything.small(ours["asset"], "thumbnail")[8:12] == everything.small_rendition(ours["rendition"])[8:12]
    assert everything.focus(ours["asset"], "0.3", "0.5")["focus"]
    everything.no_focus(ours["asset"])
    with pytest.raises(NotFound, match="no such evidence"):
        everything.evidence(ours["asset"], "0" * 64)
    [row] = everything.assets(brand=OWN)
    assert (row["model"], row["basis"], row["currency"]) == ("flux-2-pro", "settled", "USD")
    assert {event["subject"] for event in everything.events(about=f"assets/{ours['asset']}")} == {ours["asset"]}
    assert everything.log()["size"] > everything.log()["covered"]


def test_people_and_what_they_spend(ground: Ground, everything: Client) -> None:
    bo = everything.add_account("Bo", ["viewer@Northwind", "reviewer"])
    assert {(each["role"], each["brand"]) for each in bo["grants"]} == {("viewer", OWN), ("reviewer", "*")}
    everything.limit(bo["id"], "5.00")
    assert {each["name"]: each["limit"] for each in everything.spending()} == {"Ada": None, "Bo": "5.00"}
    [listed] = [each for each in everything.accounts() if each["name"] == "Bo"]
    assert listed["limit"]["limit"] == "5.00"
    everything.close_account(bo["id"])
    with pytest.raises(NotFound):
        everything.sign_out_account("acc_nobody")


def test_keys_of_people_are_changed_by_who_is_signed_in(ground: Ground) -> None:
    root = ground.account("Root", Grant(Role.ADMIN), password=PASSWORD)
    bo = ground.account("Bo", Grant(Role.VIEWER), password=PASSWORD)
    program, person = ground.client(), ground.signed_in(root)
    links, secret, own = f"/api/v1/accounts/{bo.id}/links", f"/api/v1/accounts/{bo.id}/password", "/api/v1/me/password"
    new = "another good password"
    asked: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("POST", links, {}),
        ("PUT", secret, {"new": new}),
        ("PUT", own, {"old": PASSWORD, "new": new}),
    )
    for method, address, body in asked:
        refused = program.request(method, address, json=body, headers=ground.token(root))
        assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed"), address

    made = person.post(links, headers={"Idempotency-Key": "once"})
    assert made.status_code == 201
    entered = ground.client().post(made.json()["link"].removeprefix("http://testserver"), headers=SAME)
    assert entered.headers["location"] == "/"
    assert made.json()["link"] != person.post(links, headers={"Idempotency-Key": "once"}).json()["link"]

    bos = ground.signed_in(bo)
    assert person.put(secret, json={"new": "short"}).status_code == 422
    assert person.put(secret, json={"new": new}).json() == {"ended": 2}
    assert bos.get("/api/v1/me").status_code == 401
    assert bos.post("/sign-in", data={"name": "Bo", "password": new}).status_code == 303
    assert person.delete(f"/api/v1/accounts/{bo.id}/sign-ins").json() == {"ended": 1}
    assert bos.get("/api/v1/me").status_code == 401

    assert person.put(own, json={"old": "wrong", "new": new}).status_code == 403
    assert person.put(own, json={"old": PASSWORD, "new": new}).status_code == 204
    assert person.get("/api/v1/me").status_code == 401
    assert person.post("/sign-in", data={"name": "Root", "password": new}).status_code == 303
    assert person.delete("/api/v1/me/sign-ins").json() == {"ended": 1}
    assert person.get("/api/v1/me").status_code == 401
    ground.reception.accounts.close_account(bo.id, now=ground.world.clock.now())
    person.post("/sign-in", data={"name": "Root", "password": new})
    assert person.post(links).status_code == person.put(secret, json={"new": new}).status_code == 409


def test_the_client_waits_for_what_is_being_worked_on(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("colophon.client.connection.sleep", slept.append)
    busy = httpx.Response(409, json={"code": "in_progress", "detail": "x"}, headers={"retry-after": "2"})
    answers = [busy, busy, httpx.Response(200, json={"added": []})]
    keys: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        return answers.pop(0)

    asking = Client("http://testserver", "clp_x", transport=httpx.MockTransport(answer))
    assert asking.publish("spring") == {"added": []}
    assert (slept, len(set(keys))) == ([2.0, 2.0], 1)
    monkeypatch.setattr("colophon.client.connection._PATIENCE", 3.0)
    answers += [busy] * 9
    with pytest.raises(Conflict):
        asking.publish("spring")


def test_what_a_decision_needs_is_said(everything: Client) -> None:
    with pytest.raises(InvalidInput):
        everything.reject_many([], reason="nothing")
