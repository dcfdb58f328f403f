"""Browsers that somebody signed in with before: what strangers try in a name does not keep them out."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None
touches_rows = False

ID = sa.String(120).with_variant(sa.String(120, collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "known_browsers",
        sa.Column("digest", ID, nullable=False),
        sa.Column("account", ID, nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_known_browsers_account")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_known_browsers")),
    )
    op.create_index(op.f("ix_known_browsers_account"), "known_browsers", ["account"])
