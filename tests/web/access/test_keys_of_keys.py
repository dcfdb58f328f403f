"""What a token may not do, and what ends with it."""

from datetime import timedelta

import pytest

from colophon.domain.account import Grant, Role
from colophon.services.audit_verify import Audit, verify
from tests.web.access.conftest import OTHER, OWN, PASSWORD, SAME, Ground

TOKENS = "/api/v1/me/tokens"


def test_a_token_for_one_brand_makes_none_for_another_nor_a_longer_one(ground: Ground) -> None:
    ada = ground.account("Ada", Grant(Role.ADMIN))
    client, whole = ground.client(), ground.token(ada)
    asked = {"title": "one brand", "brands": [OWN], "days": 1}
    narrow = {"Authorization": f"Bearer {client.post(TOKENS, json=asked, headers=whole).json()['token']}"}
    other = client.post(TOKENS, json={"title": "another", "brands": [OTHER]}, headers=narrow)
    assert (other.status_code, other.json()["where"]) == (422, "brands")
    child = client.post(TOKENS, json={"title": "child", "days": 366}, headers=narrow).json()
    ends = (ground.world.clock.moment + timedelta(days=1)).date().isoformat()
    assert (child["brands"], child["expires_at"][:10]) == ([OWN], ends)


def test_the_keys_of_an_account_are_changed_in_person(ground: Ground) -> None:
    ada = ground.account("Ada", Grant(Role.ADMIN), password=PASSWORD)
    client, headers = ground.client(), ground.token(ada)
    sent = {
        "/settings/tokens": {"title": "more", "days": "9"},
        "/settings/password": {"old": PASSWORD, "new": "another good password"},
        "/settings/people": {"name": "Eve", "grants": "admin"},
        f"/settings/people/{ada.id}/link": {},
    }
    for address, form in sent.items():
        assert client.post(address, data=form, headers=headers).status_code == 403, address
    eve = {"name": "Eve", "grants": [{"role": "admin"}]}
    refused = client.post("/api/v1/accounts", json=eve | {"password": PASSWORD}, headers=headers)
    assert (refused.status_code, refused.json()["where"]) == (403, "Authorization")
    assert client.post("/api/v1/accounts", json=eve, headers=headers).status_code == 201
    assert ground.signed_in(ada).post("/settings/tokens", data=sent["/settings/tokens"]).status_code == 200


def test_a_key_is_not_remembered_with_its_answer(ground: Ground) -> None:
    ada = ground.account("Ada", Grant(Role.ADMIN))
    client, headers = ground.client(), ground.token(ada) | {"Idempotency-Key": "once"}
    first, second = (client.post(TOKENS, json={"title": "jobs"}, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["token"] != second.json()["token"]
    assert "idempotent-replayed" not in second.headers


def test_an_old_answer_is_for_who_may_still_ask(ground: Ground) -> None:
    ada = ground.account("Ada", Grant(Role.REVIEWER, OWN))
    client, headers = ground.client(), ground.token(ada) | {"Idempotency-Key": "once"}
    address = f"/api/v1/assets/{ground.names[OWN]['asset']}/comments"
    said = {"json": {"text": "dark"}, "headers": headers}
    assert client.post(address, **said).status_code == 201  # type: ignore[arg-type]
    ground.reception.accounts.set_grants(ada.id, (), by="a test", now=ground.world.clock.moment)
    assert client.post(address, **said).status_code == 404  # type: ignore[arg-type]


def test_what_is_stopped_is_told_of_ones_own_brands(ground: Ground) -> None:
    admin, ada = ground.account("Root", Grant(Role.ADMIN)), ground.account("Ada", Grant(Role.VIEWER, OWN))
    client = ground.client()
    for brand in (OWN, OTHER):
        slug = ground.names[brand]["campaign"]
        sent = client.post(f"/api/v1/campaigns/{slug}/stop", json={"reason": "a question"}, headers=ground.token(admin))
        assert sent.status_code == 200
    told = client.get("/api/v1/halts", headers=ground.token(ada)).json()["halts"]
    assert [each["campaign"] for each in told] == [ground.names[OWN]["campaign"]]


def test_signing_out_empties_what_the_browser_keeps(ground: Ground) -> None:
    ada = ground.account("Ada", Grant(Role.VIEWER), password=PASSWORD)
    client = ground.signed_in(ada)
    shown = client.get(f"/pictures/{ground.names[OWN]['asset']}/original")
    assert shown.headers["vary"] == "Cookie, Authorization"
    assert client.post("/sign-out", headers=SAME).headers["clear-site-data"] == '"cache"'


def test_a_sign_out_everywhere_leaves_what_ended_long_ago(ground: Ground) -> None:
    ada = ground.account("Ada", Grant(Role.VIEWER), password=PASSWORD)
    ground.signed_in(ada)
    ground.world.clock.moment += timedelta(days=2)
    ground.signed_in(ada)
    assert ground.reception.accounts.sign_out_everywhere(ada.id, now=ground.world.clock.moment) == 1


def test_one_at_a_time_holds_the_whole_record_against_itself(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    client, headers = ground.client(), ground.token(ground.account("Ada", Grant(Role.ADMIN)))
    taken: list[int] = []

    def slow(asked: Audit) -> object:
        if not taken:
            taken.append(client.post("/api/v1/audit/verify?sample=1", headers=headers).status_code)
        return verify(asked)

    monkeypatch.setattr("colophon.web.api.audit.verify", slow)
    codes = [client.post("/api/v1/audit/verify?sample=1", headers=headers).status_code for _ in range(2)]
    assert (codes, taken) == ([200, 200], [409])


def test_who_follows_over_the_api_is_asked_again_whether_they_may(ground: Ground) -> None:
    class Closed:
        def still(self, request: object) -> bool:
            return False

    ada, address = ground.account("Ada", Grant(Role.VIEWER, OWN)), f"{ground.names[OWN]['campaign']}/events"
    asked = {"url": f"/api/v1/campaigns/{address}", "headers": ground.token(ada)}
    assert "event: state" in ground.client().get(**asked).text  # type: ignore[arg-type]
    ground.app.state.gate = Closed()  # the role was taken away after the stream was opened
    assert ground.client().get(**asked).text == ""  # type: ignore[arg-type]
