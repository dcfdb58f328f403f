"""Distinct looks apart from the assets that have them, so that pictures that all look the same are found as one; and
what each picture was asked for with, so that the same wish is found before it is paid for again."""

import hashlib
import json
import unicodedata
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BANDS = ("b0", "b1", "b2", "b3")
_COLUMNS = ("phash", "dhash", *_BANDS)
ASSETS = sa.table("assets", *(sa.column(name) for name in _COLUMNS))
LOOKS = sa.table("looks", *(sa.column(name) for name in _COLUMNS))
GENERATIONS = sa.table(
    "generations", *(sa.column(name) for name in ("id", "prompt", "seed", "model", "width", "height", "wish"))
)
_PART = 500


def upgrade() -> None:
    _looks()
    _assets()
    _wishes()


def _looks() -> None:
    op.create_table(
        "looks",
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("phash", "dhash")),
        *(sa.Column(band, sa.Integer(), nullable=False) for band in _BANDS),
        sa.PrimaryKeyConstraint("phash", "dhash", name=op.f("pk_looks")),
    )
    op.execute(sa.insert(LOOKS).from_select(list(_COLUMNS), sa.select(*ASSETS.c).distinct()))
    for band in _BANDS:
        columns = [band, "phash", "dhash"]
        op.create_index(op.f(f"ix_looks_{'_'.join(columns)}"), "looks", columns, unique=False)


def _assets() -> None:
    for band in _BANDS:
        op.drop_index(op.f(f"ix_assets_{band}_id_phash_dhash"), "assets")
        op.drop_column("assets", band)
    for digest in ("sha256", "pixels_sha256"):
        op.drop_index(op.f(f"ix_assets_{digest}"), "assets")
    for columns in (["phash", "dhash", "id"], ["sha256", "id"], ["pixels_sha256", "id"]):
        op.create_index(op.f(f"ix_assets_{'_'.join(columns)}"), "assets", columns, unique=False)


def _wishes() -> None:
    op.add_column("generations", sa.Column("wish", sa.String(120), nullable=True))
    bind, last = op.get_bind(), ""
    set_wish = sa.update(GENERATIONS).where(GENERATIONS.c.id == sa.bindparam("of")).values(wish=sa.bindparam("wished"))
    while rows := bind.execute(
        sa.select(GENERATIONS).where(GENERATIONS.c.id > last).order_by(GENERATIONS.c.id).limit(_PART)
    ).all():
        bind.execute(set_wish, [{"of": row.id, "wished": _wish(row)} for row in rows])
        last = rows[-1].id
    op.create_index(op.f("ix_generations_wish_id"), "generations", ["wish", "id"], unique=False)


def _wish(row: Any) -> str:
    """As the program made it when this step was written; a step does not change with the program."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", row.prompt).casefold())
    words = " ".join("".join(char if char.isalnum() else " " for char in folded).split())
    asked = [words, row.seed, row.model, row.width, row.height]
    return hashlib.sha256(json.dumps(asked, separators=(",", ":")).encode()).hexdigest()
