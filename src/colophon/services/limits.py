"""What somebody may still spend this month, and whether a plan fits into it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from colophon.domain.generation import GenerationState
from colophon.domain.money import Money, total
from colophon.domain.plan import Plan
from colophon.domain.purse import person_key, person_purse
from colophon.errors import InvalidInput, Problem
from colophon.ports import Catalog

EVERYBODY = "COLOPHON_CAPS__PERSON"


@dataclass(frozen=True, slots=True)
class Allowance:
    """A person's calendar month in UTC. ``limit`` None: none is set. ``own``: it is their own, not that of all."""

    limit: Money | None
    spent: Money
    reserved: Money
    own: bool


def allowance(name: str, everybody: Money | None, currency: str, now: datetime, *, catalog: Catalog) -> Allowance:
    """``everybody`` is the limit for those who have none of their own; ``currency`` that of the sums where neither is
    set."""
    own = catalog.limits.of(name)
    limit = own if own is not None else everybody
    spent, reserved = catalog.limits.spending(name, limit.currency if limit else currency, now=now)
    return Allowance(limit, spent, reserved, own is not None)


def allowances(
    names: Sequence[str], everybody: Money | None, currency: str, now: datetime, *, catalog: Catalog
) -> Mapping[str, Allowance]:
    """As `allowance`, with a bounded number of statements, however many people there are."""
    own = catalog.limits.every()
    limits = {name: own.get(person_key(name), everybody) for name in names}
    currencies = {name: limit.currency if limit else currency for name, limit in limits.items()}
    purses = {name: person_purse(person_key(name), now.date(), currencies[name]) for name in names}
    counted = catalog.boards.purses(list(purses.values()))
    made = {}
    for name, limit in limits.items():
        spent, reserved = (Money(micros, currencies[name]) for micros in counted.get(purses[name], (0, 0)))
        made[name] = Allowance(limit, spent, reserved, person_key(name) in own)
    return made


def within_limit(plan: Plan, name: str, everybody: Money | None, now: datetime, *, catalog: Catalog) -> None:
    """Raises `InvalidInput` where what the plan still has to buy could take somebody over their limit."""
    currency = plan.cap.currency
    may = allowance(name, everybody, currency, now, catalog=catalog)
    if may.limit is None:
        return
    if may.limit.currency != currency:
        problem = _problem(f"your limit is in {may.limit.currency} and the campaign in {currency}", "it cannot be held")
        raise InvalidInput.of([problem], hint="use one currency for all campaigns; nothing was ordered")
    known = catalog.orders.known([generation.id for generation in plan.generations])
    bought = {each.generation.id for each in known if each.state is not GenerationState.PLANNED}
    still = total((each.cost.high for each in plan.generations if each.id not in bought), currency)
    needed = may.spent + may.reserved + still
    if still.micros and needed > may.limit:
        told = (
            f"{still} {currency} more may be needed; this month you have spent {may.spent} and reserved "
            f"{may.reserved} of your limit of {may.limit}"
        )
        raise InvalidInput.of(
            [_problem(told, "fewer new pictures, a higher limit, or next month (UTC)")], hint="nothing was ordered"
        )


def _problem(message: str, allowed: str) -> Problem:
    return Problem("over_cap", message, path="budget.cap", allowed=allowed)
