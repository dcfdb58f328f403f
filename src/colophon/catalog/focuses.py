"""Focal points people gave: each is on record, and the newest stands on its asset's row."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog.asset_tables import AssetRow, FocusRow
from colophon.domain.subject import FocusChoice, Point


def keep(session: Session, choice: FocusChoice) -> None:
    """Into the history and onto the asset, whose row is locked."""
    x, y = (choice.point.x, choice.point.y) if choice.point else (None, None)
    row: dict[str, Any] = {"id": choice.id, "asset": choice.asset, "x": x, "y": y}
    session.execute(insert(FocusRow).values(**row, chosen_by=choice.by, chosen_at=choice.at))
    session.execute(
        update(AssetRow)
        .where(col(AssetRow.id) == choice.asset)
        .values(focus_x=x, focus_y=y)
        .execution_options(synchronize_session=False)
    )


def of_asset(session: Session, asset: str) -> Sequence[FocusChoice]:
    """Oldest first."""
    statement = select(FocusRow).where(col(FocusRow.asset) == asset)
    rows = session.scalars(statement.order_by(col(FocusRow.chosen_at), col(FocusRow.id)))
    return [FocusChoice(row.id, row.asset, point(row.x, row.y), row.chosen_by, row.chosen_at) for row in rows]


def point(x: int | None, y: int | None) -> Point | None:
    return None if x is None or y is None else Point(x, y)
