"""What somebody is told of brands that are not theirs: that a picture is another's, never which, over pages and API."""

from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient

from colophon.checks import parse_profiles
from colophon.domain.account import Grant, Role
from tests.web.access.conftest import OTHER, OWN, PASSWORD, Ground

LIKE = {"visuals": [{"id": "hero", "prompt": "A copper kettle on slate"}], "seeds": [77]}

# Else the second of two equal pictures is rejected, and waits for nobody.
HELD = """
[default.duplicate.same]
same_visual = "review"
same_campaign = "review"
elsewhere = "review"
"""


@dataclass
class Looking:
    """``asset`` is of the own brand, and looks like ``theirs``."""

    asset: str
    theirs: str
    narrow: TestClient
    wide: TestClient


@pytest.fixture(scope="module")
def looking(shared_ground: Ground) -> Looking:
    ground = shared_ground
    vars(ground.world.rt).update(check_profiles=parse_profiles(HELD))
    theirs = ground.world.bought("kettle-theirs", brand={"name": OTHER}, **LIKE)
    asset = ground.world.bought("kettle-own", brand={"name": OWN}, **LIKE)
    narrow = ground.account("Nia", *(Grant(role, OWN) for role in Role), password=PASSWORD)
    wide = ground.account("Wim", *(Grant(role) for role in Role), password=PASSWORD)
    return Looking(asset.id, theirs.id, ground.signed_in(narrow), ground.signed_in(wide))


def test_a_finding_names_another_brands_picture_to_those_who_may_see_it(looking: Looking) -> None:
    places = (
        *(f"/api/v1/assets/{looking.asset}{part}" for part in ("", "/review", "/lineage")),
        *("/api/v1/campaigns/kettle-own", "/api/v1/review", "/campaigns/kettle-own", "/review"),
        *(f"/assets/{looking.asset}", f"/review/{looking.asset}"),
    )
    for place in places:
        told, whole = looking.narrow.get(place), looking.wide.get(place)
        assert (told.status_code, whole.status_code) == (200, 200), place
        assert looking.theirs in whole.text, place
        assert looking.theirs not in told.text, place
        assert "kettle-theirs" not in told.text, place
        assert "a picture of another brand" in told.text, place
    for place in (f"/assets/{looking.asset}/events", f"/api/v1/assets/{looking.asset}/events"):
        assert looking.theirs not in looking.narrow.get(place).text, place


def test_evidence_that_shows_it_is_not_there(looking: Looking) -> None:
    checks = looking.wide.get(f"/api/v1/assets/{looking.asset}").json()["checks"]
    [evidence] = [each["evidence"] for each in checks if each["name"] == "duplicate"]
    [hidden] = looking.narrow.get(f"/api/v1/assets/{looking.asset}").json()["checks"][3:4]
    assert (hidden["name"], hidden["evidence"]) == ("duplicate", None)
    for place in (f"/api/v1/assets/{looking.asset}", f"/assets/{looking.asset}"):
        address = f"{place}/evidence/{evidence['sha256']}"
        assert looking.wide.get(address).headers["content-type"].startswith("image/")
        missing = looking.narrow.get(f"{place}/evidence/{'0' * 64}")
        assert looking.narrow.get(address).status_code == missing.status_code == 404
    assert looking.narrow.get(f"/api/v1/assets/{looking.asset}/alike").json()["assets"] == []
    assert [each["id"] for each in looking.wide.get(f"/api/v1/assets/{looking.asset}/alike").json()["assets"]] == [
        looking.theirs
    ]


def test_cursors_and_copies_do_not_tell_what_there_is(looking: Looking) -> None:
    """An id or a name of another brand's is answered as one that never was, in all that takes one."""
    asset, campaign = (looking.theirs, looking.theirs[:-8] + "zzzzzzzz"), ("kettle-theirs", "kettle-nowhere")
    for place, names in (
        *((f"/api/v1/{part}?cursor=", asset) for part in ("assets", "review")),
        *((place, asset) for place in ("/search?cursor=", "/review?cursor=")),
        ("/api/v1/campaigns?cursor=", campaign),
        ("/campaigns?after=", campaign),
        ("/audit/exports?cursor=", campaign),
        ("/campaigns/new?like=", campaign),
        ("/api/v1/assets?campaign=", campaign),
        ("/api/v1/campaigns/kettle-own/ledger?cursor=", asset),
        ("/api/v1/campaigns/kettle-own/publications?cursor=public.", asset),
    ):
        told = [looking.narrow.get(f"{place}{name}") for name in names]
        assert len({answer.status_code for answer in told}) == 1, place
        texts = [answer.text.replace(name, "NAME") for answer, name in zip(told, names, strict=True)]
        assert texts[0] == texts[1], place


def test_decisions_on_many_do_not_tell_what_there_is(looking: Looking) -> None:
    names = [looking.theirs, looking.theirs[:-8] + "zzzzzzzz"]
    told = looking.narrow.post("/api/v1/review/reject", json={"assets": names, "reason": "dark"}).json()["assets"]
    one, other = (str(each).replace(name, "NAME") for each, name in zip(told, names, strict=True))
    assert one == other
