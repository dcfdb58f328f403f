"""The table of halts."""

from sqlalchemy import Index, text

from colophon.catalog.tables import Key, MaybeMoment, MaybeTold, Moment, Name, Prose, Row

_IN_FORCE = text("lifted_at IS NULL")


class HaltRow(Row, table=True):
    """In force while ``lifted_at`` is none; of each scope at most one is."""

    __tablename__ = "halts"
    __table_args__ = (
        Index("ix_halts_in_force", "scope", unique=True, sqlite_where=_IN_FORCE, postgresql_where=_IN_FORCE),
    )

    id: Key
    scope: Name
    halted_by: Prose
    reason: Prose
    at: Moment
    lifted_at: MaybeMoment = None
    lifted_by: MaybeTold = None
