"""Who works here: accounts, their roles for brands, sign-ins and tokens; and what their programs were answered."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ID = sa.String(120).with_variant(sa.String(120, collation="C"), "postgresql")
SHA, WORD, TIME = sa.String(120), sa.String(200), sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", SHA, nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("subject_sha256", ID, nullable=True),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("closed_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("folded", name=op.f("uq_accounts_folded")),
        sa.UniqueConstraint("subject_sha256", name=op.f("uq_accounts_subject_sha256")),
    )
    _of_account(
        "grants",
        sa.Column("id", ID, nullable=False),
        sa.Column("account", ID, nullable=False),
        sa.Column("role", WORD, nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("given_at", TIME, nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        index=True,
    )
    _of_account(
        "sessions",
        sa.Column("digest", ID, nullable=False),
        sa.Column("account", ID, nullable=False),
        sa.Column("via", WORD, nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("seen_at", TIME, nullable=False),
        index=True,
    )
    _of_account(
        "sign_in_links",
        sa.Column("digest", ID, nullable=False),
        sa.Column("account", ID, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME, nullable=True),
    )
    _of_account(
        "api_tokens",
        sa.Column("id", ID, nullable=False),
        sa.Column("account", ID, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("digest", SHA, nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("brands", sa.JSON(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        sa.Column("used_at", TIME, nullable=True),
        sa.UniqueConstraint("digest", name=op.f("uq_api_tokens_digest")),
        index=True,
    )
    op.create_table(
        "sign_in_tries",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folded", SHA, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_sha256", SHA, nullable=False),
        sa.Column("outcome", WORD, nullable=False),
        sa.Column("via", WORD, nullable=False),
        sa.Column("account", ID, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_tries")),
    )
    for column in ("folded", "address_sha256"):
        op.create_index(op.f(f"ix_sign_in_tries_{column}_at"), "sign_in_tries", [column, "at"])
    op.create_table(
        "replies",
        sa.Column("key", ID, nullable=False),
        sa.Column("request_sha256", SHA, nullable=False),
        sa.Column("begun_at", TIME, nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_replies")),
    )
    op.create_index(op.f("ix_replies_begun_at"), "replies", ["begun_at"])


def _of_account(table: str, *columns: sa.schema.SchemaItem, index: bool = False) -> None:
    key = columns[0].name if isinstance(columns[0], sa.Column) else "id"
    op.create_table(
        table,
        *columns,
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name=op.f(f"fk_{table}_account")),
        sa.PrimaryKeyConstraint(key, name=op.f(f"pk_{table}")),
    )
    if index:
        op.create_index(op.f(f"ix_{table}_account"), table, ["account"])
