"""Distinct looks apart from the assets that have them, so that pictures that all look the same are found as one."""

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


def upgrade() -> None:
    _looks()
    _assets()


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
