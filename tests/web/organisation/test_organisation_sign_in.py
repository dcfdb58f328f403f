"""Coming in by an organisation's provider, as a browser does: out, back, and who is then here."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from colophon.domain.account import Account, Grant, Role
from colophon.settings import OidcSettings
from colophon.web.app import create_web
from tests.web.access.conftest import OWN, PASSWORD, SAME, Ground
from tests.web.organisation.conftest import CLIENT, SECRET, StandIn

HTML = {"accept": "text/html"}
ROLES = {"makers": f"marketer@{OWN}, reviewer@{OWN}", "chiefs": "admin"}


@pytest.fixture
def opened(ground: Ground, stand_in: StandIn) -> Callable[..., Ground]:
    """The ground with this provider; ``now`` of both is one."""

    def make(**members: Any) -> Ground:
        own = {"issuer": stand_in.issuer, "client_id": CLIENT, "client_secret": SecretStr(SECRET), "name": "Acme ID"}
        chosen = OidcSettings(**{**own, "allow_private": True, "roles": ROLES, **members})
        runtime = ground.world.rt
        runtime.settings = runtime.settings.model_copy(update={"oidc": chosen})
        ground.app = create_web(runtime)
        stand_in.now = int(ground.world.clock.moment.timestamp())
        return ground

    return make


def out(client: TestClient, next: str = "/") -> str:
    """To the provider, and what it sends the browser back to."""
    sent = client.get("/sign-in/oidc", params={"next": next}, headers=HTML)
    assert sent.status_code == 303, sent.text
    answer = httpx.get(sent.headers["location"], follow_redirects=False)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


def back(client: TestClient, address: str) -> Any:
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}" == "http://testserver"
    return client.get(f"{parts.path}?{parts.query}", headers=HTML)


def me(client: TestClient) -> dict[str, Any]:
    answer = client.get("/api/v1/me")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_first_time_makes_an_account_with_the_groups_roles(opened: Callable[..., Ground]) -> None:
    ground = opened()
    client = ground.client()
    assert "Sign in with Acme ID" in client.get("/sign-in", headers=HTML).text
    entered = back(client, out(client, "/campaigns?brand=x"))
    assert (entered.status_code, entered.headers["location"]) == (303, "/campaigns?brand=x")
    who = me(client)
    assert (who["name"], who["organisation"]) == ("Ada Lovelace", True)
    assert sorted(grant["role"] for grant in who["grants"]) == ["marketer", "reviewer"]
    assert {grant["brand"] for grant in who["grants"]} == {OWN}
    assert client.post("/settings/people", data={"name": "x"}, headers=SAME).status_code == 403


def test_roles_follow_the_groups_at_each_sign_in_and_are_in_the_log(
    opened: Callable[..., Ground], stand_in: StandIn
) -> None:
    ground = opened()
    client = ground.client()
    back(client, out(client))
    first = me(client)
    stand_in.person = {**stand_in.person, "name": "Ada King", "groups": ["chiefs"]}
    again = ground.client()
    back(again, out(again))
    assert (me(again)["id"], me(again)["name"]) == (first["id"], "Ada Lovelace")
    assert me(again)["grants"] == [{"role": "admin", "brand": "*"}]
    drafts = [event.draft for event in ground.world.rt.catalog.events.page(limit=100_000)]
    told = [(each.body["role"], each.body.get("ended_at") is not None) for each in drafts if each.about == "grants"]
    assert sorted(told[-3:]) == [("admin", False), ("marketer", True), ("reviewer", True)]
    stand_in.person = {**stand_in.person, "groups": []}
    third = ground.client()
    refused = back(third, out(third))
    assert refused.status_code == 403
    assert "no role here" in refused.text
    assert client.get("/api/v1/me").status_code == 401, "and is out everywhere"


def test_a_name_that_somebody_has_here_is_not_taken_over(opened: Callable[..., Ground]) -> None:
    ground = opened()
    local = ground.account("ADA lovelace", Grant(Role.ADMIN), password=PASSWORD)
    client = ground.client()
    back(client, out(client))
    assert me(client)["name"] == "Ada Lovelace (2)"
    assert me(client)["id"] != local.id


def test_without_rules_an_administrator_gives_roles(opened: Callable[..., Ground]) -> None:
    ground = opened(roles={})
    client = ground.client()
    assert back(client, out(client)).status_code == 403
    found = ground.reception.accounts.named("Ada Lovelace")
    assert found is not None
    account: Account = found[0]
    ground.reception.accounts.set_grants(account.id, [Grant(Role.VIEWER)], by="a test", now=ground.world.clock.moment)
    assert back(client, out(client)).status_code == 303
    assert me(client)["grants"] == [{"role": "viewer", "brand": "*"}]


def test_a_closed_account_stays_out(opened: Callable[..., Ground]) -> None:
    ground = opened()
    client = ground.client()
    back(client, out(client))
    ground.reception.accounts.close_account(me(client)["id"], now=ground.world.clock.moment)
    answer = back(client, out(client))
    assert (answer.status_code, "closed" in answer.text) == (401, True)


def test_only_the_browser_that_left_comes_back_and_once(opened: Callable[..., Ground]) -> None:
    ground = opened()
    victim, thief = ground.client(), ground.client()
    address = out(thief)
    assert back(victim, address).status_code == 401, "somebody else's answer signs nobody in: no cookie"
    out(victim)
    assert back(victim, address).status_code == 401, "nor with a cookie of their own"
    kept = thief.cookies["colophon_oidc"]
    assert back(thief, address).status_code == 303
    thief.cookies.set("colophon_oidc", kept, path="/sign-in/oidc")
    assert back(thief, address).status_code == 401, "the state is used up"
    late = ground.client()
    old = out(late)
    ground.world.clock.moment += timedelta(minutes=11)
    assert back(late, old).status_code == 401


@pytest.mark.parametrize(
    "change", [{"state": "another"}, {"iss": "https://evil.example"}, {"code": ""}, {"error": "access_denied"}]
)
def test_an_answer_that_was_changed_lets_nobody_in(opened: Callable[..., Ground], change: dict[str, str]) -> None:
    ground = opened()
    client = ground.client()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(out(client)).query).items()} | change
    answer = client.get("/sign-in/oidc/callback", params=asked, headers=HTML)
    assert answer.status_code == 401
    assert client.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize("address", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_coming_in_leads_nowhere_else(opened: Callable[..., Ground], address: str) -> None:
    client = opened().client()
    assert back(client, out(client, address)).headers["location"] == "/"


def test_behind_tls_the_cookies_are_secure_and_the_public_address_is_told(
    opened: Callable[..., Ground], stand_in: StandIn
) -> None:
    ground = opened()
    runtime = ground.world.rt
    runtime.settings = runtime.settings.model_copy(update={"public_url": "https://colophon.example/"})
    client = TestClient(create_web(runtime), follow_redirects=False)
    sent = client.get("/sign-in/oidc", headers=HTML)
    assert "Secure" in sent.headers["set-cookie"]
    asked = parse_qs(urlsplit(sent.headers["location"]).query)
    assert asked["redirect_uri"] == ["https://colophon.example/sign-in/oidc/callback"]
    ground.account("Bo", Grant(Role.VIEWER), password=PASSWORD)
    form = {"name": "Bo", "password": PASSWORD}
    told = client.post("/sign-in", data=form, headers={"origin": "https://colophon.example"})
    assert (told.status_code, "Secure" in told.headers["set-cookie"]) == (303, True)
    for origin in ("https://colophon.example.evil", "http://colophon.example", "https://evil.example"):
        assert client.post("/sign-in", data=form, headers={"origin": origin}).status_code == 403


def test_without_a_provider_nothing_is_offered(ground: Ground) -> None:
    client = ground.client()
    assert "oidc" not in client.get("/sign-in", headers=HTML).text
    assert client.get("/sign-in/oidc").status_code == 404
    assert client.get("/sign-in/oidc/callback").status_code == 404


def test_a_provider_that_does_not_answer_is_told(opened: Callable[..., Ground], stand_in: StandIn) -> None:
    stand_in.document = {"jwks_uri": "http://127.0.0.1:9/keys"}
    client = opened().client()
    answer = back(client, out(client))
    assert (answer.status_code, "not reached" in answer.text) == (503, True)
