"""The reading half of the port of orders: campaigns, progress, attempts and money as they stand."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlmodel import col

from colophon.catalog import campaigns, generations, ledger, purses, totals, waiting
from colophon.catalog.database import Database
from colophon.catalog.tables import AttemptRow, GenerationRow
from colophon.domain.generation import Generation
from colophon.domain.money import Money
from colophon.domain.record import Attempt, Campaign, LedgerEntry, LedgerTotal, Progress, Spending
from colophon.domain.rendition import PlannedRendition

_PART = 500
_ATTEMPT: TypeAdapter[Attempt] = TypeAdapter(Attempt)


class SqlRecords:
    """Every answer is of one moment."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def campaigns(self) -> Sequence[Campaign]:
        with self._database.reading() as session:
            return campaigns.every(session)

    def campaign(self, slug: str) -> Campaign:
        with self._database.reading() as session:
            return campaigns.one(session, slug)

    def wanted(self, campaign: str) -> Sequence[Progress]:
        """Raises `NotFound`."""
        with self._database.reading() as session:
            return generations.wanted(session, campaign) or self._none_wanted(campaign)

    def _none_wanted(self, campaign: str) -> Sequence[Progress]:
        self.campaign(campaign)
        return []

    def planned_renditions(self, campaign: str) -> Sequence[PlannedRendition]:
        """Raises `NotFound`."""
        with self._database.reading() as session:
            return campaigns.planned_renditions(session, campaign)

    def ordered(self, campaign: str) -> Sequence[Progress]:
        with self._database.reading() as session:
            return generations.ordered(session, campaign)

    def holders(self, route: str, request_ids: Sequence[str]) -> Sequence[Attempt]:
        """In parts, since a statement takes a bounded number of values."""
        ids, found = list(dict.fromkeys(request_ids)), list[Attempt]()
        with self._database.reading() as session:
            for start in range(0, len(ids), _PART):
                of_part = col(AttemptRow.request_id).in_(ids[start : start + _PART])
                statement = select(AttemptRow).where(col(AttemptRow.route) == route, of_part)
                found.extend(attempt(row) for row in session.scalars(statement))
        return found

    def progress(self, generation: str) -> Progress:
        with self._database.reading() as session:
            return generations.progress(generations.row_of(session, generation))

    def known(self, ids: Sequence[str]) -> Sequence[Progress]:
        with self._database.reading() as session:
            return generations.known(session, ids)

    def wished(self, planned: Sequence[Generation]) -> Sequence[Progress]:
        with self._database.reading() as session:
            return generations.wished(session, planned)

    def unexamined(self, *, before: datetime) -> Sequence[str]:
        with self._database.reading() as session:
            return waiting.unexamined(session, before)

    def unknown(self, campaign: str | None = None) -> Sequence[Progress]:
        with self._database.reading() as session:
            return waiting.unknown(session, campaign)

    def late(self, campaign: str | None = None, *, before: datetime) -> Sequence[Progress]:
        with self._database.reading() as session:
            return waiting.late(session, campaign, before)

    def retried(self, generations: Sequence[str]) -> Sequence[Attempt]:
        statement = (
            select(AttemptRow)
            .join(GenerationRow, col(GenerationRow.id) == col(AttemptRow.generation))
            .where(col(GenerationRow.id).in_(generations), col(GenerationRow.attempt) > 1)
            .order_by(col(AttemptRow.generation), col(AttemptRow.number))
        )
        with self._database.reading() as session:
            return [attempt(row) for row in session.scalars(statement)]

    def attempts(self, generation: str) -> Sequence[Attempt]:
        """Every submit of a generation, oldest first; none for an unknown one."""
        statement = select(AttemptRow).where(col(AttemptRow.generation) == generation)
        with self._database.reading() as session:
            return [attempt(row) for row in session.scalars(statement.order_by(col(AttemptRow.number)))]

    def recent_attempts(self, *, since: datetime, limit: int = 5000) -> Sequence[Attempt]:
        newest_first = (col(AttemptRow.started_at).desc(), col(AttemptRow.generation), col(AttemptRow.number).desc())
        statement = select(AttemptRow).where(col(AttemptRow.started_at) >= since).order_by(*newest_first).limit(limit)
        with self._database.reading() as session:
            return [attempt(row) for row in session.scalars(statement)]

    def spending(self, campaign: str) -> Spending:
        """Raises `NotFound`."""
        with self._database.reading() as session:
            cap = campaigns.cap(session, campaign)
            spent, reserved = purses.balance(session, campaign, cap.currency)
        return Spending(spent=spent, reserved=reserved, cap=cap)

    def ledger(
        self,
        campaign: str | None = None,
        *,
        route: str | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> Sequence[LedgerEntry]:
        with self._database.reading() as session:
            return ledger.entries(session, ledger.matching(campaign, route, since, until))

    def ledger_page(
        self, campaign: str, *, limit: int, after: str | None = None, newest: bool = False
    ) -> Sequence[LedgerEntry]:
        with self._database.reading() as session:
            return ledger.page(session, campaign, limit=limit, after=after, newest=newest)

    def totals(
        self,
        campaign: str | None = None,
        *,
        route: str | None = None,
        since: date | None = None,
        until: date | None = None,
        by: Collection[str] = totals.BY,
    ) -> Sequence[LedgerTotal]:
        """In the order of days, then of campaigns and routes."""
        with self._database.reading() as session:
            return totals.totals(session, campaign, route, since, until, by)


def attempt(row: AttemptRow) -> Attempt:
    reported = None
    if row.reported_micros is not None and row.reported_currency is not None:
        reported = Money(row.reported_micros, row.reported_currency)
    values = row.model_dump(exclude={"reported_micros", "reported_currency"})
    return _ATTEMPT.validate_python({**values, "reported": reported})
