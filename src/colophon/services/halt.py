"""Stop buying, for one campaign or at all, and let it go on.

Nothing is ordered once a halt is on record; what is ordered by then is still waited for, examined and kept.
"""

from collections.abc import Sequence

from colophon.domain.halt import Halt, checked_reason, halted, scope_of
from colophon.domain.identity import new_id
from colophon.ports import Clock, Halts, Orders
from colophon.services.review import check_name


def halt(campaign: str | None, *, by: str, reason: str, halts: Halts, orders: Orders, clock: Clock) -> Halt:
    """Stop the orders of a campaign; None: all orders. Returns the halt in force, which is an older one where the same
    was stopped already. Raises `InvalidInput` without a name or a reason, `NotFound` for an unknown campaign."""
    by, reason = check_name(by), checked_reason(reason)
    if campaign is not None:
        orders.campaign(campaign)
    now = clock.now()
    return halts.halt(Halt(new_id("hlt", now), scope_of(campaign), by, reason, now))


def lift(campaign: str | None, *, by: str, halts: Halts, orders: Orders, clock: Clock) -> Halt | None:
    """End the halt of this scope; None: there was none. A campaign whose own halt ends stays stopped while all orders
    are. Raises `InvalidInput` without a name, `NotFound` for an unknown campaign."""
    by = check_name(by)
    if campaign is not None:
        orders.campaign(campaign)
    return halts.lift(scope_of(campaign), by=by, now=clock.now())


def active(campaign: str | None = None, *, halts: Halts) -> Sequence[Halt]:
    """The halts in force, oldest first; with a campaign only those that stop it."""
    return halts.active(campaign)


def require_none(campaign: str, *, halts: Halts) -> None:
    """Raises `Halted`. A look beforehand, so that nothing is prepared in vain; what counts is the look that the catalog
    takes in the transaction that begins an attempt."""
    for one in halts.active(campaign):
        raise halted(one, campaign)
