"""Coming in by an identity provider: their account is made at their first sign-in, and their roles follow what the
provider says at each of them."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from colophon.domain.account import Account, Grant
from colophon.domain.vouched import RoleRules, Vouched, grants_of
from colophon.errors import Conflict, NotAllowed, NotSignedIn
from colophon.services.guessing import note, patience
from colophon.services.reception import Reception
from colophon.services.sign_in import Entry, add_account, enter

VIA = "oidc"
_LONGEST_NAME = 80
_MOST_VALUES = 1000
_NAMESAKES = 50


def vouched(claims: Mapping[str, Any], *, issuer: str, claim: str, name_claim: str) -> Vouched:
    """Out of the claims of a token that was checked. Raises `NotSignedIn` without a subject."""
    sub = claims.get("sub")
    if not isinstance(sub, str) or not 1 <= len(sub) <= 255:
        raise NotSignedIn("the identity provider does not say who this is")
    values = claims.get(claim)
    listed = [values] if isinstance(values, str) else values if isinstance(values, list) else []
    return Vouched(
        f"{issuer} {sub}",
        next((name for each in (name_claim, "preferred_username", "email") if (name := _name(claims.get(each)))), sub),
        tuple(value for value in listed[:_MOST_VALUES] if isinstance(value, str)),
    )


def with_voucher(who: Vouched, rules: RoleRules, address: str, *, reception: Reception, browser: str = "") -> Entry:
    """A new session. Where rules say which roles the provider's words give, those and no others are theirs
    from now on; without rules administrators give roles. Raises `NotSignedIn` for a closed account, `NotAllowed` for
    somebody without any role."""
    patience("", address, reception)
    account = reception.accounts.of_subject(who.subject) or _first(who, reception)
    if account.closed_at is not None:
        note(account.name, address, "closed", VIA, reception, account.id)
        raise NotSignedIn("this account is closed")
    if rules:
        account = _refreshed(account, grants_of(who.values, rules), reception)
    if not account.grants:
        note(account.name, address, "no_role", VIA, reception, account.id)
        hint = "ask an administrator of Colophon, or of your organisation's groups"
        raise NotAllowed(f"you are known as {account.name}, and have no role here yet", hint=hint)
    return enter(account, address, VIA, reception, browser)


def not_vouched(address: str, *, reception: Reception) -> None:
    """A try that failed before it was known whose it is."""
    note("", address, "wrong", VIA, reception)


def _refreshed(account: Account, grants: tuple[Grant, ...], reception: Reception) -> Account:
    if set(grants) == set(account.grants):
        return account
    now = reception.clock.now()
    refreshed = reception.accounts.set_grants(account.id, grants, by="the identity provider", now=now)
    if not grants:
        reception.accounts.sign_out_everywhere(account.id, now=now)
    return refreshed


def _first(who: Vouched, reception: Reception) -> Account:
    """Never the account of somebody else who has the name: that one is not proved to be theirs. A second Ada is
    ``Ada (2)``."""
    for number in range(1, _NAMESAKES):
        name = who.name if number == 1 else f"{who.name} ({number})"
        try:
            return add_account(
                name, (), password=None, by="the identity provider", reception=reception, subject=who.subject
            )
        except Conflict:
            if found := reception.accounts.of_subject(who.subject):  # made by another tab just now
                return found
    raise Conflict(f"too many people here are called {who.name}", hint="an administrator can add the account by hand")


def _name(value: object) -> str:
    """As people write it, without what cannot be seen; letters that only look different are the same."""
    if not isinstance(value, str):
        return ""
    plain = unicodedata.normalize("NFKC", value[:1000])
    return " ".join("".join(sign if sign.isprintable() else " " for sign in plain).split())[:_LONGEST_NAME].strip()
