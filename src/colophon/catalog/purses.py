"""Purses: what a campaign, a brand, a person's month and a day have spent and reserved, kept as running sums beside
the ledger.

A reservation is one conditional update per purse, so two workers cannot both take the last of it, and its cost does
not grow with the ledger. Every transaction takes the person's purse first and then the others in the order of their
names, so none waits for another in a circle; the purse of the day, which all share, is taken last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog.money_tables import PurseRow
from colophon.catalog.statements import big, insert_if_absent
from colophon.domain.money import Money
from colophon.domain.purse import brand_purse, person_purse
from colophon.domain.record import Cap
from colophon.errors import Conflict, InvalidInput, ObjectCorrupt

CAMPAIGN_CAP = "budget.cap"
PERSON = "person"
_BRAND = "brand/"


@dataclass(frozen=True, slots=True)
class Purses:
    """The purses that money of one reservation is counted in. A purse holds one currency; a campaign never
    changes its own. ``brand`` is the name for people, ``person`` the digest
    of whoever ordered; None: it is on record of nobody."""

    campaign: str
    brand: str
    day: date
    currency: str
    person: str | None = None

    def names(self) -> list[str]:
        """In the order in which they are taken."""
        person = [self._person(self.person)] if self.person is not None else []
        return [*person, *sorted((self._campaign(), self._brand(), self._day()))]

    def limits(self, campaign: Money, caps: Sequence[Cap]) -> dict[str, Cap]:
        """The narrowest cap of each purse. Raises `InvalidInput` for a cap in another currency or of a purse this
        catalog does not keep, `Conflict` for a brand the campaign no longer has."""
        narrowest: dict[str, Cap] = {}
        for cap in (Cap(self._campaign(), campaign, CAMPAIGN_CAP), *caps):
            if cap.purse == PERSON and self.person is None:
                continue
            self._same_currency(cap)
            purse = self._named(cap)
            if purse not in narrowest or cap.limit < narrowest[purse].limit:
                narrowest[purse] = cap
        return narrowest

    def _named(self, cap: Cap) -> str:
        if cap.purse.startswith(_BRAND):
            return self._same_brand(cap)
        known = {self._campaign(): self._campaign(), "day": self._day()}
        if self.person is not None:
            known[PERSON] = self._person(self.person)
        if cap.purse in known:
            return known[cap.purse]
        raise InvalidInput(f"the catalog keeps no purse {cap.purse}", where=cap.where)

    def _same_brand(self, cap: Cap) -> str:
        if brand_purse(cap.purse.removeprefix(_BRAND)) != brand_purse(self.brand):
            raise Conflict(
                f"the campaign's brand is {self.brand} now, and the cap is one of {cap.purse}",
                reason="stale",
                where=cap.where,
                hint="run it again",
            )
        return self._brand()

    def _same_currency(self, cap: Cap) -> None:
        if cap.limit.currency != self.currency:
            raise InvalidInput(
                f"{self.currency} cannot be reserved from a cap in {cap.limit.currency}", where=cap.where
            )

    def _campaign(self) -> str:
        return f"campaign/{self.campaign}"

    def _brand(self) -> str:
        return f"{brand_purse(self.brand)}/{self.currency}"

    def _person(self, person: str) -> str:
        return person_purse(person, self.day, self.currency)

    def _day(self) -> str:
        return f"day/{self.day.isoformat()}/{self.currency}"


def hold(session: Session, purses: Purses, amount: Money, limits: Mapping[str, Cap]) -> None:
    """Reserve from all of them or, with `Conflict` ``over_cap`` and the transaction's end, from none."""
    for purse in purses.names():
        cap = limits.get(purse)
        if _held(session, purse, amount, cap):
            continue
        insert_if_absent(session, PurseRow, [{"purse": purse, "currency": amount.currency, "spent": 0, "reserved": 0}])
        if not _held(session, purse, amount, cap):
            raise _over(session, purse, amount, cap)


def move(session: Session, purses: Purses, *, spent: int, reserved: int) -> None:
    """Add micro-units, which may be negative, to all of them. No cap is asked: what was bought is paid."""
    for purse in purses.names():
        statement = (
            update(PurseRow)
            .where(col(PurseRow.purse) == purse)
            .values(spent=col(PurseRow.spent) + big(spent), reserved=col(PurseRow.reserved) + big(reserved))
            .execution_options(synchronize_session=False)
        )
        if _rows(session.execute(statement)) != 1:
            raise ObjectCorrupt(f"the catalog has money but no purse {purse}")


def balance(session: Session, campaign: str, currency: str) -> tuple[Money, Money]:
    """Spent and reserved of a campaign; one row, so it is one moment."""
    statement = select(col(PurseRow.spent), col(PurseRow.reserved)).where(col(PurseRow.purse) == f"campaign/{campaign}")
    spent, reserved = session.execute(statement).one_or_none() or (0, 0)
    return Money(spent, currency), Money(reserved, currency)


def _held(session: Session, purse: str, amount: Money, cap: Cap | None) -> bool:
    more = big(amount.micros)
    statement = update(PurseRow).where(col(PurseRow.purse) == purse)
    if cap is not None:
        statement = statement.where(col(PurseRow.spent) + col(PurseRow.reserved) + more <= big(cap.limit.micros))
    statement = statement.values(reserved=col(PurseRow.reserved) + more)
    return _rows(session.execute(statement.execution_options(synchronize_session=False))) == 1


def _over(session: Session, purse: str, amount: Money, cap: Cap | None) -> Conflict | ObjectCorrupt:
    if cap is None:
        return ObjectCorrupt(f"the catalog cannot keep purse {purse}")
    statement = select(col(PurseRow.spent), col(PurseRow.reserved)).where(col(PurseRow.purse) == purse)
    spent, reserved = (Money(micros, amount.currency) for micros in session.execute(statement).one())
    return Conflict(
        f"{amount} more would pass the cap {cap.where}:"
        f" {spent} spent and {reserved} reserved of {cap.limit} {amount.currency}",
        reason="over_cap",
        where=cap.where,
        hint=f"raise {cap.where}, or wait until open orders are settled"
        + (", or run again tomorrow (UTC)" if purse.startswith("day/") else "")
        + (", or run again next month (UTC)" if purse.startswith(f"{PERSON}/") else ""),
    )


def _rows(result: Any) -> int:
    return int(cast("CursorResult[Any]", result).rowcount)
