"""The history of verdicts, begun with the one each asset was registered with, and where each file stands."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.String(120).with_variant(sa.String(120, collation="C"), "postgresql")
MOMENT = sa.DateTime(timezone=True)
NEVER = datetime(9000, 1, 1, tzinfo=UTC)
_PART = 500

ASSETS = sa.table(
    "assets", sa.column("id", ID), sa.column("campaign", ID), sa.column("provenance", sa.JSON),
    sa.column("created_at", MOMENT),
)  # fmt: skip
RENDITIONS = sa.table("renditions", sa.column("id", ID), sa.column("asset", ID))


def upgrade() -> None:
    verdicts, standings = _verdicts(), _standings()
    bind = op.get_bind()
    for rows in _parts(bind):
        found = [_first_verdict(row) for row in rows]
        bind.execute(sa.insert(verdicts), found)
        bind.execute(sa.insert(standings), [_standing(row, first) for row, first in zip(rows, found, strict=True)])
    # What was found when they were signed was not kept: they stand nowhere yet, which makes them due.
    columns = ["subject", "asset", "rendition", "campaign", "state", "grounds", "due_at"]
    unjudged = sa.select(
        RENDITIONS.c.id, RENDITIONS.c.asset, RENDITIONS.c.id, ASSETS.c.campaign, sa.literal(""), sa.literal(""),
        sa.literal(_moment(NEVER), MOMENT),
    ).join_from(RENDITIONS, ASSETS, ASSETS.c.id == RENDITIONS.c.asset)  # fmt: skip
    op.execute(sa.insert(standings).from_select(columns, unjudged))


def _verdicts() -> sa.Table:
    table = op.create_table(
        "verdicts",
        sa.Column("id", ID, nullable=False),
        sa.Column("asset", ID, nullable=False),
        sa.Column("rendition", ID, nullable=True),
        sa.Column("occasion", sa.String(200), nullable=False),
        sa.Column("judged_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(200), nullable=False),
        sa.Column("policy", sa.String(120), nullable=False),
        sa.Column("lists", sa.String(120), nullable=False),
        sa.Column("library", sa.Text(), nullable=False),
        sa.Column("holds_until", MOMENT, nullable=True),
        sa.Column("provenance", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["asset"], ["assets.id"], name=op.f("fk_verdicts_asset")),
        sa.ForeignKeyConstraint(["rendition"], ["renditions.id"], name=op.f("fk_verdicts_rendition")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdicts")),
    )
    op.create_index(op.f("ix_verdicts_asset_judged_at"), "verdicts", ["asset", "judged_at"], unique=False)
    return table


def _standings() -> sa.Table:
    table = op.create_table(
        "standings",
        sa.Column("subject", ID, nullable=False),
        sa.Column("asset", ID, nullable=False),
        sa.Column("rendition", ID, nullable=True),
        sa.Column("campaign", ID, nullable=False),
        sa.Column("verdict", ID, nullable=True),
        sa.Column("state", sa.String(200), nullable=False),
        sa.Column("grounds", ID, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["asset"], ["assets.id"], name=op.f("fk_standings_asset")),
        sa.ForeignKeyConstraint(["rendition"], ["renditions.id"], name=op.f("fk_standings_rendition")),
        sa.ForeignKeyConstraint(["verdict"], ["verdicts.id"], name=op.f("fk_standings_verdict")),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_standings")),
    )
    for columns in (["grounds", "due_at", "subject"], ["state", "subject"], ["campaign", "subject"], ["asset"]):
        op.create_index(op.f(f"ix_standings_{'_'.join(columns)}"), "standings", columns, unique=False)
    return table


def _parts(bind: sa.Connection) -> Iterator[list[Any]]:
    last = ""
    while True:
        after = sa.select(ASSETS).where(ASSETS.c.id > last).order_by(ASSETS.c.id).limit(_PART)
        rows = list(bind.execute(after))
        if not rows:
            return
        yield rows
        last = rows[-1].id


def _first_verdict(asset: Any) -> dict[str, Any]:
    found = asset.provenance
    return {
        "id": f"ver_{asset.id.removeprefix('asset_')}",
        "asset": asset.id,
        "rendition": None,
        "occasion": "ingest",
        "judged_at": asset.created_at,
        "confirmed_at": asset.created_at,
        "state": found["state"],
        "policy": found["policy"].get("digest", ""),
        "lists": _digest(sorted(found.get("lists", {}).items())),
        "library": found["library"],
        "holds_until": None,
        "provenance": found,
        "changes": None,
    }


def _standing(asset: Any, first: dict[str, Any]) -> dict[str, Any]:
    return {
        "subject": asset.id,
        "asset": asset.id,
        "rendition": None,
        "campaign": asset.campaign,
        "verdict": first["id"],
        "state": "troubled" if first["state"] == "trusted" and first["provenance"].get("problems") else first["state"],
        "grounds": _digest([first["policy"], first["lists"], first["library"]]),
        "due_at": _moment(NEVER),
    }


def _moment(at: datetime) -> datetime:
    """SQLite keeps moments without a zone, in UTC."""
    return at.replace(tzinfo=None) if op.get_bind().dialect.name == "sqlite" else at


def _digest(value: object) -> str:
    """As the program made it when this step was written; a step does not change with the program."""
    canonical = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
