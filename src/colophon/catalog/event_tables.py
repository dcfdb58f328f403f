"""The tables of the audit log. None of them is guarded by it: it is the guard."""

from typing import Annotated

from sqlalchemy import Index, Text
from sqlmodel import Field

from colophon.catalog.columns import SubjectText, Word
from colophon.catalog.tables import BigKey, MaybeSha, Moment, Name, Prose, Row, Sha, Structure


class EventRow(Row, table=True):
    """One event, see `colophon.domain.event`. Rows are only ever added."""

    __tablename__ = "events"
    __table_args__ = (Index(None, "about", "subject", "sequence"),)

    sequence: BigKey
    at: Moment
    kind: Name
    about: Name
    subject: Annotated[str, Field(sa_type=SubjectText)]
    digest: MaybeSha = None
    commitments: Structure
    body: Structure
    previous: Sha
    hash: Sha


class PersonalTextRow(Row, table=True):
    """The salt of what is personal in a guarded row (``text`` null: it stands in that row) or in an event that is about
    no row. Erasing deletes it."""

    __tablename__ = "personal_texts"

    about: Annotated[str, Field(sa_type=Word, primary_key=True)]
    subject: Annotated[str, Field(sa_type=SubjectText, primary_key=True)]
    salt: Sha
    text: Annotated[str | None, Field(sa_type=Text)] = None


class CheckpointRow(Row, table=True):
    """Where the Merkle tree stood when a checkpoint was written: it saves the next one the way from the beginning.
    Nothing is proved by it; the checkpoints that count lie outside. ``nodes`` are its subtrees in hex."""

    __tablename__ = "checkpoints"

    size: BigKey
    nodes: Structure
    at: Moment
    note: Prose
