"""The port of manifest stores: by label, and by the asset or rendition they came with."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import Mapped, Session
from sqlmodel import col

from colophon.catalog.asset_tables import ManifestRow, PublicationRow, RenditionRow
from colophon.catalog.database import Database
from colophon.catalog.statements import inserted
from colophon.domain.kept import KeptManifest
from colophon.domain.provenance import ProvenanceState

_INVALID = ProvenanceState.INVALID.value


class SqlManifests:
    """Implements `colophon.ports.Manifests`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def labelled(self, labels: Sequence[str], *, public: bool = False) -> Sequence[KeptManifest]:
        found = self._where(col(ManifestRow.label).in_(labels), public)
        return sorted(found, key=_by(labels, lambda kept: kept.label))

    def of(self, subjects: Sequence[str], *, public: bool = False) -> Sequence[KeptManifest]:
        originals = and_(col(ManifestRow.asset).in_(subjects), col(ManifestRow.rendition).is_(None))
        found = self._where(or_(originals, col(ManifestRow.rendition).in_(subjects)), public)
        return sorted(found, key=_by(subjects, lambda kept: kept.subject))

    def _where(self, condition: ColumnElement[bool], public: bool) -> list[KeptManifest]:
        statement = select(ManifestRow).where(condition).order_by(col(ManifestRow.label))
        if public:
            statement = statement.where(
                published(col(ManifestRow.asset), col(ManifestRow.rendition), col(ManifestRow.rendition).is_(None))
            )
        with self._database.reading() as session:
            return [kept(row) for row in session.scalars(statement)]


def keep(session: Session, manifest: KeptManifest, *, now: datetime) -> None:
    """A label leads to one store. The first keeps it, unless it came with a file that did not hold and this one's did:
    nobody takes a label by copying it into another file."""
    values = {
        "label": manifest.label,
        "sha256": manifest.sha256,
        "asset": manifest.asset,
        "rendition": manifest.rendition,
        "state": manifest.state.value,
        "created_at": now,
    }
    if not inserted(session, ManifestRow, values) and manifest.state is not ProvenanceState.INVALID:
        session.execute(
            update(ManifestRow)
            .where(col(ManifestRow.label) == manifest.label, col(ManifestRow.state) == _INVALID)
            .values(**values)
            .execution_options(synchronize_session=False)
        )


def published(asset: Mapped[str], subject: Mapped[Any], original: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the rendition was ever published, or, for an ``original``, any rendition made of it."""
    made = (
        select(col(PublicationRow.id))
        .join(RenditionRow, col(RenditionRow.id) == col(PublicationRow.rendition))
        .where(col(RenditionRow.asset) == asset, or_(original, col(RenditionRow.id) == subject))
    )
    return exists(made)


def _by(order: Sequence[str], of: Callable[[KeptManifest], str]) -> Callable[[KeptManifest], int]:
    places = {name: place for place, name in reversed(list(enumerate(order)))}
    return lambda kept: places[of(kept)]


def kept(row: ManifestRow) -> KeptManifest:
    return KeptManifest(row.label, row.sha256, row.asset, row.rendition, ProvenanceState(row.state))
