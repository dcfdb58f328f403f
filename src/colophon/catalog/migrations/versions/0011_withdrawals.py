"""Turns at publishing, the signed lists, withdrawals with the evidence that what was taken back is gone."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ID = sa.String(120).with_variant(sa.String(120, collation="C"), "postgresql")
LONG = sa.String(300).with_variant(sa.String(300, collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """What was withdrawn before has no evidence beyond the end of its publication, and gets none now."""
    op.create_table(
        "leases",
        sa.Column("name", LONG, nullable=False),
        sa.Column("holder", sa.String(200), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("until", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "issues",
        sa.Column("sequence", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("sha256", sa.String(120), nullable=False),
        sa.Column("issued_at", TIME, nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_issues")),
    )
    op.create_table(
        "withdrawals",
        sa.Column("id", ID, nullable=False),
        sa.Column("publication", ID, nullable=False),
        sa.Column("campaign", ID, nullable=False),
        sa.Column("rendition", ID, nullable=False),
        sa.Column("addresses", sa.JSON(), nullable=False),
        sa.Column("why", sa.String(200), nullable=False),
        sa.Column("begun_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("taken_down_at", TIME, nullable=True),
        sa.Column("purged_at", TIME, nullable=True),
        sa.Column("gone_at", TIME, nullable=True),
        sa.Column("superseded_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["publication"], ["publications.id"], name=op.f("fk_withdrawals_publication")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawals")),
        sa.UniqueConstraint("publication", name=op.f("uq_withdrawals_publication")),
    )
    op.create_index(op.f("ix_withdrawals_campaign_id"), "withdrawals", ["campaign", "id"])
    unfinished = sa.text("gone_at IS NULL AND superseded_at IS NULL")
    op.create_index(
        "ix_withdrawals_unfinished", "withdrawals", ["id"], sqlite_where=unfinished, postgresql_where=unfinished
    )
    op.create_table(
        "sightings",
        sa.Column("withdrawal", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("variant", sa.String(200), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("first_at", TIME, nullable=False),
        sa.Column("last_at", TIME, nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["withdrawal"], ["withdrawals.id"], name=op.f("fk_sightings_withdrawal")),
        sa.PrimaryKeyConstraint("withdrawal", "number", name=op.f("pk_sightings")),
    )
