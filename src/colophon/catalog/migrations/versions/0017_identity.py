"""Sign-ins under way at an identity provider; who ordered what, whose money it is, and what each may spend."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ID = sa.String(120).with_variant(sa.String(120, collation="C"), "postgresql")
SHA, WORD, TIME = sa.String(120), sa.String(200), sa.DateTime(timezone=True)


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
    op.create_table(
        "orderers",
        sa.Column("campaign", ID, nullable=False),
        sa.Column("revision", SHA, nullable=False),
        sa.Column("person", SHA, nullable=False),
        sa.Column("ordered_by", sa.Text(), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign", "revision"],
            ["revisions.campaign", "revisions.revision"],
            name=op.f("fk_orderers_campaign_revision"),
        ),
        sa.PrimaryKeyConstraint("campaign", "revision", name=op.f("pk_orderers")),
    )
    op.create_table(
        "payers",
        sa.Column("generation", ID, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("person", SHA, nullable=False),
        sa.ForeignKeyConstraint(
            ["generation", "attempt"],
            ["attempts.generation", "attempts.number"],
            name=op.f("fk_payers_generation_attempt"),
        ),
        sa.PrimaryKeyConstraint("generation", "attempt", name=op.f("pk_payers")),
    )
    op.create_table(
        "account_limits",
        sa.Column("account", ID, nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=True),
        sa.Column("currency", WORD, nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.Column("set_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f("fk_account_limits_account")),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_account_limits")),
    )
