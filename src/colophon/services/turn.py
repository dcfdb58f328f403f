"""One change at a time of what is public of a campaign, over all processes that share a catalog."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

from colophon.domain.identity import new_id
from colophon.errors import ColophonError, Conflict
from colophon.ports import Holder
from colophon.services.press import Press

BUSY = "busy"
# For putting and verifying one file at its slowest, beside the time a CDN is given to show it and its manifest.
LASTS = timedelta(minutes=5)


@contextmanager
def turn(campaign: str, press: Press) -> Iterator[Callable[[], None]]:
    """Gives a function that holds on to the turn, to be called before each file. It ends with this block, with the
    process, as soon as another one on the same machine can tell, or else some minutes after it was last held on to.

    Raises `Conflict` with reason ``busy`` while somebody else has it; the function too, where it was lost.
    """
    name, holder = f"publish/{campaign}", Holder(new_id("turn", press.clock.now()), press.process)

    def hold() -> None:
        _take(name, holder, campaign, press)

    hold()
    try:
        yield hold
    finally:
        with suppress(ColophonError):  # it ends by itself, and an error on its way out says more than this one would
            press.leases.release(name, holder)


def _take(name: str, holder: Holder, campaign: str, press: Press) -> None:
    now, lasts = press.clock.now(), LASTS + 2 * press.arrives
    held = press.leases.take(name, holder, until=now + lasts, now=now)
    if held is None:
        return
    other, until = held
    if press.dead(other) and press.leases.take_over(name, other, holder, until=now + lasts):
        return
    raise Conflict(
        f"something else is publishing or taking down {campaign} at this moment",
        where=campaign,
        reason=BUSY,
        hint=f"run it again when that is done; if it died on another machine, after {until:%H:%M:%S} UTC",
    )
