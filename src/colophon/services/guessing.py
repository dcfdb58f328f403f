"""Guessing slowed down, and strangers kept from keeping somebody out.

Failed tries are counted of a name from one place, from a place whatever the name, and of a name from anywhere. The last
limit is larger and counts longer: no single place reaches it. None of them holds for a browser that the same account
signed in with before, which has a few wrong passwords of its own. Names that nobody has are counted like all others.
"""

import secrets
from datetime import timedelta

from colophon.domain.account import LOCKS, Account, Failures, SignInTry
from colophon.domain.asset import sha256
from colophon.domain.identity import new_id
from colophon.domain.purse import person_key
from colophon.errors import NotSignedIn
from colophon.services.reception import Reception

_LATELY, _LONGER = timedelta(minutes=15), timedelta(hours=1)
# From one place come at most four times _HERE tries of a name in the hour, fewer than _OF_NAME: it takes several.
_HERE, _OF_PLACE, _OF_NAME = 5, 30, 50
BROWSER_KNOWN = timedelta(days=180)
_WRONG_OF_BROWSER = 5  # since its last sign-in; then it is as good as any other
_MOST_BROWSERS = 20  # of one account
_LONGEST_NAME, _LONGEST_ADDRESS = 200, 100


def patience(name: str, address: str, reception: Reception) -> None:
    """Raises `NotSignedIn` where too many tries failed lately; ``name`` empty: the place alone counts."""
    lock, wait = _lock(name, _failures(name, address, reception))
    if wait is not None:
        link = "" if lock == LOCKS[1] else ", or ask for a link that signs in once"
        raise NotSignedIn(f"too many tries failed; wait a while{link}", retry_after=wait.total_seconds())


def note(name: str, address: str, outcome: str, via: str, reception: Reception, account: str | None = None) -> None:
    """A try on record; and beside a failed one, that from now on others are refused, where it led to that."""
    _record(name, address, outcome, via, reception, account)
    if outcome != "ok":
        lock, _ = _lock(name, _failures(name, address, reception))
        if lock is not None:
            _record(name, address, lock, via, reception, None)


def knows(browser: str, name: str, reception: Reception) -> bool:
    """Whether a browser's key says that who has this name signed in with it before. The name is not looked up: what
    is refused afterwards takes as long whether anybody has it."""
    whose = reception.browsers.account_of(_digest(browser), now=reception.clock.now()) if browser else None
    return whose is not None and person_key(reception.accounts.account(whose).name) == person_key(name)


def doubt(browser: str, reception: Reception) -> None:
    """A wrong password came from a browser that is known."""
    reception.browsers.failed(_digest(browser), most=_WRONG_OF_BROWSER, now=reception.clock.now())


def acquainted(account: Account, browser: str, reception: Reception) -> str:
    """The key that a browser is known by from now on, instead of ``browser``: a copy of that is worth nothing."""
    now, key = reception.clock.now(), secrets.token_urlsafe(32)
    reception.browsers.know(
        _digest(key),
        account.id,
        now=now,
        expires_at=now + BROWSER_KNOWN,
        instead_of=_digest(browser) if browser else None,
        most=_MOST_BROWSERS,
    )
    return key


def _failures(name: str, address: str, reception: Reception) -> Failures:
    now = reception.clock.now()
    lately, longer = now - _LATELY, now - _LONGER
    return reception.tries.failures(name=_written(name), address=address, lately=lately, longer=longer)


def _lock(name: str, failed: Failures) -> tuple[str | None, timedelta | None]:
    """What refuses further tries, and for how long at most."""
    here, place, named = LOCKS
    if name and failed.of_name >= _OF_NAME:
        return named, _LONGER
    if failed.of_place >= _OF_PLACE:
        return place, _LATELY
    return (here, _LATELY) if name and failed.here >= _HERE else (None, None)


def _record(name: str, address: str, outcome: str, via: str, reception: Reception, account: str | None) -> None:
    now = reception.clock.now()
    one = SignInTry(new_id("try", now), now, _written(name), _plain(address)[:_LONGEST_ADDRESS], outcome, via, account)
    reception.tries.tried(one)


def _written(name: str) -> str:
    """As it is counted, and no longer than a record has room for: whatever finds an account finds its tries."""
    return _plain(" ".join(name.split()))[:_LONGEST_NAME]


def _plain(text: str) -> str:
    """Without what cannot be seen: not every database keeps it."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)


def _digest(key: str) -> str:
    return sha256(key.encode("utf-8", "surrogatepass"))
