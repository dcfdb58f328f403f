"""Sign-ins under way at an identity provider."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ID = sa.String(120).with_variant(sa.String(120, collation="C"), "postgresql")
SHA, TIME = sa.String(120), sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sign_in_flows",
        sa.Column("state", ID, nullable=False),
        sa.Column("browser", SHA, nullable=False),
        sa.Column("back", sa.Text(), nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_sign_in_flows")),
    )
    op.create_index(op.f("ix_sign_in_flows_expires_at"), "sign_in_flows", ["expires_at"])
