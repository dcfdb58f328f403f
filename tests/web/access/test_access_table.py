"""Every role at every route, for what is its brand's, another brand's and nobody's: as the table says, and no route
beside it."""

import csv
import io
import re
from collections.abc import Iterator

import pytest
from fastapi import HTTPException, Request
from fastapi.testclient import TestClient

from colophon import data
from colophon.domain import duties
from colophon.domain.account import Role
from colophon.errors import InvalidInput
from colophon.web.gate import access_table, check_table
from tests.web.access.conftest import OTHER, OWN, SAME, Ground

LET_IN = 418  # what the tests put behind the gate
ROWS = list(csv.DictReader(io.StringIO(data.text("access.csv"))))
GATED = [row for row in ROWS if row["who"] != "own"]
OF_A_BRAND = {"campaign", "asset", "rendition", "brand"}


@pytest.fixture(scope="module")
def client(shared_ground: Ground) -> Iterator[TestClient]:
    """An application that does nothing but let in."""
    gate = shared_ground.app.state.gate

    async def only_the_gate(request: Request) -> None:
        await gate(request)
        raise HTTPException(LET_IN)

    shared_ground.app.dependency_overrides[gate] = only_the_gate
    yield shared_ground.client()
    shared_ground.app.dependency_overrides.clear()


def address(row: dict[str, str], names: dict[str, str]) -> str:
    return re.sub(r"{(\w+)(?::\w+)?}", lambda found: names.get(found[1], "1"), row["path"])


def asked(client: TestClient, row: dict[str, str], names: dict[str, str], headers: dict[str, str]) -> int:
    return client.request(row["method"], address(row, names), headers=SAME | headers).status_code


def roles(row: dict[str, str]) -> set[str]:
    who = row["who"].split()
    return {str(role) for role in Role} if who in (["everyone"], ["signed_in"], ["open"]) else set(who)


@pytest.mark.parametrize("row", GATED, ids=lambda row: f"{row['method']} {row['path']}")
def test_a_route_lets_in_whom_the_table_names(
    row: dict[str, str], client: TestClient, shared_ground: Ground, people: dict[str, dict[str, str]]
) -> None:
    nobody = asked(client, row, shared_ground.names[OWN], {})
    assert nobody == (LET_IN if row["who"] == "open" else 401)
    for role in map(str, Role):
        may = role in roles(row) and row["brand"] != "every"
        own = asked(client, row, shared_ground.names[OWN], people[role])
        assert own == (LET_IN if may or row["who"] == "open" else 403), f"{role} at their own"
        if row["brand"] in OF_A_BRAND:
            assert asked(client, row, shared_ground.names[OTHER], people[role]) == 404, f"{role} at another's"
            gone = dict.fromkeys(("campaign", "asset", "rendition", "brand"), "no-such")
            assert asked(client, row, gone, people[role]) == 404, f"{role} at what is not there"
    assert asked(client, row, shared_ground.names[OTHER], people["every"]) == LET_IN, "who may do all, everywhere"


def test_what_is_anothers_is_answered_as_what_is_not_there(
    client: TestClient, shared_ground: Ground, people: dict[str, dict[str, str]]
) -> None:
    theirs = shared_ground.names[OTHER]["campaign"]
    told = [client.get(f"/api/v1/campaigns/{name}", headers=people["viewer"]).json() for name in (theirs, "no-such")]
    assert [str(answer).replace(name, "NAME") for answer, name in zip(told, (theirs, "no-such"), strict=True)] == [
        str(told[0]).replace(theirs, "NAME")
    ] * 2


def test_a_route_that_is_not_in_the_table_does_not_start(shared_ground: Ground) -> None:
    from fastapi import APIRouter

    router = APIRouter()
    router.add_api_route("/new", lambda: None, methods=["GET"])
    with pytest.raises(LookupError, match=r"not in data/access\.csv: GET /new"):
        check_table([router], {})
    with pytest.raises(LookupError, match="without a route"):
        check_table([], access_table())


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("GET,/x,emperor,-", "emperor"),
        ("GET,/x,,-", "nobody may use"),
        ("GET,/x,viewer,moon", "moon"),
        ("GET,/x,viewer,-\nGET,/x,admin,-", "there twice"),
    ],
)
def test_a_table_that_cannot_be_is_refused(row: str, said: str) -> None:
    from colophon.domain.access import parse_access

    with pytest.raises(InvalidInput, match=said):
        parse_access(f"method,path,who,brand\n{row}\n")


@pytest.mark.parametrize("done", ["comments", "verify", "approve", "reject"])
def test_the_api_lets_do_with_an_asset_whom_the_page_lets(done: str) -> None:
    found = [set(row["who"].split()) for row in ROWS if row["method"] == "POST" and row["path"].endswith(f"}}/{done}")]
    assert len(found) == 2, "once for people, once for programs"
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("duty", "route"),
    [
        (duties.ORDERS, ("POST", "/api/v1/campaigns")),
        (duties.APPROVES, ("POST", "/api/v1/assets/{asset}/approve")),
        (duties.REJECTS, ("POST", "/api/v1/assets/{asset}/reject")),
        (duties.COMMENTS, ("POST", "/api/v1/assets/{asset}/comments")),
        (duties.FOCUSES, ("PUT", "/api/v1/assets/{asset}/focus")),
        (duties.VERIFIES, ("POST", "/api/v1/assets/{asset}/verify")),
        (duties.PUBLISHES, ("POST", "/api/v1/campaigns/{campaign}/publish")),
    ],
)
def test_pages_offer_what_the_table_lets_through(duty: tuple[Role, ...], route: tuple[str, str]) -> None:
    assert access_table()[route].roles == set(duty)
