"""Which files are in a scope, and which of them are due: statements over the table of standings.

A verdict is due when it rests on other grounds than the present ones, or when its time has come. One index over
(grounds, due_at, subject) holds what is due in three ranges: before the present grounds, at them up to now, and after
them. What is up to date lies between and is never looked at.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from colophon.catalog.asset_tables import AssetRow, PublicationRow, RenditionRow
from colophon.catalog.verdict_tables import StandingRow
from colophon.domain.asset import AssetState
from colophon.domain.history import Due, Scope, Standing
from colophon.domain.provenance import Provenance, ProvenanceState
from colophon.domain.query import TROUBLED

NEVER = datetime(9000, 1, 1, tzinfo=UTC)  # no certificate of this world ends later in any meaningful way
UNJUDGED = ""

_DOUBTED = (UNJUDGED, TROUBLED, *(state.value for state in ProvenanceState if state is not ProvenanceState.TRUSTED))
_SUBJECT = (col(StandingRow.subject),)
_PLACE = (col(StandingRow.grounds), col(StandingRow.due_at), col(StandingRow.subject))


def page(session: Session, scope: Scope, due: Due | None, limit: int, after: Standing | None) -> list[Standing]:
    """See `colophon.ports.Verdicts.standings`."""
    found: list[Standing] = []
    for statement in pages(scope, due, limit, after):
        if len(found) < limit:
            found += [_standing(row) for row in session.execute(statement)]
    return found[:limit]


def pages(scope: Scope, due: Due | None, limit: int, after: Standing | None) -> list[Select[Any]]:
    """One statement a range, in the order of the ranges; those that lie before ``after`` are left out."""
    if due is None or not _whole(scope):
        rest = [] if after is None else [col(StandingRow.subject) > after.subject]
        return [_joined(select(StandingRow).where(part, *rest), _SUBJECT, limit) for part in _parts(scope, due)]
    parts = _parts(scope, due)
    if after is not None:
        reached = _range(after, due)
        parts = [and_(parts[reached], _beyond(after)), *parts[reached + 1 :]]
    return [_joined(select(StandingRow).where(part), _PLACE, limit) for part in parts]


def count(session: Session, scope: Scope, due: Due | None) -> int:
    counts = (select(func.count()).select_from(StandingRow).where(part) for part in _parts(scope, due))
    return sum(session.execute(statement).scalar_one() for statement in counts)


def doubted(session: Session, scope: Scope, limit: int) -> list[Standing]:
    """See `colophon.ports.Verdicts.doubted`."""
    in_doubt = col(StandingRow.state).in_(_DOUBTED)
    approved = select(col(AssetRow.id)).where(
        col(AssetRow.id) == col(StandingRow.asset), col(AssetRow.state) == AssetState.APPROVED.value
    )
    relied_on = or_(approved.exists(), _public(StandingRow))
    statement = select(StandingRow).where(in_doubt, relied_on, _within(scope))
    rows = session.execute(_joined(statement, (col(StandingRow.state), *_SUBJECT), limit))
    return [_standing(row) for row in rows]


def _whole(scope: Scope) -> bool:
    return not scope.assets and scope.campaign is None


def _parts(scope: Scope, due: Due | None) -> Sequence[ColumnElement[bool]]:
    if due is None:
        return [_within(scope)]
    grounds, now = col(StandingRow.grounds), due.now
    present = due.grounds.digest
    ranges = [grounds < present, and_(grounds == present, col(StandingRow.due_at) <= now), grounds > present]
    return ranges if _whole(scope) else [and_(_within(scope), or_(*ranges))]


def _within(scope: Scope) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [col(StandingRow.subject) > ""]
    if scope.assets:
        conditions.append(col(StandingRow.asset).in_(scope.assets))
    if scope.campaign is not None:
        conditions.append(col(StandingRow.campaign) == scope.campaign)
    return and_(*conditions)


def _range(standing: Standing, due: Due) -> int:
    present = due.grounds.digest
    return (standing.grounds >= present) + (standing.grounds > present)


def _beyond(after: Standing) -> ColumnElement[bool]:
    return tuple_(*_PLACE) > tuple_(after.grounds, after.due_at or NEVER, after.subject)


def _joined(statement: Select[Any], order: Sequence[Any], limit: int) -> Select[Any]:
    """The page is cut first, so that no planner joins what is not on it."""
    cut = statement.order_by(*order).limit(limit).subquery()
    row = aliased(StandingRow, cut)
    columns: tuple[Any, ...] = (
        row,
        col(AssetRow.sha256).label("original"),
        col(AssetRow.state).label("asset_state"),
        col(RenditionRow.sha256).label("made"),
        col(RenditionRow.manifest_sha256).label("manifest"),
        _public(row).label("public"),
    )
    return (
        select(*columns)
        .join(AssetRow, col(AssetRow.id) == row.asset)
        .outerjoin(RenditionRow, col(RenditionRow.id) == row.rendition)
        .order_by(*(getattr(row, column.key) for column in order))
    )


def _public(row: Any) -> ColumnElement[bool]:
    is_open = col(PublicationRow.published_until).is_(None)
    return select(col(PublicationRow.id)).where(col(PublicationRow.rendition) == row.rendition, is_open).exists()


def _standing(found: Any) -> Standing:
    row: StandingRow = found[0]
    return Standing(
        asset=row.asset,
        rendition=row.rendition,
        sha256=found.made if row.rendition else found.original,
        manifest_sha256=found.manifest,
        approved=found.asset_state == AssetState.APPROVED,
        public=bool(found.public),
        state=_state(row.state),
        verdict=row.verdict,
        grounds=row.grounds,
        due_at=row.due_at if row.due_at < NEVER else None,
    )


def state_of(provenance: Provenance) -> str:
    """As a standing keeps it: whoever relies on a file asks whether there is anything to doubt."""
    troubled = provenance.state is ProvenanceState.TRUSTED and not provenance.clean
    return TROUBLED if troubled else provenance.state.value


def _state(kept: str) -> ProvenanceState | None:
    if kept == UNJUDGED:
        return None
    return ProvenanceState.TRUSTED if kept == TROUBLED else ProvenanceState(kept)
