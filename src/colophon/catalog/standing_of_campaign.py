"""Where one campaign stands: how many of what it wants are in which state, and the pictures themselves."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog import generations
from colophon.catalog import pictures as rows_of_pictures
from colophon.catalog.asset_tables import AssetRow, PublicationRow, RenditionRow
from colophon.catalog.campaigns import missing, newest
from colophon.catalog.money_tables import PurseRow
from colophon.catalog.tables import CampaignRow, GenerationRow, RevisionRow, WantedRow
from colophon.domain.asset import Asset, AssetState
from colophon.domain.board import ENDED_BADLY, CampaignCounts
from colophon.domain.board import WAITS as WAITING
from colophon.domain.generation import GenerationState
from colophon.domain.money import Money
from colophon.domain.record import Progress, Spending

UNSETTLED = [state.value for state in GenerationState if not state.settled]
BADLY = [state.value for state in ENDED_BADLY]
WAITS = [state.value for state in WAITING]


def counts(session: Session, campaign: str) -> CampaignCounts:
    """Raises `NotFound`."""
    # Columns: a brief may be half a megabyte, and counting needs nothing of it.
    columns = (col(RevisionRow.revision), col(RevisionRow.cap_micros), col(RevisionRow.currency))
    found = session.execute(newest(*columns).where(_is(campaign))).one_or_none()
    if found is None:
        raise missing(campaign)
    revision, cap, currency = found
    rows = session.execute(_standing(campaign, revision)).all()
    files = (
        select(func.count(col(RenditionRow.id)))
        .select_from(WantedRow)
        .join(AssetRow, col(AssetRow.generation) == col(WantedRow.generation))
        .join(RenditionRow, col(RenditionRow.asset) == col(AssetRow.id))
        .where(col(WantedRow.campaign) == campaign, col(WantedRow.revision) == revision)
    )
    public = select(func.count()).where(
        col(PublicationRow.campaign) == campaign, col(PublicationRow.published_until).is_(None)
    )
    spent, reserved = _balance(session, campaign)
    return CampaignCounts(
        revision=revision,
        generations=_sums((GenerationState(state), count) for state, _, count, _ in rows),
        assets=_sums((AssetState(state), count) for _, state, count, _ in rows if state),
        attempts=sum(attempts for *_, attempts in rows),
        files=session.scalar(files) or 0,
        public=session.scalar(public) or 0,
        spending=spending(cap, currency, spent, reserved),
    )


def pictures(
    session: Session, campaign: str, *, limit: int, after: int
) -> Sequence[tuple[int, Progress, Asset | None]]:
    """With their places in the plan, in its order."""
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
    return [
        (position, generations.progress(row), None if asset is None else rows_of_pictures.asset(asset))
        for position, row, asset in session.execute(statement)
    ]


def troubled(session: Session, campaign: str, *, limit: int) -> Sequence[Progress]:
    """In the plan's order."""
    met = and_(col(GenerationRow.problem).is_not(None), col(GenerationRow.state).in_(UNSETTLED))
    statement = (
        _wanted(GenerationRow, campaign=campaign)
        .join(GenerationRow, col(GenerationRow.id) == col(WantedRow.generation))
        .where(or_(col(GenerationRow.state).in_(BADLY), met))
        .order_by(col(WantedRow.position))
        .limit(limit)
    )
    return [generations.progress(row) for row in session.scalars(statement)]


def in_state(session: Session, campaign: str, state: AssetState, *, limit: int) -> Sequence[Asset]:
    """Oldest first."""
    statement = (
        select(AssetRow)
        .where(col(AssetRow.campaign) == campaign, col(AssetRow.state) == state.value)
        .order_by(col(AssetRow.id))
        .limit(limit)
        .join(WantedRow, col(WantedRow.generation) == col(AssetRow.generation))
        .join(
            CampaignRow,
            (col(CampaignRow.slug) == col(WantedRow.campaign)) & (col(CampaignRow.revision) == col(WantedRow.revision)),
        )
    )
    return [rows_of_pictures.asset(row) for row in session.scalars(statement)]


def spending(cap: int, currency: str, spent: int, reserved: int) -> Spending:
    return Spending(Money(spent, currency), Money(reserved, currency), Money(cap, currency))


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


def _balance(session: Session, campaign: str) -> tuple[int, int]:
    row = session.get(PurseRow, f"campaign/{campaign}")
    return (row.spent, row.reserved) if row else (0, 0)


def _sums(pairs: Any) -> dict[Any, int]:
    sums: dict[Any, int] = {}
    for key, count in pairs:
        sums[key] = sums.get(key, 0) + count
    return sums


def _is(campaign: str) -> Any:
    return col(CampaignRow.slug) == campaign
