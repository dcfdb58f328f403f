"""Who comes in at the door of this installation, and the first of them on a machine of their own."""

from colophon.bootstrap.runtime import Runtime
from colophon.bootstrap.starting import this_actor
from colophon.domain.account import Account, Grant, Role
from colophon.services.reception import Reception
from colophon.services.sign_in import add_account, make_link


def reception(rt: Runtime) -> Reception:
    return Reception.of(rt.catalog, rt.clock)


def local_account(rt: Runtime) -> Account:
    """The account of whoever runs this program on this machine, made with every role when there is none: who can read
    the home can do all that it does. Closed, it stays closed, and a link for it is refused."""
    name = this_actor(rt.settings).name
    if found := rt.catalog.accounts.named(name):
        return found[0]
    grants = tuple(Grant(role) for role in Role)
    return add_account(name, grants, password=None, by="colophon serve", reception=reception(rt))


def local_link(rt: Runtime, address: str) -> str:
    """An address that signs in once, within 15 minutes, as `local_account`."""
    return f"{address}/sign-in/{make_link(local_account(rt).id, reception=reception(rt))}"
