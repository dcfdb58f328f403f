"""The port of what monitoring counts."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, func, literal, select
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog.asset_tables import AssetRow, PublicationRow
from colophon.catalog.database import Database
from colophon.catalog.event_tables import CheckpointRow
from colophon.catalog.standings import UNJUDGED
from colophon.catalog.tables import GenerationRow
from colophon.catalog.verdict_tables import StandingRow
from colophon.domain.asset import AssetState
from colophon.domain.generation import GenerationState
from colophon.domain.provenance import ProvenanceState
from colophon.domain.query import TROUBLED
from colophon.ports.measuring import MOST_COUNTED


class SqlGauges:
    """Implements `colophon.ports.Gauges`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def generations(self) -> Mapping[str, int]:
        return self._by_state(col(GenerationRow.state), _named(GenerationState))

    def assets(self) -> Mapping[str, int]:
        return self._by_state(col(AssetRow.state), _named(AssetState))

    def verdicts(self) -> Mapping[str, int]:
        known = {**_named(ProvenanceState), "troubled": TROUBLED, "unjudged": UNJUDGED}
        return self._by_state(col(StandingRow.state), known)

    def public(self) -> int:
        with self._database.reading() as session:
            return _counted(session, col(PublicationRow.published_until).is_(None))

    def newest_checkpoint(self) -> datetime | None:
        statement = select(col(CheckpointRow.at)).order_by(col(CheckpointRow.size).desc()).limit(1)
        with self._database.reading() as session:
            return session.scalar(statement)

    def _by_state(self, column: SQLColumnExpression[str], states: Mapping[str, str]) -> Mapping[str, int]:
        with self._database.reading() as session:
            return {name: _counted(session, column == value) for name, value in states.items()}


def _named(states: Iterable[StrEnum]) -> dict[str, str]:
    return {state.value: state.value for state in states}


def _counted(session: Session, condition: ColumnElement[bool]) -> int:
    some: Any = select(literal(1).label("one")).where(condition).limit(MOST_COUNTED).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0
