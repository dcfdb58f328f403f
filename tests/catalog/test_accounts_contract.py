"""Who works here, on both databases."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from colophon.catalog import SqlCatalog
from colophon.domain.account import ALL_BRANDS, LOCKS, Account, ApiToken, Failures, Grant, Role, SignedIn, SignInTry
from colophon.domain.identity import new_id
from colophon.domain.reply import ABANDONED, REMEMBERED, Reply
from colophon.errors import Conflict, NotFound
from tests.catalog.conftest import NOW

HOUR = timedelta(hours=1)


def account(name: str = "Ada", *grants: Grant, subject: str | None = None) -> Account:
    return Account(new_id("acc", NOW), name, NOW, grants, subject)


@pytest.fixture
def ada(catalog: SqlCatalog) -> Account:
    return catalog.accounts.add(account("Ada", Grant(Role.ADMIN)), password="hash", by="Cy")


def test_an_account_is_found_by_id_name_and_subject(catalog: SqlCatalog) -> None:
    new = account("Ada Lovelace", Grant(Role.VIEWER, "Acme"), subject="idp 7")
    made = catalog.accounts.add(new, password=None, by="x")
    assert catalog.accounts.account(made.id) == made
    assert catalog.accounts.named("  ada  LOVELACE ") == (made, None)
    assert catalog.accounts.of_subject("idp 7") == made
    assert catalog.accounts.named("Ada") is None
    with pytest.raises(NotFound):
        catalog.accounts.account("acc_none")


def test_a_name_and_a_subject_are_one_persons(catalog: SqlCatalog) -> None:
    catalog.accounts.add(account("Ada", subject="idp 7"), password=None, by="x")
    with pytest.raises(Conflict):
        catalog.accounts.add(account("ADA"), password=None, by="x")
    with pytest.raises(Conflict):
        catalog.accounts.add(account("Bo", subject="idp 7"), password=None, by="x")
    assert [each.name for each in catalog.accounts.every()] == ["Ada"]


def test_grants_are_replaced_and_those_that_stay_are_not_given_anew(catalog: SqlCatalog, ada: Account) -> None:
    wanted = [Grant(Role.ADMIN), Grant(Role.VIEWER, "Acme")]
    size = catalog.events.size()
    assert set(catalog.accounts.set_grants(ada.id, wanted, by="x", now=NOW).grants) == set(wanted)
    assert catalog.events.size() == size + 1
    assert catalog.accounts.set_grants(ada.id, wanted[1:], by="x", now=NOW).grants == (wanted[1],)
    assert catalog.accounts.account(ada.id).grants == (wanted[1],)


def test_all_accounts_are_read_with_their_roles_in_as_many_statements_as_one(catalog: SqlCatalog, ada: Account) -> None:
    asked: list[str] = []

    def noted(_: Any, __: Any, statement: str, *rest: Any) -> None:
        asked.append(statement)

    def every() -> tuple[list[Account], int]:
        asked.clear()
        event.listen(Engine, "before_cursor_execute", noted)
        try:
            return list(catalog.accounts.every()), sum("FROM" in each for each in asked)
        finally:
            event.remove(Engine, "before_cursor_execute", noted)

    assert every() == ([ada], 2)
    dee = catalog.accounts.add(account("Dee"), password=None, by="x")
    both = (Grant(Role.VIEWER, "Acme"), Grant(Role.REVIEWER, "Acme"))
    cy = catalog.accounts.add(account("Cy", *both), password=None, by="x")
    bo = catalog.accounts.add(account("Bo", Grant(Role.VIEWER, "Acme")), password=None, by="x")
    catalog.accounts.set_grants(bo.id, [], by="x", now=NOW)
    catalog.accounts.close_account(dee.id, now=NOW)
    found, statements = every()
    assert [each.name for each in found] == ["Ada", "Bo", "Cy", "Dee"]
    assert found == [catalog.accounts.account(each.id) for each in (ada, bo, cy, dee)]
    assert [set(each.grants) for each in found] == [set(ada.grants), set(), set(both), set()]
    assert statements == 2


def test_a_sign_in_lasts_until_it_ends(catalog: SqlCatalog, ada: Account) -> None:
    session = SignedIn(ada.id, NOW, NOW + HOUR, NOW, "password")
    for key in ("one", "two"):
        catalog.accounts.sign_in(key, session)
    assert catalog.accounts.signed_in("one", now=NOW) == (session, ada)
    catalog.accounts.seen("one", now=NOW + HOUR / 2)
    assert catalog.accounts.signed_in("one", now=NOW) == (replace(session, seen_at=NOW + HOUR / 2), ada)
    assert catalog.accounts.signed_in("one", now=NOW + HOUR) is None
    assert catalog.accounts.signed_in("none", now=NOW) is None
    catalog.accounts.sign_out("one", now=NOW)
    assert catalog.accounts.signed_in("one", now=NOW) is None
    assert catalog.accounts.sign_out_everywhere(ada.id, now=NOW) == 1
    assert catalog.accounts.sign_ins(ada.id, now=NOW) == []


def test_a_link_works_once(catalog: SqlCatalog, ada: Account) -> None:
    catalog.accounts.add_link("key", ada.id, expires_at=NOW + HOUR)
    assert catalog.accounts.use_link("other", now=NOW) is None
    assert catalog.accounts.use_link("key", now=NOW + HOUR) is None
    assert catalog.accounts.use_link("key", now=NOW) == ada
    assert catalog.accounts.use_link("key", now=NOW) is None


def test_links_on_their_way_end_with_all_sign_ins(catalog: SqlCatalog, ada: Account) -> None:
    for key in ("everywhere", "password"):
        catalog.accounts.add_link(key, ada.id, expires_at=NOW + HOUR)
        if key == "password":
            catalog.accounts.change_password(ada.id, "argon2", now=NOW)
        else:
            catalog.accounts.sign_out_everywhere(ada.id, now=NOW)
        assert catalog.accounts.use_link(key, now=NOW) is None


def test_a_token_is_its_accounts(catalog: SqlCatalog, ada: Account) -> None:
    token = ApiToken(new_id("tok", NOW), ada.id, "jobs", NOW, NOW + HOUR, (Role.VIEWER,), ("Acme",))
    catalog.accounts.add_token(token, "digest")
    assert catalog.accounts.token("digest", now=NOW) == (token, ada)
    assert catalog.accounts.token("digest", now=NOW + HOUR) is None
    catalog.accounts.token_used(token.id, now=NOW)
    assert catalog.accounts.tokens(ada.id) == [replace(token, used_at=NOW)]
    bo = catalog.accounts.add(account("Bo"), password=None, by="x")
    with pytest.raises(NotFound):
        catalog.accounts.end_token(token.id, account=bo.id, now=NOW)
    catalog.accounts.end_token(token.id, account=ada.id, now=NOW)
    assert catalog.accounts.token("digest", now=NOW) is None


def test_closing_an_account_ends_all_its_keys(catalog: SqlCatalog, ada: Account) -> None:
    catalog.accounts.sign_in("session", SignedIn(ada.id, NOW, NOW + HOUR, NOW, "password"))
    catalog.accounts.add_link("link", ada.id, expires_at=NOW + HOUR)
    catalog.accounts.add_token(ApiToken(new_id("tok", NOW), ada.id, "jobs", NOW, NOW + HOUR), "digest")
    catalog.accounts.close_account(ada.id, now=NOW)
    assert catalog.accounts.signed_in("session", now=NOW) is None
    assert catalog.accounts.use_link("link", now=NOW) is None
    assert catalog.accounts.token("digest", now=NOW) is None
    assert catalog.accounts.account(ada.id).closed_at == NOW


def test_failures_are_counted_of_a_name_somewhere_of_a_place_and_of_a_name_anywhere(catalog: SqlCatalog) -> None:
    def tried(name: str, address: str, outcome: str, minutes: int) -> None:
        at = NOW + timedelta(minutes=minutes)
        catalog.sign_in_tries.tried(SignInTry(new_id("try", at), at, name, address, outcome, "password"))

    def failed(name: str, address: str, minutes: int = 0, longer: timedelta = HOUR) -> Failures:
        lately = NOW + timedelta(minutes=minutes)
        return catalog.sign_in_tries.failures(name=name, address=address, lately=lately, longer=lately - longer)

    tried("ada", "192.0.2.1", "wrong", -30)
    tried("Ada", "192.0.2.1", "wrong", 0)
    tried("ada", "192.0.2.2", "wrong", 1)
    tried("bo", "192.0.2.1", "closed", 2)
    tried("ada", "192.0.2.1", LOCKS[0], 2)
    assert failed("ADA", "192.0.2.1") == Failures(here=1, of_place=2, of_name=3), "a lock is no try"
    assert failed("ada", "192.0.2.1", minutes=1) == Failures(here=0, of_place=1, of_name=3)
    tried("ada", "192.0.2.1", "ok", 3)
    assert failed("ada", "192.0.2.1") == Failures(here=0, of_place=2, of_name=3), "a success counts there alone"
    assert failed("ada", "192.0.2.2").here == 1
    tried("cy", "2001:db8:1:2::7", "wrong", 0)
    assert failed("cy", "2001:db8:1:2:ffff::1").here == 1, "a subscriber has a whole network"
    assert failed("cy", "2001:db8:1:3::7").here == 0


def test_a_browser_is_known_until_it_ends(catalog: SqlCatalog, ada: Account) -> None:
    accounts, browsers = catalog.accounts, catalog.known_browsers

    def know(key: str, instead_of: str | None = None, minutes: int = 0, account: str = ada.id) -> None:
        at = NOW + timedelta(minutes=minutes)
        browsers.know(key, account, now=at, expires_at=NOW + HOUR, instead_of=instead_of, most=3)

    def known(*keys: str) -> list[str]:
        return [key for key in keys if browsers.account_of(key, now=NOW) == ada.id]

    know("one")
    assert known("one", "none") == ["one"]
    assert browsers.account_of("one", now=NOW + HOUR) is None
    know("two", instead_of="one")
    assert known("one", "two") == ["two"]
    bo = catalog.accounts.add(account("Bo"), password=None, by="x")
    know("of bo", instead_of="two", account=bo.id)
    assert known("two") == ["two"], "nobody ends what is another's"
    for number in range(1, 4):
        know(f"more {number}", minutes=number)
    assert known("two", "more 1", "more 2", "more 3") == ["more 1", "more 2", "more 3"], "no more than three"
    for _ in range(2):
        browsers.failed("more 1", most=2, now=NOW)
    browsers.failed("none", most=1, now=NOW)
    assert known("more 1", "more 2") == ["more 2"]
    accounts.sign_out_everywhere(ada.id, now=NOW)
    assert known("more 2", "more 3") == []
    assert browsers.account_of("of bo", now=NOW) == bo.id
    know("last")
    accounts.sign_in("session", SignedIn(ada.id, NOW, NOW + HOUR, NOW, "password"))
    assert accounts.change_password(ada.id, "another hash", now=NOW) == 1
    assert (known("last"), accounts.named("ada")) == ([], (ada, "another hash"))
    know("closed")
    accounts.close_account(ada.id, now=NOW)
    assert known("closed") == []


@pytest.mark.parametrize(
    ("roles", "brands", "left"),
    [
        (None, None, {(Role.VIEWER, "Acme"), (Role.ADMIN, ALL_BRANDS)}),
        ((Role.ADMIN,), None, {(Role.ADMIN, ALL_BRANDS)}),
        (None, ("Acme",), {(Role.VIEWER, "Acme"), (Role.ADMIN, "Acme")}),
        (None, ("Other",), {(Role.ADMIN, "Other")}),
        (None, (ALL_BRANDS,), set()),
        ((), None, set()),
    ],
)
def test_a_token_narrows_and_never_widens(
    roles: tuple[Role, ...] | None, brands: tuple[str, ...] | None, left: set[tuple[Role, str]]
) -> None:
    whole = account("Ada", Grant(Role.VIEWER, "Acme"), Grant(Role.ADMIN))
    token = ApiToken("tok", whole.id, "jobs", NOW, NOW + HOUR, roles, brands)
    assert {(grant.role, grant.brand) for grant in token.narrowed(whole).grants} == left


def test_a_reply_is_remembered_for_a_day(catalog: SqlCatalog) -> None:
    assert catalog.replies.begin("key", "request", now=NOW) is None
    assert catalog.replies.begin("key", "request", now=NOW) == Reply("request"), "it is being worked on"
    held = NOW + ABANDONED
    assert catalog.replies.begin("key", "request", now=held) is None, "who began it has died"
    assert not catalog.replies.renew("key", held=NOW, now=held), "and would have lost it"
    assert catalog.replies.renew("key", held=held, now=NOW + HOUR / 2)
    held = NOW + HOUR / 2
    assert catalog.replies.begin("key", "request", now=held + ABANDONED / 2) == Reply("request")
    done = Reply("request", 201, "{}", "/there")
    catalog.replies.finish("key", Reply("request", 500), held=NOW)
    catalog.replies.finish("key", done, held=held)
    assert catalog.replies.begin("key", "other", now=NOW + HOUR) == done
    catalog.replies.give_up("key", held=held)
    assert not catalog.replies.renew("key", held=held, now=NOW + HOUR)
    assert catalog.replies.begin("key", "request", now=NOW + HOUR) == done, "what was answered is not given up"
    later = held + REMEMBERED
    assert catalog.replies.begin("key", "other", now=later) is None
    catalog.replies.give_up("key", held=later)
    assert catalog.replies.begin("key", "third", now=later) is None
    assert catalog.replies.forget(before=later) == 0
    assert catalog.replies.forget(before=later + HOUR) == 1


def test_what_is_written_about_people_is_in_the_log_without_their_names(catalog: SqlCatalog, ada: Account) -> None:
    events = catalog.events.page(limit=1000)
    [made] = [each for each in events if each.draft.about == "accounts"]
    assert made.draft.subject == ada.id
    assert {"name", "made_by"} <= made.draft.commitments.keys()
    assert not [each for each in events if "Ada" in str(each.draft.body) or "Cy" in str(each.draft.body)]
