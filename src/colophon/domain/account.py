"""Who works here: accounts, the roles they have for which brands, and the keys they come in by."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

ALL_BRANDS = "*"
# From now on tries are refused for a while: of this name from this place, from this place, of this name from anywhere.
LOCKS = ("locked_here", "locked_place", "locked_name")


class Role(StrEnum):
    """What somebody may do; which role may use which route is the table ``data/access.csv``."""

    VIEWER = "viewer"
    MARKETER = "marketer"
    REVIEWER = "reviewer"
    APPROVER = "approver"
    AUDITOR = "auditor"
    PUBLISHER = "publisher"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Grant:
    """One role, for one brand by its name or for all of them, `ALL_BRANDS`."""

    role: Role
    brand: str = ALL_BRANDS


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody. ``name`` is what decisions are signed with, and unique whatever its case; ``subject`` is what an
    identity provider knows them by, ``issuer subject``. A closed account keeps its name and its history."""

    id: str
    name: str
    made_at: datetime
    grants: Sequence[Grant] = ()
    subject: str | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A key for programs. It does at most what its account may do, and only ``roles`` of that where they are given,
    and only for ``brands`` where they are. The key itself is shown once; its digest is kept."""

    id: str
    account: str
    title: str
    made_at: datetime
    expires_at: datetime
    roles: Sequence[Role] | None = None
    brands: Sequence[str] | None = None
    ended_at: datetime | None = None
    used_at: datetime | None = None

    def narrowed(self, account: Account) -> Account:
        """The account as this token may use it."""
        grants = [grant for grant in account.grants if self.roles is None or grant.role in self.roles]
        if self.brands is not None:
            named = {brand for brand in self.brands if brand != ALL_BRANDS}
            grants = [
                Grant(grant.role, brand)
                for grant in grants
                for brand in sorted(named if grant.brand == ALL_BRANDS else named & {grant.brand})
            ]
        return replace(account, grants=tuple(grants))


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in of a browser that has not ended."""

    account: str
    made_at: datetime
    expires_at: datetime
    seen_at: datetime
    via: str


@dataclass(frozen=True, slots=True)
class SignInTry:
    """One try to sign in, kept for the audit and to slow down guessing. ``outcome`` is ``ok`` or why not; one of
    `LOCKS` is no try, but what the last one led to."""

    id: str
    at: datetime
    name: str
    address: str
    outcome: str
    via: str
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Failures:
    """How many tries failed lately: of a name from one place since it last succeeded there, from that place whatever
    the name, and of the name from anywhere over a longer time."""

    here: int
    of_place: int
    of_name: int
