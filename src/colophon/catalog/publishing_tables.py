"""The tables of publishing: whose turn it is, the signed lists, what was taken back and the evidence of that."""

from typing import Annotated

from sqlalchemy import ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from colophon.catalog.columns import PurseText
from colophon.catalog.tables import (
    BigKey,
    Id,
    Key,
    MaybeMoment,
    MaybeTold,
    Moment,
    Name,
    NumberKey,
    Prose,
    Row,
    Sha,
    Structure,
)


class LeaseRow(Row, table=True):
    """Ended, also without anybody saying so, when ``until`` has passed or its process is known to be dead."""

    __tablename__ = "leases"

    name: Annotated[str, Field(sa_type=PurseText, primary_key=True)]
    holder: Name
    process: Prose
    until: Moment


class IssueRow(Row, table=True):
    """One signed list of all lists; the bytes only of the newest."""

    __tablename__ = "issues"

    sequence: BigKey
    sha256: Sha
    issued_at: Moment
    content: Annotated[str | None, Field(sa_type=Text)] = None
    signature: Prose


class WithdrawalRow(Row, table=True):
    """``open`` ones are those with neither ``gone_at`` nor ``superseded_at``."""

    __tablename__ = "withdrawals"
    __table_args__ = (
        ForeignKeyConstraint(["publication"], ["publications.id"]),
        UniqueConstraint("publication"),
        Index(None, "campaign", "id"),
        Index(
            "ix_withdrawals_unfinished",
            "id",
            sqlite_where=text("gone_at IS NULL AND superseded_at IS NULL"),
            postgresql_where=text("gone_at IS NULL AND superseded_at IS NULL"),
        ),
    )

    id: Key
    publication: Id
    campaign: Id
    rendition: Id
    addresses: Structure
    why: Name
    begun_at: Moment
    due_at: Moment
    taken_down_at: MaybeMoment = None
    purged_at: MaybeMoment = None
    gone_at: MaybeMoment = None
    superseded_at: MaybeMoment = None


class SightingRow(Row, table=True):
    """What one address of a withdrawal answered to one way of asking, as long as the answer stayed the same."""

    __tablename__ = "sightings"
    __table_args__ = (ForeignKeyConstraint(["withdrawal"], ["withdrawals.id"]),)

    withdrawal: Key
    number: NumberKey
    address: Prose
    variant: Name
    status: int | None = None
    headers: Structure
    problem: MaybeTold = None
    first_at: Moment
    last_at: Moment
    times: int
