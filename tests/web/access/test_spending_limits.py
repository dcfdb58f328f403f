"""What an administrator sets a person, and what the person is told before anything is ordered."""

import re

import pytest

from colophon import Client
from colophon.domain.account import Grant, Role
from colophon.errors import InvalidInput
from colophon.settings import CapSettings
from tests.web.access.conftest import OWN, PASSWORD, SAME, Ground
from tests.web.access.test_api import Through, brief

HTML = {"accept": "text/html"}


def test_a_limit_is_set_shown_and_held(ground: Ground) -> None:
    rt = ground.world.rt
    rt.settings = rt.settings.model_copy(update={"caps": CapSettings.model_validate({"person": "5.00"})})
    chief = ground.account("Cy", *(Grant(role) for role in Role), password=PASSWORD)
    bo = ground.account("Bo", Grant(Role.MARKETER, OWN), password=PASSWORD)
    theirs, ours = ground.token(bo), ground.token(chief)
    http = ground.client()
    address = f"/api/v1/accounts/{bo.id}/limit"
    assert http.get("/api/v1/me", headers=theirs).json()["limit"]["limit"] == "5.00"
    assert http.put(address, json={"limit": "0.01"}, headers=theirs).status_code == 403
    told = http.put(address, json={"limit": "0.01"}, headers=ours).json()
    assert (told["limit"], told["own"], told["everybody"], told["spent"]) == ("0.01", True, "5.00", "0.00")
    for wrong in ("-1", "NaN", "many", "1e99"):
        assert http.put(address, json={"limit": wrong}, headers=ours).status_code == 422
    assert http.put("/api/v1/accounts/acc_none/limit", json={"limit": "1"}, headers=ours).status_code == 404

    page = ground.signed_in(chief)
    assert 'value="0.01"' in page.get("/settings/people", headers=HTML).text
    ground.account("Di", Grant(Role.VIEWER, OWN), Grant(Role.AUDITOR))
    listed = re.findall(r"<textarea name=.grants. rows=.3.>([^<]*)</textarea>", page.get("/settings/people").text)
    assert {"viewer@Northwind", "auditor"} in [set(text.split("\n")) - {""} for text in listed], "one a line"
    assert "Bo" in page.get("/money", headers=HTML).text
    marketer = ground.signed_in(bo)
    assert "of 0.01 USD" in marketer.get("/", headers=HTML).text

    with pytest.raises(InvalidInput, match=r"of your limit of 0\.01"):
        _order(ground, bo.name)
    assert page.post(f"/settings/people/{bo.id}/limit", data={"limit": ""}, headers=SAME).status_code == 303
    assert http.get("/api/v1/me", headers=theirs).json()["limit"]["own"] is False
    assert _order(ground, bo.name) == "autumn"
    client = Client("http://testserver", theirs["Authorization"].removeprefix("Bearer "), transport=Through(http))
    assert client.plan(brief(ground, "winter"))["cost"]


def _order(ground: Ground, name: str) -> str:
    from colophon.bootstrap.planning import plan_brief, register_plan

    return register_plan(plan_brief(ground.world.brief("autumn"), None, ground.world.rt), ground.world.rt, by=name)
