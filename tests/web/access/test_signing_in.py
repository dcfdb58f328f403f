"""Coming in and going out, and who cannot."""

from datetime import timedelta

import pytest

from colophon.domain.account import Grant, Role
from colophon.errors import InvalidInput
from colophon.services import sign_in
from colophon.web.protection import Protection
from colophon.web.room import Room, Rooms
from tests.web.access.conftest import OWN, PASSWORD, SAME, Ground

HTML = {"accept": "text/html"}


@pytest.fixture
def ada(ground: Ground):  # type: ignore[no-untyped-def]
    return ground.account("Ada", Grant(Role.ADMIN), password=PASSWORD)


def test_a_page_asks_to_sign_in_and_leads_back(ground: Ground, ada: object) -> None:
    client = ground.client()
    asked = client.get("/", headers=HTML)
    assert (asked.status_code, asked.headers["location"]) == (303, "/sign-in?next=%2F")
    entered = client.post("/sign-in", data={"name": " ADA ", "password": PASSWORD, "next": "/"}, headers=SAME)
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    for cookie in entered.headers.get_list("set-cookie"):
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
    assert client.get("/", headers=HTML).status_code == 200
    assert client.post("/sign-out", headers=SAME).headers["location"] == "/sign-in"
    assert client.get("/", headers=HTML).status_code == 303


def test_who_is_signed_out_in_the_midst_of_work_comes_back_to_it(ground: Ground) -> None:
    client, search = ground.client(), "/search?text=mug"
    asked = client.get(search, headers=HTML)
    assert asked.headers["location"] == "/sign-in?next=%2Fsearch%3Ftext%3Dmug"
    page = HTML | SAME | {"referer": f"http://testserver{search}"}
    assert client.post("/money/stop", headers=page).headers["location"] == asked.headers["location"]
    elsewhere = HTML | SAME | {"referer": "https://evil.example/search"}
    assert client.post("/money/stop", headers=elsewhere).headers["location"] == "/sign-in?next=%2F"
    part = client.get("/search/facets", headers=page | {"hx-request": "true"})
    assert part.status_code == 401, "the page stays, with what is written on it"
    assert f'href="{asked.headers["location"]}"' in part.text


def test_headers_that_are_no_addresses_lead_nowhere(ground: Ground) -> None:
    client = ground.client()
    assert client.post("/sign-in", headers={"origin": "http://["}).status_code == 403
    for came, back in (("http://[", "%2F"), ("http://testserver//evil.example/x", "%2Fevil.example%2Fx")):
        asked = client.post("/money/stop", headers=HTML | SAME | {"referer": came})
        assert (asked.status_code, asked.headers["location"]) == (303, f"/sign-in?next={back}")
    shown = client.get("/nowhere", headers=HTML | {"referer": "http://testserver/\\evil.example/x"})
    assert 'href="/evil.example/x"' in shown.text


def test_the_api_says_401_in_its_own_form(ground: Ground) -> None:
    told = ground.client().get("/api/v1/me")
    assert (told.status_code, told.headers["content-type"]) == (401, "application/problem+json")
    assert told.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "address", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1", "/a\nb"]
)
def test_signing_in_leads_nowhere_else(ground: Ground, ada: object, address: str) -> None:
    entered = ground.client().post(
        "/sign-in", data={"name": "Ada", "password": PASSWORD, "next": address}, headers=SAME
    )
    assert entered.headers["location"] == "/"


def test_it_is_not_told_whether_a_name_is_known(ground: Ground, ada: object) -> None:
    client = ground.client()
    pages = [
        client.post("/sign-in", data={"name": name, "password": "wrong"}, headers=SAME).text.replace(name, "NAME")
        for name in ("Ada", "Eve")
    ]
    assert pages[0] == pages[1]


def test_a_link_signs_in_once_and_soon(ground: Ground, ada) -> None:  # type: ignore[no-untyped-def]
    link = sign_in.make_link(ada.id, reception=ground.reception)
    client = ground.client()
    assert client.get(f"/sign-in/{link}", headers=HTML).status_code == 200, "looking at it uses nothing up"
    assert client.post(f"/sign-in/{link}", headers=SAME).status_code == 303
    assert client.get("/", headers=HTML).status_code == 200
    assert ground.client().post(f"/sign-in/{link}", headers=SAME).status_code == 401
    old = sign_in.make_link(ada.id, reception=ground.reception)
    ground.world.clock.moment += timedelta(minutes=16)
    assert ground.client().post(f"/sign-in/{old}", headers=SAME).status_code == 401


def test_a_session_ends_after_hours_and_when_it_is_not_used(ground: Ground, ada) -> None:  # type: ignore[no-untyped-def]
    for pause, until in ((timedelta(hours=3), 1), (timedelta(hours=1), 11)):
        client = ground.signed_in(ada)
        for _ in range(until - 1):
            ground.world.clock.moment += pause
            assert client.get("/", headers=HTML).status_code == 200
        ground.world.clock.moment += pause + timedelta(minutes=61) * (until > 1)
        assert client.get("/", headers=HTML).status_code == 303


def test_signing_out_everywhere_ends_all_and_only_ones_own(ground: Ground, ada) -> None:  # type: ignore[no-untyped-def]
    bo = ground.account("Bo", Grant(Role.VIEWER, OWN), password=PASSWORD)
    here, there, theirs = ground.signed_in(ada), ground.signed_in(ada), ground.signed_in(bo)
    assert here.post("/sign-out/everywhere").status_code == 303
    assert there.get("/", headers=HTML).status_code == 303
    assert theirs.get("/", headers=HTML).status_code == 200


def test_another_site_does_nothing_in_ones_name(ground: Ground, ada) -> None:  # type: ignore[no-untyped-def]
    client = ground.signed_in(ada)
    del client.headers["origin"]
    for headers in (
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", "origin": "http://testserver"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ):
        assert client.post("/sign-out", headers=headers).status_code == 403, headers
        assert client.post("/api/v1/me/tokens", json={"title": "x"}, headers=headers).status_code == 403, headers
    assert client.post("/sign-out", headers={"sec-fetch-site": "same-origin"}).status_code == 303


def test_a_token_does_what_it_is_for_until_it_is_ended(ground: Ground, ada) -> None:  # type: ignore[no-untyped-def]
    client = ground.client()
    whole = ground.token(ada)
    narrow = client.post(
        "/api/v1/me/tokens", json={"title": "jobs", "roles": ["admin"], "brands": [OWN], "days": 2}, headers=whole
    ).json()
    headers = {"Authorization": f"Bearer {narrow['token']}"}
    assert client.get("/api/v1/me", headers=headers).json()["grants"] == [{"role": "admin", "brand": OWN}]
    assert client.get("/api/v1/accounts", headers=whole).status_code == 200
    assert client.get("/api/v1/accounts", headers=headers).status_code == 403, "that needs all brands"
    more = client.post("/api/v1/me/tokens", json={"title": "more"}, headers=headers).json()
    assert more["brands"] == [OWN], "a token makes no token that may do more"
    assert client.delete(f"/api/v1/me/tokens/{narrow['id']}", headers=whole).status_code == 204
    assert client.get("/api/v1/me", headers=headers).status_code == 401
    ground.world.clock.moment += timedelta(days=3)
    assert client.get("/api/v1/me", headers=whole).status_code == 401, "it was made for a day"
    assert client.get("/healthz", headers=headers).status_code == 401, "a key that is wrong is told, wherever"


def test_a_closed_account_is_out_at_once(ground: Ground, ada) -> None:  # type: ignore[no-untyped-def]
    bo = ground.account("Bo", Grant(Role.VIEWER), password=PASSWORD)
    browser, token, admin = ground.signed_in(bo), ground.token(bo), ground.token(ada)
    assert ground.client().post(f"/api/v1/accounts/{bo.id}/close", headers=admin).json()["closed_at"]
    assert browser.get("/", headers=HTML).status_code == 303
    assert ground.client().get("/api/v1/me", headers=token).status_code == 401
    again = ground.client().post("/sign-in", data={"name": "Bo", "password": PASSWORD}, headers=SAME)
    assert again.status_code == 401
    link = ground.signed_in(ada).post(f"/settings/people/{bo.id}/link", headers=SAME)
    assert link.status_code == 409, "it would sign nobody in"
    own = ground.client().post(f"/api/v1/accounts/{ada.id}/close", headers=admin)
    assert own.status_code == 409, "nobody closes their own"
    viewer = {"grants": [{"role": "viewer"}]}
    less = ground.client().put(f"/api/v1/accounts/{ada.id}/grants", json=viewer, headers=admin)
    assert less.status_code == 409, "nobody ends their own role as administrator"


@pytest.mark.parametrize("password", ["short", "x" * 257])
def test_a_password_has_a_length(password: str) -> None:
    with pytest.raises(InvalidInput, match="12 to 256"):
        sign_in.hash_password(password)


def test_sign_ins_are_in_the_log_and_no_secret_is_anywhere(ground: Ground, ada) -> None:  # type: ignore[no-untyped-def]
    ground.signed_in(ada)
    token = ground.token(ada)["Authorization"].removeprefix("Bearer ")
    tables = {event.draft.about for event in ground.world.rt.catalog.events.page(limit=1000)}
    assert {"accounts", "grants", "sessions", "sign_in_tries", "api_tokens"} <= tables
    kept = b"".join(path.read_bytes() for path in ground.world.settings.home.glob("catalog.db*"))
    assert PASSWORD.encode() not in kept
    assert token.encode() not in kept


def test_where_too_much_is_sent_at_once_a_page_says_so(ground: Ground) -> None:
    none = Room(0, 0)
    ground.app.add_middleware(Protection, rooms=Rooms(none, none, none))
    answer = ground.client().post("/sign-in", data={"name": "Ada"}, headers=SAME | HTML)
    assert (answer.status_code, answer.headers["retry-after"], answer.headers["connection"]) == (503, "5", "close")
    assert answer.headers["content-type"].startswith("text/html")
    assert "come again" in answer.text
