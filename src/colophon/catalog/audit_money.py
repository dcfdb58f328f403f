"""The ledger held against attempts, generations and purses, added up by the database."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, RowMapping, case, func, select, tuple_
from sqlalchemy.orm import Session

from colophon.catalog import totals
from colophon.catalog.committed import PART
from colophon.catalog.limit_tables import PayerRow
from colophon.catalog.money_tables import LedgerRow, PurseRow
from colophon.catalog.tables import AttemptRow, GenerationRow
from colophon.domain.audit import Disagreement
from colophon.domain.purse import brand_purse, person_purse
from colophon.domain.record import LedgerTotal

_LEDGER: Any = LedgerRow.__table__  # type: ignore[attr-defined]
_ATTEMPTS: Any = AttemptRow.__table__  # type: ignore[attr-defined]
_GENERATIONS: Any = GenerationRow.__table__  # type: ignore[attr-defined]
_PAYERS: Any = PayerRow.__table__  # type: ignore[attr-defined]
_PURSES: Any = PurseRow.__table__  # type: ignore[attr-defined]

# What an attempt's rows must be by its outcome: releases and charges; of reservations there is always one.
_OPEN = {(0, 0)}
_FREED = {(1, 0), (1, 1)}  # an order called not taken that an invoice bills after all is charged
_PAID = {(1, 1)}
_BY_OUTCOME = {
    None: _OPEN,
    "submitted": _OPEN,
    "unknown": _OPEN | _PAID,
    "taken_back": _FREED,
    "not_taken": _FREED,
}


def compare(connection: Connection) -> Iterator[Disagreement]:
    """See `colophon.ports.AuditedCatalog.money`."""
    after: tuple[Any, ...] | None = None
    key = (_ATTEMPTS.c.generation, _ATTEMPTS.c.number)
    while True:
        statement = (
            select(_ATTEMPTS.c.generation, _ATTEMPTS.c.number, _ATTEMPTS.c.outcome, _GENERATIONS.c.campaign)
            .outerjoin(_GENERATIONS, _GENERATIONS.c.id == _ATTEMPTS.c.generation)
            .order_by(*key)
            .limit(PART)
        )
        if after is not None:
            statement = statement.where(tuple_(*key) > after)
        page = connection.execute(statement).mappings().all()
        if not page:
            break
        yield from _of_attempts(connection, page)
        after = (page[-1]["generation"], page[-1]["number"])
    yield from _without_attempt(connection)
    yield from _purses(connection)
    yield from _tallies(connection)


def _of_attempts(connection: Connection, page: Sequence[RowMapping]) -> Iterator[Disagreement]:
    booked: dict[tuple[Any, Any], list[RowMapping]] = defaultdict(list)
    keys = [(row["generation"], row["number"]) for row in page]
    columns = [_LEDGER.c[name] for name in ("id", "generation", "attempt", "kind", "micros", "campaign")]
    statement = select(*columns).where(tuple_(_LEDGER.c.generation, _LEDGER.c.attempt).in_(keys))
    for row in connection.execute(statement).mappings():
        booked[row["generation"], row["attempt"]].append(row)
    for attempt in page:
        rows = booked[attempt["generation"], attempt["number"]]
        name = f"{attempt['generation']}/{attempt['number']}"
        for message in _wrong(attempt, rows):
            yield Disagreement("ledger_differs", "attempts", name, message)


def _wrong(attempt: RowMapping, rows: Sequence[RowMapping]) -> Iterator[str]:
    amounts = defaultdict(list)
    for row in rows:
        amounts[row["kind"]].append(row["micros"])
        if row["campaign"] != attempt["campaign"]:
            yield f"{row['id']} is booked to campaign {row['campaign']}, and the order is one of {attempt['campaign']}"
    if len(amounts["reservation"]) != 1:
        yield f"the ledger has {len(amounts['reservation'])} reservations for it"
    elif any(released != amounts["reservation"][0] for released in amounts["release"]):
        yield f"{amounts['reservation'][0]} micro-units were reserved and {amounts['release'][0]} released"
    found = (len(amounts["release"]), len(amounts["charge"]))
    if found not in _BY_OUTCOME.get(attempt["outcome"], _PAID):
        state = attempt["outcome"] or "still on its way"
        yield f"it is {state}, and the ledger has {found[0]} releases and {found[1]} charges for it"


def _without_attempt(connection: Connection) -> Iterator[Disagreement]:
    same = (_ATTEMPTS.c.generation == _LEDGER.c.generation) & (_ATTEMPTS.c.number == _LEDGER.c.attempt)
    lost = (
        select(_LEDGER.c.id, _LEDGER.c.generation, _LEDGER.c.attempt)
        .outerjoin(_ATTEMPTS, same)
        .where(_LEDGER.c.generation.is_not(None), _ATTEMPTS.c.generation.is_(None))
    )
    for row in connection.execute(lost):
        what = f"is booked for attempt {row.attempt} of {row.generation}, which is not on record"
        yield Disagreement("ledger_differs", "ledger", str(row.id), what)


def _tallies(connection: Connection) -> Iterator[Disagreement]:
    """The sums that totals are read from, against the rows they are the sums of."""
    for table, by in (("tallies", totals.BY), ("day_tallies", totals.OF_DAYS)):
        with Session(connection) as session:
            kept = {_tally_name(each): each for each in totals.totals(session, None, None, None, None, by)}
            added = {_tally_name(each): each for each in totals.recount(session, by)}
        for name in sorted(kept.keys() | added.keys()):
            said, found = kept.get(name), added.get(name)
            if said != found and not (found is None and said is not None and _nothing(said)):
                yield Disagreement("tally_differs", table, name, "it does not say what the ledger adds up to")


def _tally_name(total: LedgerTotal) -> str:
    parts = (total.day, total.campaign, total.brand, total.route, total.model, total.currency)
    return "/".join(quote(str(part if part is not None else ""), safe="") for part in parts)


def _nothing(total: LedgerTotal) -> bool:
    money = (total.reserved, total.estimated, total.reported, total.settled)
    return not any(each.micros for each in money) and not total.unknown and not total.charges


def _purses(connection: Connection) -> Iterator[Disagreement]:
    """Few: one for each campaign, brand, day and person's month."""
    kind, micros = _LEDGER.c.kind, _LEDGER.c.micros
    by = (_LEDGER.c.campaign, _LEDGER.c.brand, _LEDGER.c.day, _LEDGER.c.currency, _PAYERS.c.person)
    same = (_PAYERS.c.generation == _LEDGER.c.generation) & (_PAYERS.c.attempt == _LEDGER.c.attempt)
    statement = select(
        *by,
        func.sum(case((kind.in_(("charge", "correction")), micros), else_=0)).label("spent"),
        func.sum(case((kind == "reservation", micros), (kind == "release", -micros), else_=0)).label("reserved"),
    )
    statement = statement.select_from(_LEDGER.outerjoin(_PAYERS, same)).group_by(*by)
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in connection.execute(statement):
        names = [
            f"campaign/{row.campaign}",
            f"{brand_purse(row.brand)}/{row.currency}",
            f"day/{row.day.isoformat()}/{row.currency}",
        ]
        if row.person is not None:
            names.append(person_purse(row.person, row.day, row.currency))
        for name in names:
            sums[name][0] += int(row.spent)
            sums[name][1] += int(row.reserved)
    for purse in connection.execute(select(_PURSES).order_by(_PURSES.c.purse)):
        spent, reserved = sums.pop(purse.purse, [0, 0])
        if (purse.spent, purse.reserved) != (spent, reserved):
            what = f"says {purse.spent} spent and {purse.reserved} reserved; the ledger adds up to {spent}, {reserved}"
            yield Disagreement("purse_differs", "purses", purse.purse, what)
    for name, (spent, reserved) in sorted(sums.items()):
        what = f"is gone; the ledger adds up to {spent} spent and {reserved} reserved"
        yield Disagreement("purse_differs", "purses", name, what)
