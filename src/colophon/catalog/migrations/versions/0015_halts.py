"""Halts: while one is in force nothing of its scope is ordered."""

import sqlalchemy as sa
from alembic import op

from colophon.catalog.columns import IdText

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "halts",
        sa.Column("id", IdText, nullable=False),
        sa.Column("scope", sa.String(200), nullable=False),
        sa.Column("halted_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("lifted_at", TIME, nullable=True),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halts")),
    )
    in_force = sa.text("lifted_at IS NULL")
    op.create_index(
        "ix_halts_in_force", "halts", ["scope"], unique=True, sqlite_where=in_force, postgresql_where=in_force
    )
