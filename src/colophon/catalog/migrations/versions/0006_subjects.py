"""Where the subject of an original is, and the focal points people give."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.String(120).with_variant(sa.String(120, collation="C"), "postgresql")


def upgrade() -> None:
    """Assets of before have no subject: to find it would need their pixels. Their crops stay in the middle until a
    person says where the focal point is."""
    op.add_column("assets", sa.Column("subject", sa.JSON(), nullable=True))
    op.add_column("assets", sa.Column("focus_x", sa.Integer(), nullable=True))
    op.add_column("assets", sa.Column("focus_y", sa.Integer(), nullable=True))
    op.create_table(
        "focuses",
        sa.Column("id", ID, nullable=False),
        sa.Column("asset", ID, nullable=False),
        sa.Column("x", sa.Integer(), nullable=True),
        sa.Column("y", sa.Integer(), nullable=True),
        sa.Column("chosen_by", sa.Text(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["asset"], ["assets.id"], name=op.f("fk_focuses_asset")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_focuses")),
    )
    op.create_index(op.f("ix_focuses_asset"), "focuses", ["asset"], unique=False)
