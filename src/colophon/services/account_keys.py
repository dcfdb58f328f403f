"""The keys of other people, which administrators make anew: a link that signs in once, or another password."""

from dataclasses import dataclass
from datetime import datetime

from colophon.domain.account import Account
from colophon.errors import Conflict
from colophon.services.reception import Reception
from colophon.services.sign_in import LINK, hash_password, make_link


@dataclass(frozen=True, slots=True)
class NewLink:
    key: str
    expires_at: datetime


def link_for(account: str, *, reception: Reception) -> NewLink:
    """A link that signs somebody in once, soon. Raises `NotFound`, and `Conflict` for a closed account."""
    found = _open(account, reception)
    ends = reception.clock.now() + LINK
    return NewLink(make_link(found.id, reception=reception), ends)


def set_password(account: str, password: str, *, reception: Reception) -> int:
    """Another password for somebody; how many sign-ins this ended. Raises `NotFound`, `InvalidInput`, and `Conflict`
    for a closed account."""
    found = _open(account, reception)
    return reception.accounts.change_password(found.id, hash_password(password), now=reception.clock.now())


def _open(account: str, reception: Reception) -> Account:
    found = reception.accounts.account(account)
    if found.closed_at is not None:
        raise Conflict(f"the account {found.name} is closed", where=account)
    return found
