"""Campaigns and their revisions: what is wanted now, without forgetting what was wanted before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog import cards, limits
from colophon.catalog.asset_tables import AssetRow
from colophon.catalog.attempts import hold_all
from colophon.catalog.generations import planned
from colophon.catalog.money_tables import LedgerRow
from colophon.catalog.statements import insert_if_absent
from colophon.catalog.tables import CampaignRow, GenerationRow, RevisionRow, WantedRow
from colophon.domain.brief import Brief
from colophon.domain.generation import Generation
from colophon.domain.money import Money
from colophon.domain.record import Campaign
from colophon.domain.rendition import PlannedRendition
from colophon.errors import Conflict, InvalidInput, NotFound

_RENDITIONS: TypeAdapter[tuple[PlannedRendition, ...]] = TypeAdapter(tuple[PlannedRendition, ...])


@dataclass(frozen=True, slots=True)
class Registration:
    """A revision of a campaign with what it wants."""

    brief: Brief
    revision: str
    canonical: str
    generations: Sequence[Generation]
    renditions: Sequence[PlannedRendition]
    now: datetime
    by: str | None = None


def register(session: Session, plan: Registration) -> None:
    """See `colophon.catalog.orders.SqlOrders.register`."""
    slug, revision, now = plan.brief.campaign, plan.revision, plan.now
    first = {"slug": slug, "revision": revision, "created_at": now, "updated_at": now}
    insert_if_absent(session, CampaignRow, [first])
    campaign = locked(session, slug)
    row = _revision(plan)
    ids = [generation.id for generation in plan.generations]
    if campaign.revision == revision and _holds(session, row, ids):
        limits.ordered(session, slug, revision, plan.by, now)
        return
    _same_currency(session, plan.brief)
    insert_if_absent(session, RevisionRow, [row])
    limits.ordered(session, slug, revision, plan.by, now)
    insert_if_absent(session, GenerationRow, [planned(generation, revision) for generation in plan.generations])
    _want(session, row, ids)
    session.execute(update(CampaignRow).where(col(CampaignRow.slug) == slug).values(revision=revision, updated_at=now))


def planned_renditions(session: Session, slug: str) -> Sequence[PlannedRendition]:
    """Raises `NotFound`."""
    _, revision = _row(session, slug)
    return _RENDITIONS.validate_python(revision.renditions)


def locked(session: Session, slug: str) -> CampaignRow:
    """The campaign's row, held against every other transaction that registers or reserves. On SQLite the write lock
    of the transaction does that. Raises `NotFound`."""
    # FOR NO KEY UPDATE: ledger rows of other workers, which only refer to the campaign, need not wait.
    statement = select(CampaignRow).where(col(CampaignRow.slug) == slug).with_for_update(key_share=True)
    row = session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise missing(slug)
    return row


def cap(session: Session, campaign: str) -> Money:
    """The cap of the newest revision. Raises `NotFound`."""
    return one(session, campaign).cap


def one(session: Session, slug: str) -> Campaign:
    """Raises `NotFound`."""
    return made(*_row(session, slug))


def every(session: Session) -> Sequence[Campaign]:
    """Oldest first."""
    statement = newest(CampaignRow, RevisionRow).order_by(col(CampaignRow.created_at), col(CampaignRow.slug))
    return [made(campaign, revision) for campaign, revision in session.execute(statement)]


def _row(session: Session, slug: str) -> tuple[CampaignRow, RevisionRow]:
    found = session.execute(newest(CampaignRow, RevisionRow).where(col(CampaignRow.slug) == slug)).one_or_none()
    if found is None:
        raise missing(slug)
    campaign, revision = found
    return campaign, revision


def newest(*columns: Any) -> Select[Any]:
    """Of the newest revision of each campaign."""
    same = (col(RevisionRow.campaign) == col(CampaignRow.slug)) & (
        col(RevisionRow.revision) == col(CampaignRow.revision)
    )
    return select(*columns).select_from(CampaignRow).join(RevisionRow, same)


def made(campaign: CampaignRow, revision: RevisionRow) -> Campaign:
    return Campaign(
        slug=campaign.slug,
        title=revision.title,
        brand=revision.brand,
        owner=revision.owner,
        revision=revision.revision,
        brief=revision.canonical,
        cap=Money(revision.cap_micros, revision.currency),
        created_at=campaign.created_at,
        updated_at=campaign.updated_at,
    )


def _revision(plan: Registration) -> dict[str, Any]:
    return {
        "campaign": plan.brief.campaign,
        "revision": plan.revision,
        "title": plan.brief.title,
        "brand": plan.brief.brand.name,
        "owner": plan.brief.owner,
        "canonical": plan.canonical,
        "renditions": _RENDITIONS.dump_python(tuple(plan.renditions), mode="json"),
        "cap_micros": plan.brief.budget.money.micros,
        "currency": plan.brief.budget.currency,
        "registered_at": plan.now,
    }


def _holds(session: Session, row: dict[str, Any], ids: Sequence[str]) -> bool:
    """Whether exactly this plan is on record for the revision."""
    known = session.get(RevisionRow, (row["campaign"], row["revision"]))
    wanted = session.scalars(_wanted_ids(row).order_by(col(WantedRow.position))).all()
    return known is not None and known.renditions == row["renditions"] and wanted == ids


def _wanted_ids(row: dict[str, Any]) -> Select[str]:
    return select(col(WantedRow.generation)).where(
        col(WantedRow.campaign) == row["campaign"], col(WantedRow.revision) == row["revision"]
    )


def _want(session: Session, row: dict[str, Any], ids: Sequence[str]) -> None:
    slug, revision = row["campaign"], row["revision"]
    session.execute(delete(WantedRow).where(col(WantedRow.campaign) == slug, col(WantedRow.revision) == revision))
    insert_if_absent(
        session,
        WantedRow,
        [
            {"campaign": slug, "revision": revision, "position": position, "generation": generation}
            for position, generation in enumerate(ids)
        ],
    )
    ours = (col(GenerationRow.campaign) == slug) & col(GenerationRow.id).in_(_wanted_ids(row))
    if session.scalar(select(func.count()).select_from(GenerationRow).where(ours)) != len(ids):
        raise InvalidInput("a generation is listed twice or belongs to another campaign", where=slug)
    hold_all(session, ours)
    renamed = session.scalars(_named_otherwise(row).where(ours)).all()
    for statement in (
        update(GenerationRow).where(ours).values(revision=revision),
        update(RevisionRow)
        .where(col(RevisionRow.campaign) == slug, col(RevisionRow.revision) == revision)
        .values(renditions=row["renditions"]),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
    cards.reword(session, renamed)


def _named_otherwise(row: dict[str, Any]) -> Select[str]:
    """Assets of generations whose present revision has another title or brand than this one."""
    present = (col(RevisionRow.campaign) == col(GenerationRow.campaign)) & (
        col(RevisionRow.revision) == col(GenerationRow.revision)
    )
    other = (col(RevisionRow.title) != row["title"]) | (col(RevisionRow.brand) != row["brand"])
    return (
        select(col(AssetRow.id))
        .join(GenerationRow, col(GenerationRow.id) == col(AssetRow.generation))
        .join(RevisionRow, present)
        .where(other)
    )


def _same_currency(session: Session, brief: Brief) -> None:
    statement = select(col(LedgerRow.currency)).where(col(LedgerRow.campaign) == brief.campaign).limit(1)
    spent_in = session.scalar(statement)
    if spent_in not in (None, brief.budget.currency):
        raise Conflict(
            f"campaign {brief.campaign} has spent {spent_in} and cannot change to {brief.budget.currency}",
            where="budget.currency",
            hint="give the campaign a new name",
        )


def missing(slug: str) -> NotFound:
    return NotFound(f"there is no campaign {slug}", where=slug, hint="`colophon campaigns` lists those that exist")
