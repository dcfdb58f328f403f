"""The tables of judging: rounds of checks, what each found, what was decided, what people said."""

from typing import Annotated, Any

from sqlalchemy import JSON, ForeignKeyConstraint, Index
from sqlmodel import Field

from colophon.catalog.columns import Finite
from colophon.catalog.tables import (
    Id,
    Key,
    MaybeMoment,
    MaybeName,
    MaybeSha,
    Moment,
    Name,
    NumberKey,
    Prose,
    Row,
    Sha,
    Structure,
)


class RoundRow(Row, table=True):
    """One time an asset was checked. Rounds that found the same share the findings of the first of them,
    ``findings_round``. ``weights`` are what the policy made of each finding, in their order; ``absent`` the checks it
    requires that found nothing."""

    __tablename__ = "rounds"
    __table_args__ = (ForeignKeyConstraint(["asset"], ["assets.id"]),)

    asset: Key
    number: NumberKey
    checked_at: Moment
    occasion: Name
    findings_round: int
    findings_sha256: Sha
    outcome: Name
    weights: Structure
    absent: Structure
    policy: Name
    policy_version: Name
    policy_sha256: Sha


class FindingRow(Row, table=True):
    """``evidence`` names a picture of the store that shows it, null where none was made."""

    __tablename__ = "findings"
    __table_args__ = (ForeignKeyConstraint(["asset"], ["assets.id"]),)

    asset: Key
    round: NumberKey
    position: NumberKey
    name: Name
    version: Name
    verdict: Name
    score: Annotated[float | None, Field(sa_type=Finite)] = None
    reasons: Structure
    parameters: Structure
    evidence: Annotated[Any, Field(sa_type=JSON(none_as_null=True), nullable=True)] = None


class DecisionRow(Row, table=True):
    """``accepted`` are the doubts an approval was given in spite of; ``policy`` null: made before policies had
    versions; ``needed`` how many people had to approve."""

    __tablename__ = "decisions"
    __table_args__ = (
        ForeignKeyConstraint(["asset"], ["assets.id"]),
        Index(None, "asset"),
        Index(None, "expires_at", "asset"),
    )

    id: Key
    asset: Id
    action: Name
    decided_by: Prose
    reason: Prose
    decided_at: Moment
    asset_sha256: Sha
    findings_sha256: Sha
    actor: Name
    policy: MaybeName = None
    policy_version: MaybeName = None
    policy_sha256: MaybeSha = None
    accepted: Structure
    expires_at: MaybeMoment = None
    needed: int


class CommentRow(Row, table=True):
    __tablename__ = "comments"
    __table_args__ = (ForeignKeyConstraint(["asset"], ["assets.id"]), Index(None, "asset"))

    id: Key
    asset: Id
    said_by: Prose
    text: Prose
    said_at: Moment
