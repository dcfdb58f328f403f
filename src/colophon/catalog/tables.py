"""The tables of campaigns and orders, and the base of all. Rows never leave this package.

Money is whole millionths of a currency unit in BIGINT columns beside the currency; moments are UTC.
"""

from datetime import date, datetime
from typing import Annotated, Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Date,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from colophon.catalog.columns import Digest, Finite, IdText, Told, ToldNumber, UtcTime, Word

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
BigKey = Annotated[int, Field(sa_type=BigInteger, primary_key=True)]
MaybeBig = Annotated[int | None, Field(sa_type=BigInteger)]
Moment = Annotated[datetime, Field(sa_type=UtcTime)]
MaybeMoment = Annotated[datetime | None, Field(sa_type=UtcTime)]
Day = Annotated[date, Field(sa_type=Date)]
MaybeSeconds = Annotated[float | None, Field(sa_type=Finite)]
Structure = Annotated[Any, Field(sa_type=JSON, nullable=False)]


class Row(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Base of all rows, with metadata of its own: nothing else a program imports can add tables to the catalog."""


class CampaignRow(Row, table=True):
    """``revision`` points to the newest one registered; this row is also the lock that spending takes."""

    __tablename__ = "campaigns"
    __table_args__ = (Index(None, "created_at", "slug"),)

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
    """A wanted picture and where its order stands. ``revision`` is the newest one that wants it; ``route`` and
    ``account`` (a digest that stands for the key) are those of the newest attempt, ``route`` the plan's before that.
    ``worker`` is who works on it or waits for it until ``lease_until``. ``ready_at`` is what the vendor told,
    ``done_at`` when we learned that its task no longer counts as unfinished. ``wish``: see `colophon.domain.wish`."""

    __tablename__ = "generations"
    __table_args__ = (
        ForeignKeyConstraint(["campaign"], ["campaigns.slug"]),
        Index(None, "campaign", "state", "id", "attempt"),  # counts of a campaign read nothing else
        Index(None, "account", "state"),
        Index(None, "state", "lease_until"),
        Index(None, "wish", "id"),
    )

    id: Key
    campaign: Id
    revision: Sha
    wish: MaybeSha = None
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
    routes: Structure
    low_micros: Big
    high_micros: Big
    currency: Name
    state: Name
    attempt: int
    account: MaybeId = None
    worker: MaybeName = None
    lease_until: MaybeMoment = None
    provider: MaybeName = None
    request_id: MaybeTold = None
    polling_url: MaybeTold = None
    delivery_url: MaybeTold = None
    hinted_at: MaybeMoment = None
    submitted_at: MaybeMoment = None
    ready_at: MaybeMoment = None
    done_at: MaybeMoment = None
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
    """One submit, kept for ever. ``outcome`` is one of `colophon.domain.record.AttemptOutcome`; none while its
    request may be on the way. ``reported_*`` is the price said at submit, kept beside a settled one."""

    __tablename__ = "attempts"
    __table_args__ = (
        ForeignKeyConstraint(["generation"], ["generations.id"]),
        Index(None, "started_at"),
        Index(None, "route", "request_id"),
    )

    generation: Key
    number: NumberKey
    route: Name
    model: Name
    started_at: Moment
    ended_at: MaybeMoment = None
    outcome: MaybeName = None
    code: MaybeName = None
    problem: MaybeTold = None
    request_id: MaybeTold = None
    reported_micros: MaybeBig = None
    reported_currency: MaybeName = None
    first_byte: MaybeSeconds = None
    seconds: MaybeSeconds = None
    resolved_by: MaybeTold = None


class HookEventRow(Row, table=True):
    """Webhooks that were taken, so that a second delivery of one is known. ``event`` is a digest of its id."""

    __tablename__ = "hook_events"

    route: Annotated[str, Field(sa_type=Word, primary_key=True)]
    event: Annotated[str, Field(sa_type=Digest, primary_key=True)]
    at: Moment
