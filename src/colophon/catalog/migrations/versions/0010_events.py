"""The audit log: events, the salts of personal texts, and where the Merkle tree stood at each checkpoint."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_SUBJECT = sa.String(500).with_variant(sa.String(500, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(200), nullable=False),
        sa.Column("about", sa.String(200), nullable=False),
        sa.Column("subject", _SUBJECT, nullable=False),
        sa.Column("digest", sa.String(120), nullable=True),
        sa.Column("commitments", sa.JSON(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(120), nullable=False),
        sa.Column("hash", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_events")),
    )
    columns = ["about", "subject", "sequence"]
    op.create_index(op.f(f"ix_events_{'_'.join(columns)}"), "events", columns, unique=False)
    op.create_table(
        "personal_texts",
        sa.Column("about", sa.String(200), nullable=False),
        sa.Column("subject", _SUBJECT, nullable=False),
        sa.Column("salt", sa.String(120), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("about", "subject", name=op.f("pk_personal_texts")),
    )
    op.create_table(
        "checkpoints",
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("nodes", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoints")),
    )
