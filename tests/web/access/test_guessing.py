"""Guessing is slowed down, and no stranger keeps somebody out."""

from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi.testclient import TestClient

from colophon.domain.account import Account, Grant, Role, SignInTry
from colophon.domain.identity import new_id
from colophon.services.guessing import doubt, note
from colophon.services.sign_in import make_link
from tests.web.access.conftest import PASSWORD, SAME, Ground

HERE, THERE = "203.0.113.5", "198.51.100.7"
COOKIE = "colophon_browser"


@pytest.fixture
def ada(ground: Ground) -> Account:
    return ground.account("Ada Lovelace", Grant(Role.ADMIN), password=PASSWORD)


def browser(ground: Ground, address: str = HERE) -> TestClient:
    client = TestClient(ground.app, follow_redirects=False, client=(address, 50000))
    client.headers.update(SAME)
    return client


def enter(client: TestClient, name: str = "Ada Lovelace", password: str = PASSWORD) -> Any:
    return client.post("/sign-in", data={"name": name, "password": password})


def failed(ground: Ground, name: str, address: str, times: int) -> None:
    for _ in range(times):
        note(name, address, "wrong", "password", ground.reception)


def of_everywhere(ground: Ground, name: str = "ada lovelace") -> None:
    """As many tries of a name as there may be, each from another place."""
    now = ground.world.clock.now()
    for number in range(50):
        place = f"192.0.2.{number}"
        ground.reception.tries.tried(SignInTry(new_id("try", now), now, name, place, "wrong", "password"))


def test_a_stranger_locks_a_name_where_the_stranger_is_and_not_for_its_owner(ground: Ground, ada: Account) -> None:
    stranger = browser(ground)
    failed(ground, "ada lovelace", HERE, 4)
    assert enter(stranger, "ada lovelace", "a wrong password").status_code == 401
    right = enter(stranger)
    assert (right.status_code, right.headers["retry-after"]) == (429, "900"), "even the right one has to wait now"
    assert enter(browser(ground, THERE)).status_code == 303
    ground.world.clock.moment += timedelta(minutes=16)
    assert enter(stranger).status_code == 303


def test_one_place_tries_so_many_names_and_no_more(ground: Ground, ada: Account) -> None:
    known = browser(ground)
    assert enter(known).status_code == 303
    for number in range(30):
        note(f"somebody {number}", HERE, "wrong", "password", ground.reception)
    assert enter(browser(ground)).status_code == 429
    link = make_link(ada.id, reception=ground.reception)
    assert browser(ground).post(f"/sign-in/{link}").status_code == 429, "and it is not used up"
    assert browser(ground, THERE).post(f"/sign-in/{link}").status_code == 303
    assert enter(known).status_code == 303, "whoever shares the address with a stranger is known by the browser"


def test_a_name_that_is_tried_from_everywhere_waits_but_in_a_browser_that_is_known(
    ground: Ground, ada: Account
) -> None:
    bo = ground.account("Bo", Grant(Role.VIEWER), password=PASSWORD)
    hers, his, new = browser(ground, THERE), browser(ground, THERE), browser(ground, THERE)
    assert enter(hers).status_code == enter(his, bo.name).status_code == 303
    of_everywhere(ground)
    refused = enter(new)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "3600")
    assert "link" in refused.text
    assert enter(his).status_code == 429, "a browser is known for who signed in with it"
    assert enter(hers).status_code == 303
    link = make_link(ada.id, reception=ground.reception)
    assert new.post(f"/sign-in/{link}").status_code == 303
    assert enter(new).status_code == 303, "now it is known too"
    ground.world.clock.moment += timedelta(minutes=61)
    assert enter(browser(ground, THERE)).status_code == 303


def test_a_known_browser_has_a_few_wrong_passwords_of_its_own(ground: Ground, ada: Account) -> None:
    hers = browser(ground, THERE)
    enter(hers)
    stolen = hers.cookies[COOKIE]
    of_everywhere(ground)
    thief = browser(ground)
    thief.cookies.set(COOKIE, stolen, path="/sign-in")
    for _ in range(3):
        doubt(stolen, ground.reception)
    codes = [enter(thief, password="a wrong password").status_code for _ in range(3)]
    assert codes == [401, 401, 429]
    assert enter(hers).status_code == 429, "its copy used them up"


def test_a_copy_of_what_a_browser_is_known_by_is_worth_nothing_after_the_next_sign_in(
    ground: Ground, ada: Account
) -> None:
    hers, thief = browser(ground, THERE), browser(ground)
    enter(hers)
    thief.cookies.set(COOKIE, hers.cookies[COOKIE], path="/sign-in")
    enter(hers)
    of_everywhere(ground)
    assert enter(thief).status_code == 429
    assert enter(hers).status_code == 303


@pytest.mark.parametrize("ends", ["password", "everywhere"])
def test_another_password_and_a_sign_out_everywhere_end_what_browsers_are_known_by(
    ground: Ground, ada: Account, ends: str
) -> None:
    hers, another = browser(ground, THERE), "another good password"
    enter(hers)
    kept = hers.cookies[COOKIE]
    if ends == "password":
        assert hers.post("/settings/password", data={"old": PASSWORD, "new": another}).status_code == 303
    else:
        assert hers.post("/sign-out/everywhere").status_code == 303
        assert COOKIE not in hers.cookies
    hers.cookies.set(COOKIE, kept, path="/sign-in")
    of_everywhere(ground)
    assert enter(hers, password=another if ends == "password" else PASSWORD).status_code == 429


def test_signing_out_leaves_the_browser_known_and_its_cookie_signs_nobody_in(ground: Ground, ada: Account) -> None:
    hers = browser(ground)
    answer = enter(hers)
    [cookie] = [each for each in answer.headers.get_list("set-cookie") if each.startswith(COOKIE)]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/sign-in", "Max-Age=15552000"))
    assert hers.post("/sign-out").status_code == 303
    hers.cookies.set("colophon_session", hers.cookies[COOKIE], path="/")
    assert hers.get("/", headers={"accept": "text/html"}).status_code == 303
    of_everywhere(ground)
    assert enter(hers).status_code == 303


def test_a_name_that_nobody_has_is_answered_counted_and_compared_like_any_other(
    ground: Ground, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[object] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, *given: str) -> bool:
        compared.append(given)
        return verify(self, *given)

    monkeypatch.setattr(PasswordHasher, "verify", counted)

    def tried(name: str) -> tuple[list[tuple[int, str]], int]:
        compared.clear()
        client = browser(ground)
        failed(ground, name, HERE, 3)
        answers = [enter(client, name, "a wrong password") for _ in range(3)]
        return [(each.status_code, each.text.replace(name, "NAME")) for each in answers], len(compared)

    known = tried("Ada Lovelace")
    assert known == tried("Eve Nobody")
    assert ([code for code, _ in known[0]], known[1]) == ([401, 401, 429], 2), "what is refused is not compared"


def test_however_a_name_is_written_its_tries_are_counted(ground: Ground, ada: Account) -> None:
    written = [f"ADA{' ' * 300}lovelace", "Ada\tLovelace", "ada\u00a0lovelace", " Ada \x1f Lovelace", "ada lovelace"]
    client = browser(ground)
    assert enter(client, written[0], "a wrong password").status_code == 401
    for name in written[1:]:
        failed(ground, name, HERE, 1)
    assert [enter(client, name).status_code for name in written] == [429] * 5
    assert enter(client, "Eve\x00\ud7ff", "a wrong password").status_code == 401


def test_a_lock_is_in_the_log(ground: Ground, ada: Account) -> None:
    def outcomes() -> list[str]:
        events = [event.draft for event in ground.world.rt.catalog.events.page(limit=1000)]
        return [str(each.body["outcome"]) for each in events if each.about == "sign_in_tries"]

    failed(ground, "eve nobody", HERE, 5)
    assert outcomes() == [*["wrong"] * 5, "locked_here"]
    for number in range(25):
        note(f"somebody {number}", HERE, "wrong", "password", ground.reception)
    assert outcomes()[-2:] == ["wrong", "locked_place"]


def test_an_old_password_is_not_guessed_either(ground: Ground, ada: Account) -> None:
    client = browser(ground)
    enter(client)
    failed(ground, ada.name, HERE, 4)
    sent = {"old": "a wrong password", "new": "another good password"}
    codes = [client.post("/settings/password", data=sent).status_code for _ in range(2)]
    assert codes == [403, 429]
