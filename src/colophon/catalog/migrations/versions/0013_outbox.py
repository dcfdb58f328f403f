"""The outbox: targets that are told of events, messages, and their deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.String(120).with_variant(sa.String(120, collation="C"), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nobody is told of what happened before: a target begins when it is first known."""
    op.create_table(
        "outbox_targets",
        sa.Column("name", ID, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        sa.Column("rests_until", TIME, nullable=True),
        sa.Column("stopped_at", TIME, nullable=True),
        sa.Column("stopped_why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_outbox_targets")),
    )
    op.create_table(
        "outbox_messages",
        sa.Column("id", ID, nullable=False),
        sa.Column("type", sa.String(200), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("campaign", ID, nullable=True),
        sa.Column("brand", sa.Text(), nullable=True),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_messages")),
    )
    op.create_table(
        "outbox_deliveries",
        sa.Column("target", ID, nullable=False),
        sa.Column("message", ID, nullable=False),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(200), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("added_at", TIME, nullable=False),
        sa.Column("last_at", TIME, nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_problem", sa.Text(), nullable=True),
        sa.Column("ended_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["target"], ["outbox_targets.name"], name=op.f("fk_outbox_deliveries_target")),
        sa.ForeignKeyConstraint(["message"], ["outbox_messages.id"], name=op.f("fk_outbox_deliveries_message")),
        sa.PrimaryKeyConstraint("target", "message", name=op.f("pk_outbox_deliveries")),
    )
    for columns in (["target", "state", "due_at", "event"], ["event", "target"], ["message"]):
        op.create_index(op.f(f"ix_outbox_deliveries_{'_'.join(columns)}"), "outbox_deliveries", columns)
