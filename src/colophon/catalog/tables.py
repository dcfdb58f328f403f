"""The tables of orders and money, and the base of all. Rows never leave this package.

Money is whole millionths of a currency unit in BIGINT columns beside the currency; moments are UTC.
"""

from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, ForeignKeyConstraint, Index, MetaData, Text, UniqueConstraint, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from colophon.catalog.columns import Digest, IdText, Told, ToldNumber, UtcTime, Word

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Key = Annotated[str, Field(sa_type=IdText, primary_key=True)]
NumberKey = Annotated[int, Field(primary_key=True)]
Id = Annotated[str, Field(sa_type=IdText)]
MaybeId = Annotated[str | None, Field(sa_type=IdText)]
Sha = Annotated[str, Field(sa_type=Digest)]
MaybeSha = Annotated[str | None, Field(sa_type=Digest)]
Name = Annotated[str, Field(sa_type=Word)]
MaybeName = Annotated[str | None, Field(sa_type=Word)]
Prose = Annotated[str, Field(sa_type=Text)]
MaybeTold = Annotated[str | None, Field(sa_type=Told)]
Big = Annotated[int, Field(sa_type=BigInteger)]
MaybeBig = Annotated[int | None, Field(sa_type=BigInteger)]
Moment = Annotated[datetime, Field(sa_type=UtcTime)]
MaybeMoment = Annotated[datetime | None, Field(sa_type=UtcTime)]
Structure = Annotated[Any, Field(sa_type=JSON, nullable=False)]


class Row(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Base of all rows, with metadata of its own: nothing else a program imports can add tables to the catalog."""


class CampaignRow(Row, table=True):
    """``revision`` points to the newest one registered; this row is also the lock that spending takes."""

    __tablename__ = "campaigns"

    slug: Key
    revision: Sha
    created_at: Moment
    updated_at: Moment


class RevisionRow(Row, table=True):
    """``renditions`` are the files it wants, in the plan's order; generations have a table of their own."""

    __tablename__ = "revisions"
    __table_args__ = (ForeignKeyConstraint(["campaign"], ["campaigns.slug"]),)

    campaign: Key
    revision: Annotated[str, Field(sa_type=Digest, primary_key=True)]
    title: Prose
    brand: Prose
    owner: Annotated[str | None, Field(sa_type=Text)] = None
    canonical: Prose
    renditions: Structure
    cap_micros: Big
    currency: Name
    registered_at: Moment


class GenerationRow(Row, table=True):
    """A wanted picture and where its order stands. ``revision`` is the newest one that wants it."""

    __tablename__ = "generations"
    __table_args__ = (
        ForeignKeyConstraint(["campaign"], ["campaigns.slug"]),
        Index(None, "campaign", "state"),
    )

    id: Key
    campaign: Id
    revision: Sha
    visual: Name
    variant: int
    master: Name
    width: int
    height: int
    route: Name
    model: Name
    seed: Big
    prompt: Prose
    structure: Prose
    safety: Name
    references: Structure
    low_micros: Big
    high_micros: Big
    currency: Name
    state: Name
    attempt: int
    lease_until: MaybeMoment = None
    provider: MaybeName = None
    request_id: MaybeTold = None
    polling_url: MaybeTold = None
    submitted_at: MaybeMoment = None
    ready_at: MaybeMoment = None
    seed_reported: Annotated[int | None, Field(sa_type=ToldNumber)] = None
    prompt_used: MaybeTold = None
    model_reported: MaybeTold = None
    parameters: Structure
    cost_micros: MaybeBig = None
    cost_currency: MaybeName = None
    cost_basis: MaybeName = None
    original_sha256: MaybeSha = None
    asset_id: MaybeId = None
    problem_code: MaybeName = None
    problem: MaybeTold = None


class WantedRow(Row, table=True):
    """Which generations a revision wants, in the plan's order."""

    __tablename__ = "wanted"
    __table_args__ = (
        ForeignKeyConstraint(["campaign", "revision"], ["revisions.campaign", "revisions.revision"]),
        ForeignKeyConstraint(["generation"], ["generations.id"]),
        UniqueConstraint("generation", "revision"),
    )

    campaign: Key
    revision: Annotated[str, Field(sa_type=Digest, primary_key=True)]
    position: NumberKey
    generation: Id


class AttemptRow(Row, table=True):
    """One submit, kept for ever. ``outcome``: taken_back, submitted, delivered, refused, failed or unknown; none
    while its request may be on the way. ``reported_*`` is the price said at submit, kept beside a settled one."""

    __tablename__ = "attempts"
    __table_args__ = (ForeignKeyConstraint(["generation"], ["generations.id"]),)

    generation: Key
    number: NumberKey
    started_at: Moment
    ended_at: MaybeMoment = None
    outcome: MaybeName = None
    problem: MaybeTold = None
    request_id: MaybeTold = None
    reported_micros: MaybeBig = None
    reported_currency: MaybeName = None


class LedgerRow(Row, table=True):
    """An attempt reserves, releases and charges at most once each; the index makes a second row impossible."""

    __tablename__ = "ledger"
    __table_args__ = (
        ForeignKeyConstraint(["campaign"], ["campaigns.slug"]),
        ForeignKeyConstraint(["generation"], ["generations.id"]),
        Index(None, "campaign", "kind"),
        Index(
            None,
            "generation",
            "attempt",
            "kind",
            unique=True,
            sqlite_where=text("kind <> 'correction'"),
            postgresql_where=text("kind <> 'correction'"),
        ),
    )

    id: Key
    campaign: Id
    generation: MaybeId = None
    attempt: int | None = None
    kind: Name
    micros: Big
    currency: Name
    basis: Name
    route: MaybeName = None
    request_id: MaybeTold = None
    at: Moment
