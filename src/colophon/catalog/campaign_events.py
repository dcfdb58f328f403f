"""Which events of the log are about a campaign: those about rows that belong to it."""

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog import runs
from colophon.catalog.asset_tables import AssetRow
from colophon.catalog.committed import EVENTS, as_event, parts
from colophon.catalog.guards import GUARDS, Guard
from colophon.catalog.publishing_tables import WithdrawalRow
from colophon.catalog.tables import GenerationRow
from colophon.domain.event import Event

# The column by which a row belongs to a campaign, the narrowest first: a row of the ledger may have no generation.
_OWNERS = {
    "slug": None,
    "campaign": None,
    "generation": GenerationRow,
    "asset": AssetRow,
    "withdrawal": WithdrawalRow,
}


def numbers(session: Session, campaign: str) -> list[int]:
    """In order, with those that say who started its runs. Rows that are gone are found by their key where it begins
    with the campaign's name, as those do that this program deletes."""
    found: set[int] = set()
    for guard in GUARDS.values():
        belongs = _belongs(guard, campaign)
        if belongs is None:
            continue
        keys = session.execute(select(*guard.key).where(belongs).order_by(*guard.key))
        for subjects in parts(guard.subject(tuple(key)) for key in keys):
            found.update(session.scalars(_of(guard).where(EVENTS.c.subject.in_(subjects))))
        if guard.key[0].key == "campaign":
            begins = guard.subject([campaign])
            # All that begins so and with a slash: "0" comes after it, in the byte order of the column.
            found.update(
                session.scalars(_of(guard).where(EVENTS.c.subject > f"{begins}/", EVENTS.c.subject < f"{begins}0"))
            )
    found.update(session.scalars(runs.numbers_of(campaign)))
    return sorted(found)


def numbered(session: Session, wanted: Sequence[int]) -> Iterator[Event]:
    """These events, in the order they are asked for in."""
    for part in parts(wanted):
        rows = session.execute(select(EVENTS).where(EVENTS.c.sequence.in_(part)))
        found = {row.sequence: as_event(row) for row in rows}
        yield from (found[number] for number in part if number in found)


def _of(guard: Guard) -> Select[int]:
    return select(EVENTS.c.sequence).where(EVENTS.c.about == guard.name)


def _belongs(guard: Guard, campaign: str) -> ColumnElement[bool] | None:
    """None: rows of this table belong to no campaign."""
    for name, owner in _OWNERS.items():
        column = guard.table.c.get(name)
        if column is None:
            continue
        if owner is None:
            return column == campaign
        return column.in_(select(col(owner.id)).where(col(owner.campaign) == campaign))
    return None
