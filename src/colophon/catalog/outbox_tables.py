"""The tables of the outbox: who is told, of what, and how far it got. What happened is in the log."""

from typing import Annotated

from sqlalchemy import ForeignKeyConstraint, Index, Text
from sqlmodel import Field

from colophon.catalog.tables import Big, Key, MaybeId, MaybeMoment, MaybeTold, Moment, Name, Prose, Row


class TargetRow(Row, table=True):
    """All events of the log up to ``position`` were looked at for this target."""

    __tablename__ = "outbox_targets"

    name: Key
    position: Big
    added_at: Moment
    rests_until: MaybeMoment = None
    stopped_at: MaybeMoment = None
    stopped_why: MaybeTold = None


class MessageRow(Row, table=True):
    """``body`` as it is sent, to the byte; ``event`` is the number of the event it is about."""

    __tablename__ = "outbox_messages"

    id: Key
    type: Name
    at: Moment
    campaign: MaybeId = None
    brand: Annotated[str | None, Field(sa_type=Text)] = None
    event: Big
    body: Prose


class DeliveryRow(Row, table=True):
    """See `colophon.domain.delivery.Delivery`. ``event`` is its message's, for the order of sending."""

    __tablename__ = "outbox_deliveries"
    __table_args__ = (
        ForeignKeyConstraint(["target"], ["outbox_targets.name"]),
        ForeignKeyConstraint(["message"], ["outbox_messages.id"]),
        Index(None, "target", "state", "due_at", "event"),
        Index(None, "event", "target"),
        Index(None, "message"),
    )

    target: Key
    message: Key
    event: Big
    state: Name
    attempts: int
    due_at: Moment
    added_at: Moment
    last_at: MaybeMoment = None
    last_status: int | None = None
    last_problem: MaybeTold = None
    ended_at: MaybeMoment = None
