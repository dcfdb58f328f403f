"""The API through the client that programs use, and what it answers to nonsense."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from colophon import Client
from colophon.domain.account import Grant, Role
from colophon.errors import InvalidInput, NotAllowed, NotFound, NotSignedIn, ProviderUnavailable, StoreUnavailable
from tests.web.access.conftest import OTHER, OWN, Ground


class Through(httpx.BaseTransport):
    """The application in this process, for a client that knows nothing of it."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.sent: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        answer = self.client.request(
            request.method, str(request.url.raw_path, "ascii"), headers=dict(request.headers), content=request.read()
        )
        return httpx.Response(answer.status_code, headers=dict(answer.headers), content=answer.content)


def client(ground: Ground, *grants: Grant, name: str = "Ada") -> Client:
    token = ground.token(ground.account(name, *grants))["Authorization"].removeprefix("Bearer ")
    return Client("http://testserver", token, transport=Through(ground.client()))


def brief(ground: Ground, name: str = "autumn", **members: object) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(ground.world.brief(name, **members).read_text())
    return content


@pytest.fixture
def everything(ground: Ground) -> Client:
    return client(ground, *(Grant(role) for role in Role))


def test_assets_are_found_shown_and_fetched(ground: Ground, everything: Client) -> None:
    ours = ground.names[OWN]
    assert {row["id"] for row in everything.assets()} == {names["asset"] for names in ground.names.values()}
    assert [row["id"] for row in everything.assets(brand=OWN, text="mug")] == [ours["asset"]]
    shown = everything.asset(ours["asset"])
    assert shown["provenance"]["state"]
    assert shown["generation"]["cost"]["basis"]
    original = everything.original(ours["asset"])
    assert everything.identify(original)["matches"][0]["asset_id"] == ours["asset"]
    assert everything.verify(original)["sha256"] == shown["sha256"]
    assert everything.rendition(ours["rendition"])
    assert everything.lineage(ours["asset"])["nodes"]
    assert everything.facets()["facets"]["brand"] == {OWN: 1, OTHER: 1}


def test_lists_have_only_what_may_be_seen(ground: Ground) -> None:
    theirs = client(ground, Grant(Role.VIEWER, OTHER), name="Bo")
    assert [row["id"] for row in theirs.assets()] == [ground.names[OTHER]["asset"]]
    assert theirs.facets()["facets"]["brand"] == {OTHER: 1}
    assert [row["campaign"] for row in theirs.campaigns()] == [ground.names[OTHER]["campaign"]]
    assert list(theirs.assets(brand=OWN)) == []
    found = theirs.identify(
        ground.world.rt.store.get(ground.world.rt.catalog.assets.get(ground.names[OWN]["asset"]).sha256)
    )
    assert [match["asset_id"] for match in found["matches"]] in ([], [ground.names[OTHER]["asset"]])
    with pytest.raises(NotFound):
        theirs.asset(ground.names[OWN]["asset"])


def test_a_brief_is_planned_and_ordered_by_its_brands_marketer(ground: Ground, everything: Client) -> None:
    planned = everything.plan(brief(ground))
    assert planned["cost"]["currency"] == "USD"
    with pytest.raises(NotAllowed, match="may not order for the brand Northwind"):
        client(ground, Grant(Role.MARKETER, OTHER), name="Bo").plan(brief(ground))
    with pytest.raises(ProviderUnavailable, match="nothing here runs campaigns"):
        everything.order(brief(ground))
    with pytest.raises(NotFound):
        ground.world.rt.catalog.orders.campaign("autumn")


def test_a_brief_with_mistakes_is_told_all_of_them(ground: Ground, everything: Client) -> None:
    with pytest.raises(InvalidInput):
        everything.plan(brief(ground, visuals=[{"id": "x"}], budget={"currency": "USD", "cap": "-1"}))
    headers = ground.token(ground.account("Cy", Grant(Role.ADMIN)))
    answer = ground.client().post("/api/v1/plans", json={"brief": "campaign: ["}, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"].startswith("brief.yaml")


@pytest.mark.parametrize("image", ["/etc/passwd", "../secret.png", "http://127.0.0.1/x.png"])
def test_a_brief_over_http_names_no_files_and_no_inside_addresses(
    everything: Client, ground: Ground, image: str
) -> None:
    visuals = [{"id": "hero", "prompt": "A mug", "references": [image]}]
    with pytest.raises(InvalidInput):
        everything.plan(brief(ground, visuals=visuals))


def test_a_reference_is_ones_own_brands(ground: Ground) -> None:
    marketer = client(ground, Grant(Role.MARKETER, OWN), name="Bo")
    visuals = [{"id": "hero", "prompt": "A mug", "references": [f"asset:{ground.names[OTHER]['asset']}"]}]
    with pytest.raises(InvalidInput, match="there is no asset"):
        marketer.plan(brief(ground, visuals=visuals))


def test_anothers_campaigns_name_is_taken(ground: Ground) -> None:
    marketer = client(ground, Grant(Role.MARKETER, OWN), name="Bo")
    with pytest.raises(InvalidInput, match="is taken"):
        marketer.plan(brief(ground, ground.names[OTHER]["campaign"]))


def test_publishing_withdrawing_and_the_audit(ground: Ground, everything: Client, tmp_path: Path) -> None:
    ours = ground.names[OWN]
    assert everything.publish(ours["campaign"], dry_run=True)["added"] == [ours["rendition"]]
    assert everything.publish(ours["campaign"])["added"] == [ours["rendition"]]
    assert everything.publish(ours["campaign"])["added"] == []
    back = everything.unpublish_rendition(ours["rendition"])
    assert back["removed"] == [ours["rendition"]]
    assert back["withdrawals"][0]["state"] == "gone"
    out = everything.export(ours["campaign"], "json", tmp_path / "out.json")
    assert ours["asset"] in out.read_text()
    exported = [event for event in everything.events() if event["kind"] == "export"]
    assert len(exported) == 1
    assert exported[0]["commitments"], "who read it is committed to, not told"
    assert everything.audit(signatures=False)["ok"]


def test_a_campaign_is_answered_in_parts_and_the_client_puts_them_together(
    ground: Ground, everything: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground.world.register("many", visuals=[{"id": "hero", "prompt": "A mug", "variants": 3}])
    headers = ground.token(ground.account("Cy", Grant(Role.VIEWER)))
    first = ground.client().get("/api/v1/campaigns/many", params={"limit": 2}, headers=headers).json()
    assert (len(first["generations"]), first["next_cursor"]) == (2, "1")
    rest = {"limit": 2, "cursor": first["next_cursor"]}
    second = ground.client().get("/api/v1/campaigns/many", params=rest, headers=headers).json()
    assert (len(second["generations"]), second["next_cursor"]) == (1, None)
    assert ground.client().get("/api/v1/campaigns/many?cursor=x", headers=headers).status_code == 422
    whole = everything.campaign("many")
    assert whole["generations"] == first["generations"] + second["generations"]
    assert "next_cursor" not in whole


def test_a_decision_is_signed_with_the_accounts_name(ground: Ground, everything: Client) -> None:
    asset = ground.names[OWN]["asset"]
    everything.comment(asset, "Too dark?")
    with pytest.raises(InvalidInput):
        everything.reject(asset, reason="")
    everything.reject(asset, reason="too dark")
    shown = everything.asset(asset)
    assert (shown["state"], shown["decisions"][-1]["by"]) == ("rejected", "Ada")


def test_money_is_for_who_may_see_all_of_it(ground: Ground, everything: Client) -> None:
    assert [line["brand"] for line in everything.ledger("brand")["lines"]] == [OTHER, OWN]
    with pytest.raises(NotAllowed):
        client(ground, Grant(Role.AUDITOR, OWN), name="Bo").ledger()


def test_the_installation_is_told_and_examined(ground: Ground) -> None:
    headers = ground.token(ground.account("Di", Grant(Role.ADMIN)))
    told = ground.client().get("/api/v1/system", headers=headers).json()
    assert told["certificates"]["signing"]["chain"][0]["days_left"] > 0
    assert told["trust_policy"]["anchors"]
    assert [row["brand"] for row in told["brands"]] == sorted((OWN, OTHER))
    parts = ground.client().post("/api/v1/system/examinations", headers=headers).json()["parts"]
    assert {row["state"] for row in parts} <= {"ok", "note", "problem"}
    assert "home" in {row["part"] for row in parts}


def test_a_token_that_is_none_is_told(ground: Ground) -> None:
    with pytest.raises(NotSignedIn):
        Client("http://testserver", "clp_wrong", transport=Through(ground.client())).me()


def test_a_write_sent_again_is_done_once(ground: Ground) -> None:
    headers = ground.token(ground.account("Cy", Grant(Role.ADMIN))) | {"Idempotency-Key": "one"}
    client, asset = ground.client(), ground.names[OWN]["asset"]
    address, said = f"/api/v1/assets/{asset}/comments", {"text": "Too dark?"}
    first, again = (client.post(address, json=said, headers=headers) for _ in range(2))
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert len(ground.world.rt.catalog.reviews.comments(asset)) == 1
    assert client.post(address, json={"text": "other"}, headers=headers).status_code == 422
    other = ground.token(ground.account("Di", Grant(Role.ADMIN))) | {"Idempotency-Key": "one"}
    assert client.post(address, json=said, headers=other).json() != first.json(), "another's key is another key"
    wrong = {"Idempotency-Key": "x" * 256}
    assert client.post(address, json=said, headers=headers | wrong).status_code == 400


def test_an_error_is_not_remembered(ground: Ground) -> None:
    headers = ground.token(ground.account("Cy", Grant(Role.ADMIN))) | {"Idempotency-Key": "one"}
    address = f"/api/v1/assets/{ground.names[OWN]['asset']}/reject"
    for _ in range(2):
        assert ground.client().post(address, json={"reason": ""}, headers=headers).status_code == 422
    assert ground.client().post(address, json={"reason": "dark"}, headers=headers).status_code == 200


def test_the_client_sends_a_write_again_under_the_same_key(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("colophon.client.connection.sleep", lambda seconds: None)
    token = ground.token(ground.account("Cy", Grant(Role.ADMIN)))["Authorization"].removeprefix("Bearer ")

    class Lossy(Through):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            answer = super().handle_request(request)
            if len(self.sent) == 1:
                raise httpx.ReadError("the answer was lost")
            return answer

    transport = Lossy(ground.client())
    asset = ground.names[OWN]["asset"]
    Client("http://testserver", token, transport=transport).comment(asset, "Too dark?")
    assert len(transport.sent) == 2
    assert len(ground.world.rt.catalog.reviews.comments(asset)) == 1


def test_a_body_that_is_too_large_is_refused(ground: Ground) -> None:
    headers = ground.token(ground.account("Cy", Grant(Role.ADMIN)))
    body = json.dumps({"text": "x" * (3 * 1024 * 1024)})
    answer = ground.client().post(
        f"/api/v1/assets/{ground.names[OWN]['asset']}/comments", content=body, headers=headers
    )
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_api_describes_itself(ground: Ground) -> None:
    document = ground.client().get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.")
    assert "/api/v1/assets/{asset}" in document["paths"]
    assert not [path for path in document["paths"] if not path.startswith("/api/v1/")]
    assert document["components"]["schemas"]["Problem"]
    silent = [
        f"{method} {path}"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if not operation.get("description")
    ]
    assert silent == []


def test_a_rejection_whose_files_stay_public_is_told_and_stands(
    ground: Ground, everything: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = ground.names[OWN]
    everything.publish(ours["campaign"])

    def out_of_reach(key: str) -> None:
        raise StoreUnavailable("the CDN store does not answer")

    monkeypatch.setattr(ground.world.rt.press.shelf, "delete", out_of_reach)
    told = everything.reject(ours["asset"], reason="too dark")
    assert (told["state"], told["withdrawn"]) == ("rejected", [])
    assert "does not answer" in told["problem"]["message"]
    monkeypatch.undo()
    again = everything.reject(ours["asset"], reason="too dark")
    assert (again["withdrawn"], again["problem"]) == ([ours["rendition"]], None)
