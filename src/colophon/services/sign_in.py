"""Coming in: by password, by a link that works once, by what an identity provider says, by a token of a program.

Keys are 256 random bits, shown once and kept as digests. A password that is wrong takes as long as one that is right,
and so does a name that nobody has.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from colophon.domain.access import brands_for
from colophon.domain.account import Account, ApiToken, Grant, Role, SignedIn
from colophon.domain.asset import sha256
from colophon.domain.identity import new_id
from colophon.errors import InvalidInput, NotAllowed, NotSignedIn
from colophon.services.guessing import acquainted, doubt, knows, note, patience
from colophon.services.reception import Reception

SESSION = timedelta(hours=12)
IDLE = timedelta(hours=2)
LINK = timedelta(minutes=15)
FLOW = timedelta(minutes=10)  # from being sent to an identity provider to coming back
LONGEST_TOKEN = timedelta(days=366)
_SEEN_EVERY = timedelta(minutes=5)  # a page load is no reason to write
_SHORTEST, _LONGEST = 12, 256  # characters of a password (NIST SP 800-63B asks for at least 8, and 15 without more)
TOKEN_PREFIX = "clp_"  # noqa: S105 - so that scanners for leaked secrets know one
_HASHER = PasswordHasher()  # argon2id under RFC 9106's parameters for little memory, the library's default
_NOBODY = _HASHER.hash(secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody came in: the key of their session, and the one their browser is known by from now on."""

    key: str
    browser: str
    account: Account


def hash_password(password: str) -> str:
    """Raises `InvalidInput` for one that is too short or too long to be one."""
    if not _SHORTEST <= len(password) <= _LONGEST:
        raise InvalidInput(f"a password has {_SHORTEST} to {_LONGEST} characters", where="password")
    return _HASHER.hash(password)


def add_account(
    name: str,
    grants: tuple[Grant, ...],
    *,
    password: str | None,
    by: str,
    reception: Reception,
    subject: str | None = None,
) -> Account:
    """Raises `InvalidInput` for a name that is none, `Conflict` for one that is taken."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise InvalidInput("a name has 1 to 100 printable characters", where="name")
    now = reception.clock.now()
    account = Account(new_id("acc", now), name, now, grants, subject)
    return reception.accounts.add(account, password=hash_password(password) if password else None, by=by)


def with_password(name: str, password: str, address: str, *, reception: Reception, browser: str = "") -> Entry:
    """``browser`` is the key that a browser says it is known by. Raises `NotSignedIn`; it does not say whether the name
    or the password was wrong."""
    acquaintance = knows(browser, name, reception)
    if not acquaintance:
        patience(name, address, reception)
    found = reception.accounts.named(name)
    account, known = found if found else (None, None)
    right = _is(password, known or _NOBODY) and known is not None
    if account is None or not right or account.closed_at is not None:
        if acquaintance:
            doubt(browser, reception)
        note(name, address, "closed" if account and account.closed_at else "wrong", "password", reception)
        raise NotSignedIn("name or password is wrong")
    if known and _HASHER.check_needs_rehash(known):
        reception.accounts.set_password(account.id, _HASHER.hash(password))
    return enter(account, address, "password", reception, browser)


def change_password(account: Account, old: str, new: str, address: str, *, reception: Reception) -> None:
    """Signs out everywhere, and no browser is known any more. Raises `NotAllowed` for a wrong old one, `NotSignedIn`
    after too many of these, `InvalidInput` for a new one that is none; an account that had no password needs no old
    one."""
    _, known = reception.accounts.named(account.name) or (account, None)
    if known is not None:
        patience(account.name, address, reception)
        if not _is(old, known):
            note(account.name, address, "wrong", "change", reception)
            raise NotAllowed("the old password is wrong", where="old")
    reception.accounts.change_password(account.id, hash_password(new), now=reception.clock.now())


def make_link(account: str, *, reception: Reception) -> str:
    """The key of a link that signs in once, soon."""
    key = secrets.token_urlsafe(32)
    reception.accounts.add_link(sha256(key.encode()), account, expires_at=reception.clock.now() + LINK)
    return key


def with_link(key: str, address: str, *, reception: Reception, browser: str = "") -> Entry:
    """Raises `NotSignedIn` for a link that is unknown, was used or is too old."""
    patience("", address, reception)
    account = reception.accounts.use_link(sha256(key.encode()), now=reception.clock.now())
    if account is None:
        note("", address, "wrong", "link", reception)
        raise NotSignedIn("this link is unknown, used or too old", hint="`colophon users link NAME` makes another")
    return enter(account, address, "link", reception, browser)


def by_session(key: str, *, reception: Reception) -> Account | None:
    """Whose session this is; one that was not used for two hours has ended."""
    now, digest = reception.clock.now(), sha256(key.encode())
    found = reception.accounts.signed_in(digest, now=now)
    if found is None:
        return None
    session, account = found
    if now - session.seen_at > IDLE:
        reception.accounts.sign_out(digest, now=now)
        return None
    if now - session.seen_at > _SEEN_EVERY:
        reception.accounts.seen(digest, now=now)
    return account


def by_token(key: str, *, reception: Reception) -> tuple[Account, ApiToken] | None:
    """Whose token this is, with no more than the token may do."""
    now = reception.clock.now()
    found = reception.accounts.token(sha256(key.encode()), now=now)
    if found is None:
        return None
    token, account = found
    if token.used_at is None or now - token.used_at > _SEEN_EVERY:
        reception.accounts.token_used(token.id, now=now)
    return token.narrowed(account), token


def sign_out(key: str, *, reception: Reception) -> None:
    reception.accounts.sign_out(sha256(key.encode()), now=reception.clock.now())


def make_token(
    account: Account,
    title: str,
    days: int,
    *,
    roles: tuple[Role, ...] | None,
    brands: tuple[str, ...] | None,
    reception: Reception,
    until: datetime | None = None,
) -> tuple[str, ApiToken]:
    """The key, shown this once, and its record. ``account`` is as whoever asks may use it, and the token may do no
    more; ``until`` is when the token ends that asks for another one, which ends then too. Raises `InvalidInput`."""
    title = " ".join(title.split())
    if not 1 <= len(title) <= 100:
        raise InvalidInput("a token has a title of 1 to 100 characters", where="title")
    if not timedelta(0) < timedelta(days=min(days, 10_000)) <= LONGEST_TOKEN:
        raise InvalidInput(f"a token lives 1 to {LONGEST_TOKEN.days} days", where="days")
    if roles is not None and (more := set(roles) - {grant.role for grant in account.grants}):
        raise InvalidInput(f"the account has not the role {min(more)}", where="roles")
    known = brands_for(account, tuple(Role))
    if brands is not None and known is not None and (others := set(brands) - known):
        raise InvalidInput(f"the account has no role for the brand {min(others)[:80]!r}", where="brands")
    now, key = reception.clock.now(), TOKEN_PREFIX + secrets.token_urlsafe(32)
    ends = now + timedelta(days=days) if until is None else min(until, now + timedelta(days=days))
    token = ApiToken(new_id("tok", now), account.id, title, now, ends, roles, brands)
    reception.accounts.add_token(token, sha256(key.encode()))
    return key, token


def enter(account: Account, address: str, via: str, reception: Reception, browser: str = "") -> Entry:
    """A new session of somebody who proved who they are."""
    now, key = reception.clock.now(), secrets.token_urlsafe(32)
    reception.accounts.sign_in(sha256(key.encode()), SignedIn(account.id, now, now + SESSION, now, via))
    note(account.name, address, "ok", via, reception, account.id)
    return Entry(key, acquainted(account, browser, reception), account)


def _is(password: str, known: str) -> bool:
    try:
        return _HASHER.verify(known, password[:_LONGEST])
    except (VerificationError, InvalidHashError):
        return False
