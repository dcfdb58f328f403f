"""Lines of campaigns: what a list says of each, from indexes or a bounded number of rows."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog.asset_tables import AssetRow
from colophon.catalog.campaigns import missing, newest
from colophon.catalog.money_tables import PurseRow
from colophon.catalog.standing_of_campaign import BADLY, UNSETTLED, WAITS, spending
from colophon.catalog.tables import CampaignRow, GenerationRow, RevisionRow, WantedRow
from colophon.domain.asset import AssetState
from colophon.domain.board import Brands, CampaignFilter, CampaignLine, CampaignState

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


def lines(session: Session, wanted: CampaignFilter, *, limit: int, after: str | None) -> Sequence[CampaignLine]:
    """The newest first. Raises `NotFound` for an ``after`` that is not among them."""
    state = _state()
    size = (
        select(func.max(col(WantedRow.position)) + 1)
        .where(col(WantedRow.campaign) == col(CampaignRow.slug), col(WantedRow.revision) == col(CampaignRow.revision))
        .scalar_subquery()
    )
    statement = (
        narrowed(newest(*_LINE), wanted.brands)
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
    if after is not None:
        statement = statement.where(_after(session, after, wanted.brands))
    return [_line(row) for row in session.execute(statement)]


def narrowed(statement: Select[Any], brands: Brands) -> Select[Any]:
    return statement if brands is None else statement.where(col(RevisionRow.brand).in_(sorted(brands)))


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
        (of_generations(UNSETTLED), CampaignState.UNFINISHED.value),
        (or_(of_generations(BADLY), of_assets([AssetState.REJECTED.value])), CampaignState.INCOMPLETE.value),
        (of_assets(WAITS), CampaignState.WAITING.value),
        else_=CampaignState.APPROVED.value,
    )


def _after(session: Session, slug: str, brands: Brands) -> Any:
    """Raises `NotFound`, for a campaign of a brand that is not among them as for none: whoever asks is not told which
    names there are."""
    made = session.scalar(narrowed(newest(col(CampaignRow.created_at)), brands).where(col(CampaignRow.slug) == slug))
    if made is None:
        raise missing(slug)
    later = and_(col(CampaignRow.created_at) == made, col(CampaignRow.slug) < slug)
    return or_(col(CampaignRow.created_at) < made, later)


def _newest_of(brands: Brands, count: int) -> Select[str]:
    ordered = narrowed(newest(col(CampaignRow.slug)), brands).order_by(
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
        spending=spending(cap, currency, spent, reserved),
        created_at=created_at,
        updated_at=updated_at,
    )
