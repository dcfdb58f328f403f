"""The port of boards: every statement is answered from an index, or looks at a bounded number of rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import Session, defer
from sqlmodel import col

from colophon.catalog import campaigns, generations, pictures
from colophon.catalog.asset_tables import AssetRow, PublicationRow, RenditionRow
from colophon.catalog.database import Database
from colophon.catalog.tables import CampaignRow, GenerationRow, PurseRow, RevisionRow, WantedRow
from colophon.domain.asset import Asset, AssetState
from colophon.domain.board import (
    ENDED_BADLY,
    WAITS,
    Brands,
    CampaignCounts,
    CampaignFilter,
    CampaignLine,
    CampaignState,
    PublicCampaign,
)
from colophon.domain.generation import GenerationState
from colophon.domain.money import Money
from colophon.domain.record import Campaign, Progress, Spending
from colophon.errors import NotFound

_UNSETTLED = [state.value for state in GenerationState if not state.settled]
_BADLY = [state.value for state in ENDED_BADLY]
_WAITS = [state.value for state in WAITS]
_PART = 500
# A brief may be half a megabyte, and lists show nothing of it.
_TEXTS: tuple[Any, ...] = (RevisionRow.canonical, RevisionRow.renditions)
_WITHOUT_TEXTS = tuple(defer(each) for each in _TEXTS)
# What a line says of its campaign: columns, since a list of hundreds need not make rows that could be changed.
_LINE: tuple[Any, ...] = (
    col(CampaignRow.slug),
    col(RevisionRow.title),
    col(RevisionRow.brand),
    col(RevisionRow.owner),
    col(RevisionRow.revision),
    col(CampaignRow.created_at),
    col(CampaignRow.updated_at),
    col(RevisionRow.cap_micros),
    col(RevisionRow.currency),
)


class SqlBoards:
    """Implements `colophon.ports.boards.Boards`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def campaigns(self, wanted: CampaignFilter, *, limit: int, after: str | None = None) -> Sequence[CampaignLine]:
        state = _state()
        size = (
            select(func.max(col(WantedRow.position)) + 1)
            .where(
                col(WantedRow.campaign) == col(CampaignRow.slug), col(WantedRow.revision) == col(CampaignRow.revision)
            )
            .scalar_subquery()
        )
        statement = (
            _narrowed(_newest(*_LINE), wanted.brands)
            .add_columns(state.label("state"), func.coalesce(size, 0).label("size"))
            .add_columns(func.coalesce(col(PurseRow.spent), 0), func.coalesce(col(PurseRow.reserved), 0))
            .outerjoin(PurseRow, col(PurseRow.purse) == literal("campaign/").concat(col(CampaignRow.slug)))
            .order_by(col(CampaignRow.created_at).desc(), col(CampaignRow.slug).desc())
            .limit(limit)
        )
        if wanted.brand is not None:
            statement = statement.where(col(RevisionRow.brand) == wanted.brand)
        if wanted.states:
            statement = statement.where(state.in_(sorted(wanted.states)))
        if wanted.newest is not None:
            statement = statement.where(col(CampaignRow.slug).in_(_newest_of(wanted.brands, wanted.newest)))
        if wanted.text:
            part = wanted.text.lower()
            titled = func.lower(col(RevisionRow.title)).contains(part, autoescape=True)
            statement = statement.where(or_(titled, col(CampaignRow.slug).contains(part, autoescape=True)))
        with self._database.reading() as session:
            if after is not None:
                statement = statement.where(_after(session, after, wanted.brands))
            return [_line(row) for row in session.execute(statement)]

    def brands(self, seen: Brands, *, limit: int) -> Mapping[str, str]:
        """A brand's campaigns that were changed at the same moment: the first by name."""
        statement = _narrowed(_newest(col(RevisionRow.brand), func.max(col(CampaignRow.updated_at))), seen)
        statement = statement.group_by(col(RevisionRow.brand)).order_by(col(RevisionRow.brand)).limit(limit)
        newest = statement.subquery()
        named = (
            _newest(newest.c[0], func.min(col(CampaignRow.slug)))
            .join(newest, (newest.c[0] == col(RevisionRow.brand)) & (newest.c[1] == col(CampaignRow.updated_at)))
            .group_by(newest.c[0])
            .order_by(newest.c[0])
        )
        with self._database.reading() as session:
            return {row[0]: row[1] for row in session.execute(named)}

    def newest_of_brands(self, seen: Brands, *, limit: int) -> Sequence[Campaign]:
        slugs, found = list(self.brands(seen, limit=limit).values()), list[Campaign]()
        with self._database.reading() as session:
            for start in range(0, len(slugs), _PART):
                of_part = col(CampaignRow.slug).in_(slugs[start : start + _PART])
                rows = session.execute(_newest(CampaignRow, RevisionRow).where(of_part))
                found += [campaigns.made(*row) for row in rows]
        return sorted(found, key=lambda each: each.brand)

    def count(self) -> int:
        with self._database.reading() as session:
            return session.scalar(select(func.count()).select_from(CampaignRow)) or 0

    def waiting(self, seen: Brands, *, limit: int, most: int) -> tuple[Sequence[Asset], int]:
        ids: list[str] = []
        with self._database.reading() as session:
            for state in _WAITS:
                statement = select(col(AssetRow.id)).where(col(AssetRow.state) == state)
                if seen is None:
                    statement = statement.order_by(col(AssetRow.id))
                else:
                    own = _narrowed(_newest(col(CampaignRow.slug)), seen)
                    statement = statement.where(col(AssetRow.campaign).in_(own))
                ids += session.scalars(statement.limit(most))
            oldest = select(AssetRow).where(col(AssetRow.id).in_(sorted(ids)[:limit])).order_by(col(AssetRow.id))
            return [pictures.asset(row) for row in session.scalars(oldest)], min(len(ids), most)

    def counts(self, campaign: str) -> CampaignCounts:
        with self._database.reading() as session:
            newest = _newest(CampaignRow, RevisionRow).where(_is(campaign)).options(*_WITHOUT_TEXTS)
            record = session.execute(newest).one_or_none()
            if record is None:
                raise _missing(campaign)
            _, revision = record
            rows = session.execute(_standing(campaign, revision.revision)).all()
            files = (
                select(func.count(col(RenditionRow.id)))
                .select_from(WantedRow)
                .join(AssetRow, col(AssetRow.generation) == col(WantedRow.generation))
                .join(RenditionRow, col(RenditionRow.asset) == col(AssetRow.id))
                .where(col(WantedRow.campaign) == campaign, col(WantedRow.revision) == revision.revision)
            )
            public = select(func.count()).where(
                col(PublicationRow.campaign) == campaign, col(PublicationRow.published_until).is_(None)
            )
            spent, reserved = _balance(session, campaign)
            return CampaignCounts(
                revision=revision.revision,
                generations=_sums((GenerationState(state), count) for state, _, count, _ in rows),
                assets=_sums((AssetState(state), count) for _, state, count, _ in rows if state),
                attempts=sum(attempts for *_, attempts in rows),
                files=session.scalar(files) or 0,
                public=session.scalar(public) or 0,
                spending=_spending(revision.cap_micros, revision.currency, spent, reserved),
            )

    def pictures(self, campaign: str, *, limit: int, after: int = -1) -> Sequence[tuple[int, Progress, Asset | None]]:
        # The page is cut before its rows are read: they lie scattered, and PostgreSQL would read all to sort them.
        shown = (
            _wanted(col(WantedRow.position), col(WantedRow.generation), campaign=campaign)
            .where(col(WantedRow.position) > after)
            .order_by(col(WantedRow.position))
            .limit(limit)
            .subquery()
        )
        statement = (
            select(shown.c.position, GenerationRow, AssetRow)
            .join(GenerationRow, col(GenerationRow.id) == shown.c.generation)
            .outerjoin(AssetRow, col(AssetRow.generation) == shown.c.generation)
            .order_by(shown.c.position)
        )
        with self._database.reading() as session:
            return [
                (position, generations.progress(row), None if asset is None else pictures.asset(asset))
                for position, row, asset in session.execute(statement)
            ]

    def troubled(self, campaign: str, *, limit: int) -> Sequence[Progress]:
        met = and_(col(GenerationRow.problem).is_not(None), col(GenerationRow.state).in_(_UNSETTLED))
        statement = (
            _wanted(GenerationRow, campaign=campaign)
            .join(GenerationRow, col(GenerationRow.id) == col(WantedRow.generation))
            .where(or_(col(GenerationRow.state).in_(_BADLY), met))
            .order_by(col(WantedRow.position))
            .limit(limit)
        )
        with self._database.reading() as session:
            return [generations.progress(row) for row in session.scalars(statement)]

    def in_state(self, campaign: str, state: AssetState, *, limit: int) -> Sequence[Asset]:
        statement = (
            select(AssetRow)
            .where(col(AssetRow.campaign) == campaign, col(AssetRow.state) == state.value)
            .order_by(col(AssetRow.id))
            .limit(limit)
            .join(WantedRow, col(WantedRow.generation) == col(AssetRow.generation))
            .join(
                CampaignRow,
                (col(CampaignRow.slug) == col(WantedRow.campaign))
                & (col(CampaignRow.revision) == col(WantedRow.revision)),
            )
        )
        with self._database.reading() as session:
            return [pictures.asset(row) for row in session.scalars(statement)]

    def public(self, seen: Brands, *, limit: int) -> Sequence[PublicCampaign]:
        is_open = exists().where(
            col(PublicationRow.campaign) == col(CampaignRow.slug), col(PublicationRow.published_until).is_(None)
        )
        columns = (col(RevisionRow.campaign), col(RevisionRow.title), col(RevisionRow.brand), col(RevisionRow.revision))
        statement = _narrowed(_newest(*columns), seen).where(is_open).order_by(col(CampaignRow.slug)).limit(limit)
        with self._database.reading() as session:
            return [PublicCampaign(*row) for row in session.execute(statement)]

    def purses(self, names: Sequence[str]) -> Mapping[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        with self._database.reading() as session:
            for start in range(0, len(names), _PART):
                of_part = col(PurseRow.purse).in_(names[start : start + _PART])
                for row in session.scalars(select(PurseRow).where(of_part)):
                    found[row.purse] = row.spent, row.reserved
        return found


def _newest(*columns: Any) -> Select[Any]:
    """Of the newest revision of each campaign."""
    newest = (col(RevisionRow.campaign) == col(CampaignRow.slug)) & (
        col(RevisionRow.revision) == col(CampaignRow.revision)
    )
    return select(*columns).select_from(CampaignRow).join(RevisionRow, newest)


def _wanted(*columns: Any, campaign: str) -> Select[Any]:
    """Of what the newest revision wants."""
    newest = (col(WantedRow.campaign) == col(CampaignRow.slug)) & (col(WantedRow.revision) == col(CampaignRow.revision))
    return select(*columns).select_from(CampaignRow).join(WantedRow, newest).where(_is(campaign))


def _standing(campaign: str, revision: str) -> Select[str, str, int, int]:
    """How many orders and assets of a revision are in which states, and their attempts. Asked from the campaign's
    orders, of which an index has all that is counted: rows lie scattered over a large catalog."""
    wanted = exists().where(col(WantedRow.generation) == col(GenerationRow.id), col(WantedRow.revision) == revision)
    states = (col(GenerationRow.state), col(AssetRow.state))
    return (
        select(*states, func.count(), func.sum(col(GenerationRow.attempt)))
        .select_from(GenerationRow)
        .outerjoin(AssetRow, col(AssetRow.generation) == col(GenerationRow.id))
        .where(col(GenerationRow.campaign) == campaign, wanted)
        .group_by(*states)
    )


def _state() -> Any:
    """`CampaignState` of the row at hand: each question ends at the first row that answers it."""
    wanted = (
        select(literal(1))
        .select_from(GenerationRow)
        .join(
            WantedRow,
            (col(WantedRow.generation) == col(GenerationRow.id))
            & (col(WantedRow.revision) == col(CampaignRow.revision)),
        )
        .where(col(GenerationRow.campaign) == col(CampaignRow.slug))
    )
    shown = (
        select(literal(1))
        .select_from(AssetRow)
        .join(
            WantedRow,
            (col(WantedRow.generation) == col(AssetRow.generation))
            & (col(WantedRow.revision) == col(CampaignRow.revision)),
        )
        .where(col(AssetRow.campaign) == col(CampaignRow.slug))
    )

    def of_generations(states: Sequence[str]) -> Any:
        return wanted.where(col(GenerationRow.state).in_(states)).correlate(CampaignRow).exists()

    def of_assets(states: Sequence[str]) -> Any:
        return shown.where(col(AssetRow.state).in_(states)).correlate(CampaignRow).exists()

    return case(
        (of_generations(_UNSETTLED), CampaignState.UNFINISHED.value),
        (or_(of_generations(_BADLY), of_assets([AssetState.REJECTED.value])), CampaignState.INCOMPLETE.value),
        (of_assets(_WAITS), CampaignState.WAITING.value),
        else_=CampaignState.APPROVED.value,
    )


def _narrowed(statement: Select[Any], brands: Brands) -> Select[Any]:
    return statement if brands is None else statement.where(col(RevisionRow.brand).in_(sorted(brands)))


def _after(session: Session, slug: str, brands: Brands) -> Any:
    """Raises `NotFound`, for a campaign of a brand that is not among them as for none: whoever asks is not told which
    names there are."""
    made = session.scalar(_narrowed(_newest(col(CampaignRow.created_at)), brands).where(_is(slug)))
    if made is None:
        raise _missing(slug)
    later = and_(col(CampaignRow.created_at) == made, col(CampaignRow.slug) < slug)
    return or_(col(CampaignRow.created_at) < made, later)


def _is(campaign: str) -> Any:
    return col(CampaignRow.slug) == campaign


def _newest_of(brands: Brands, count: int) -> Select[str]:
    ordered = _narrowed(_newest(col(CampaignRow.slug)), brands).order_by(
        col(CampaignRow.created_at).desc(), col(CampaignRow.slug).desc()
    )
    return select(ordered.limit(count).subquery().c.slug)


def _line(row: Any) -> CampaignLine:
    slug, title, brand, owner, revision, created_at, updated_at, cap, currency, state, pictures, spent, reserved = row
    return CampaignLine(
        slug=slug,
        title=title,
        brand=brand,
        owner=owner,
        revision=revision,
        state=CampaignState(state),
        pictures=pictures,
        spending=_spending(cap, currency, spent, reserved),
        created_at=created_at,
        updated_at=updated_at,
    )


def _spending(cap: int, currency: str, spent: int, reserved: int) -> Spending:
    return Spending(Money(spent, currency), Money(reserved, currency), Money(cap, currency))


def _balance(session: Session, campaign: str) -> tuple[int, int]:
    row = session.get(PurseRow, f"campaign/{campaign}")
    return (row.spent, row.reserved) if row else (0, 0)


def _sums(pairs: Any) -> dict[Any, int]:
    sums: dict[Any, int] = {}
    for key, count in pairs:
        sums[key] = sums.get(key, 0) + count
    return sums


def _missing(slug: str) -> NotFound:
    return NotFound(f"there is no campaign {slug}", where=slug, hint="`colophon campaigns` lists those that exist")
