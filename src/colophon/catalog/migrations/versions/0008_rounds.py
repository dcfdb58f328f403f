"""Rounds of checks, begun with the findings each asset was registered with; decisions with the policy they were made
under and the doubts they accepted; comments.

Those decisions stand as they are: one person was enough, and an approval accepted what was found then."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ID = sa.String(120).with_variant(sa.String(120, collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)
_PART = 500
_WEIGHTS = {"pass": "note", "review": "hold", "unknown": "hold", "fail": "reject"}

ASSETS = sa.table("assets", sa.column("id", ID), sa.column("created_at", MOMENT), sa.column("outcome", sa.String(200)))
FINDINGS = sa.table(
    "findings", sa.column("asset", ID), sa.column("round", sa.Integer), sa.column("position", sa.Integer),
    sa.column("name", sa.String(200)), sa.column("version", sa.String(200)), sa.column("verdict", sa.String(200)),
    sa.column("score", sa.Float(53)), sa.column("reasons", sa.JSON), sa.column("parameters", sa.JSON),
)  # fmt: skip
DECISIONS = sa.table(
    "decisions", sa.column("asset", ID), sa.column("action", sa.String(200)), sa.column("accepted", sa.JSON)
)


def upgrade() -> None:
    _findings()
    rounds = _rounds()
    for column in (
        sa.Column("actor", sa.String(200), nullable=False, server_default="person"),
        sa.Column("policy", sa.String(200), nullable=True),
        sa.Column("policy_version", sa.String(200), nullable=True),
        sa.Column("policy_sha256", sa.String(120), nullable=True),
        sa.Column("accepted", sa.JSON(), nullable=False, server_default=sa.text("'[]'")),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("needed", sa.Integer(), nullable=False, server_default="1"),
    ):
        op.add_column("decisions", column)
    op.create_index(op.f("ix_decisions_expires_at_asset"), "decisions", ["expires_at", "asset"], unique=False)
    _comments()
    bind = op.get_bind()
    for assets in _parts(bind):
        found = _found(bind, assets[0].id, assets[-1].id)
        bind.execute(sa.insert(rounds), [_first_round(asset, found.get(asset.id, [])) for asset in assets])
        accepted = [
            {"of": asset.id, "doubts": doubts} for asset in assets if (doubts := _doubts(found.get(asset.id, [])))
        ]
        if accepted:
            of_asset = DECISIONS.c.asset == sa.bindparam("of", type_=ID)
            approvals = sa.update(DECISIONS).where(of_asset, DECISIONS.c.action == "approve")
            bind.execute(approvals.values(accepted=sa.bindparam("doubts", type_=sa.JSON)), accepted)


def _findings() -> None:
    """A new table in the place of the old one: its key grows, which SQLite cannot do otherwise."""
    op.rename_table("findings", "findings_before")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE findings_before RENAME CONSTRAINT pk_findings TO pk_findings_before")
    op.create_table(
        "findings",
        sa.Column("asset", ID, nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("version", sa.String(200), nullable=False),
        sa.Column("verdict", sa.String(200), nullable=False),
        sa.Column("score", sa.Float(53), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["asset"], ["assets.id"], name=op.f("fk_findings_asset")),
        sa.PrimaryKeyConstraint("asset", "round", "position", name=op.f("pk_findings")),
    )
    op.execute(
        "INSERT INTO findings (asset, round, position, name, version, verdict, score, reasons, parameters)"
        " SELECT asset, 1, position, name, version, verdict, score, reasons, parameters FROM findings_before"
    )
    op.drop_table("findings_before")


def _rounds() -> sa.Table:
    return op.create_table(
        "rounds",
        sa.Column("asset", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("checked_at", MOMENT, nullable=False),
        sa.Column("occasion", sa.String(200), nullable=False),
        sa.Column("findings_round", sa.Integer(), nullable=False),
        sa.Column("findings_sha256", sa.String(120), nullable=False),
        sa.Column("outcome", sa.String(200), nullable=False),
        sa.Column("weights", sa.JSON(), nullable=False),
        sa.Column("absent", sa.JSON(), nullable=False),
        sa.Column("policy", sa.String(200), nullable=False),
        sa.Column("policy_version", sa.String(200), nullable=False),
        sa.Column("policy_sha256", sa.String(120), nullable=False),
        sa.ForeignKeyConstraint(["asset"], ["assets.id"], name=op.f("fk_rounds_asset")),
        sa.PrimaryKeyConstraint("asset", "number", name=op.f("pk_rounds")),
    )


def _comments() -> None:
    op.create_table(
        "comments",
        sa.Column("id", ID, nullable=False),
        sa.Column("asset", ID, nullable=False),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("said_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["asset"], ["assets.id"], name=op.f("fk_comments_asset")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index(op.f("ix_comments_asset"), "comments", ["asset"], unique=False)


def _parts(bind: Any) -> Iterator[Any]:
    """All assets by id, some at a time."""
    last = ""
    while True:
        rows = list(bind.execute(sa.select(ASSETS).where(ASSETS.c.id > last).order_by(ASSETS.c.id).limit(_PART)))
        if not rows:
            return
        yield rows
        last = rows[-1].id


def _found(bind: Any, first: str, last: str) -> dict[str, list[Any]]:
    """The findings of the assets from one id to another."""
    found: dict[str, list[Any]] = {}
    between = sa.select(FINDINGS).where(FINDINGS.c.asset >= first, FINDINGS.c.asset <= last)
    for row in bind.execute(between.order_by(FINDINGS.c.asset, FINDINGS.c.position)):
        found.setdefault(row.asset, []).append(row)
    return found


def _first_round(asset: Any, found: list[Any]) -> dict[str, Any]:
    return {
        "asset": asset.id,
        "number": 1,
        "checked_at": asset.created_at,
        "occasion": "ingest",
        "findings_round": 1,
        "findings_sha256": _digest(found),
        "outcome": asset.outcome,
        "weights": [_WEIGHTS[row.verdict] for row in found],
        "absent": [],
        "policy": "any-fail-rejects",
        "policy_version": "0",
        "policy_sha256": "",
    }


def _doubts(found: list[Any]) -> list[dict[str, Any]]:
    return [
        {"check": row.name, "verdict": row.verdict, "weight": _WEIGHTS[row.verdict], "reasons": row.reasons}
        for row in found
        if row.verdict != "pass"
    ]


def _digest(found: list[Any]) -> str:
    """As the program made it when this step was written; a step does not change with the program."""
    names = ("name", "version", "verdict", "score", "reasons", "parameters")
    views = [{name: getattr(row, name) for name in names} for row in found]
    text = json.dumps(views, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
