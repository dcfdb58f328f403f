"""What every page and every part of the API is given: the runtime, who is asking, and how to answer."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Request

from colophon.bootstrap import Runtime
from colophon.bootstrap.brief_desk import BriefDesk
from colophon.domain.access import brands_for, roles_for
from colophon.domain.account import ALL_BRANDS, Account, Role
from colophon.errors import Conflict, NotAllowed, NotSignedIn, ProviderUnavailable
from colophon.ports import Starter
from colophon.services.claims import Claims
from colophon.services.discretion import Discretion
from colophon.services.reception import Reception
from colophon.services.withdraw import open_of_asset, recall
from colophon.web.live import Places
from colophon.web.page import Pages
from colophon.web.small_copies import SmallCopies

T = TypeVar("T")
# A password takes 64 MiB and a fraction of a second to compare: the threads that answer everybody else, and the memory,
# are not for whoever sends many; and each failure is on record before the next but one is looked at.
_HASHED_AT_ONCE = 2
_MOST_WAITING = 40


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody signed in. ``name`` is what their decisions are signed with; ``until`` is when their token ends."""

    account: Account
    via: str
    until: datetime | None = None

    @property
    def name(self) -> str:
        return self.account.name

    def may(self, *roles: Role, brand: str = ALL_BRANDS) -> bool:
        """Whether they have one of the roles for this brand; without one: for all of them."""
        return not roles_for(self.account, brand).isdisjoint(roles)

    def has(self, *roles: Role) -> bool:
        """Whether they have one of the roles for any brand."""
        return self.brands(*roles) != frozenset()

    def brands(self, *roles: Role) -> frozenset[str] | None:
        """The brands they may see, or have one of the roles for; None: all of them. What a route lists is narrowed
        to these."""
        return brands_for(self.account, roles or tuple(Role))

    def sees(self, brand: str | None) -> bool:
        """Whether a thing of this brand is shown to them; None: it belongs to no brand."""
        brands = self.brands()
        return brands is None or brand in brands


@dataclass(frozen=True, slots=True)
class House:
    """``starter`` None: campaigns are run elsewhere, and pages say how."""

    rt: Runtime
    reception: Reception
    pages: Pages
    briefs: BriefDesk
    claims: Claims
    starter: Starter | None = None
    copies: SmallCopies = field(default_factory=SmallCopies)
    following: Places = field(default_factory=Places)
    _rechecking: Lock = field(default_factory=Lock)
    _hashing: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(_HASHED_AT_ONCE))

    async def hashed(self, compare: Callable[[], T]) -> T:
        """Whatever compares or makes the hash of a password, a few at a time. Raises `NotSignedIn` where many wait."""
        if self._hashing.statistics().tasks_waiting >= _MOST_WAITING:
            raise NotSignedIn("many sign in at this moment; try again soon", retry_after=5)
        return await to_thread.run_sync(compare, limiter=self._hashing)

    @contextmanager
    def rechecking(self) -> Iterator[None]:
        """The whole record is held against itself by one at a time: it takes as long as there is much. Raises
        `Conflict`."""
        if not self._rechecking.acquire(blocking=False):
            raise Conflict("a re-check is under way", reason="busy", hint="wait until it is through")
        try:
            yield
        finally:
            self._rechecking.release()

    def running(self, campaign: str) -> bool:
        """Whether a run is known to be under way; while the server of runs does not answer, none is."""
        try:
            return self.starter is not None and self.starter.running(campaign) is not None
        except ProviderUnavailable:
            return False

    def take_down(self, asset: str) -> Sequence[str]:
        """The renditions of an asset that were public. The public place is opened only where something is."""
        catalog = self.rt.catalog
        if not open_of_asset(asset, assets=catalog.assets, publications=catalog.publications):
            return ()
        return recall(asset, press=self.rt.press).removed

    def discretion(self, who: Visitor) -> Discretion:
        """What texts of findings tell this visitor of other brands' pictures."""
        return Discretion(who.brands(), self.rt.catalog.belonging)

    def brand_of_asset(self, asset: str) -> str | None:
        """None for a picture that belongs to no brand. Raises `NotFound`."""
        return self.rt.catalog.belonging.of_asset(asset)


def in_person(request: Request) -> Visitor:
    """Who asks, by a sign-in of their own: what keys there are is not for a key to say, or ending a token would not
    end what it made. Raises `NotAllowed`."""
    who = visitor(request)
    if who.via != "session":
        raise NotAllowed("this takes a sign-in; a token does not do it", where="Authorization")
    return who


def visitor(request: Request) -> Visitor:
    """Who asks. Raises `NotSignedIn` on a route that is open to everybody and was asked by nobody known."""
    found = getattr(request.state, "visitor", None)
    if not isinstance(found, Visitor):
        raise NotSignedIn("sign in first")
    return found
