"""What administrators do to accounts, and not to their own."""

from collections.abc import Sequence

from colophon.domain.account import Account, Grant, Role
from colophon.errors import Conflict
from colophon.services.reception import Reception


def give_roles(account: str, grants: Sequence[Grant], *, by: Account, reception: Reception) -> Account:
    """These and no others. Raises `NotFound`, and `Conflict` for an administrator who would be none any more by it."""
    if account == by.id and Grant(Role.ADMIN) not in grants:
        raise Conflict("nobody ends their own role as administrator", where=account)
    return reception.accounts.set_grants(account, grants, by=by.name, now=reception.clock.now())


def close_account(account: str, *, by: Account, reception: Reception) -> None:
    """With its sign-ins and tokens. Raises `NotFound`, and `Conflict` for one's own."""
    if account == by.id:
        raise Conflict("nobody closes their own account", where=account)
    reception.accounts.close_account(account, now=reception.clock.now())
