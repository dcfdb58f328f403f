"""Manifest stores by label, and fingerprints of assets and renditions in one table, each found by its bands."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.String(120).with_variant(sa.String(120, collation="C"), "postgresql")
LABEL = sa.String(300).with_variant(sa.String(300, collation="C"), "postgresql")

_BANDS = ("b0", "b1", "b2", "b3")
_COLUMNS = ("subject", "alg", "view", "asset", "bits", *_BANDS)
FINGERPRINTS = sa.table("fingerprints", *(sa.column(name) for name in _COLUMNS))
ASSETS = sa.table("assets", *(sa.column(name) for name in ("id", "phash", "dhash")))


def upgrade() -> None:
    _manifests()
    _fingerprints()
    for alg in ("phash", "dhash"):
        _take_over(alg)


def _manifests() -> None:
    op.create_table(
        "manifests",
        sa.Column("label", LABEL, nullable=False),
        sa.Column("sha256", sa.String(120), nullable=False),
        sa.Column("asset", ID, nullable=False),
        sa.Column("rendition", ID, nullable=True),
        sa.Column("state", sa.String(200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["asset"], ["assets.id"], name=op.f("fk_manifests_asset")),
        sa.ForeignKeyConstraint(["rendition"], ["renditions.id"], name=op.f("fk_manifests_rendition")),
        sa.PrimaryKeyConstraint("label", name=op.f("pk_manifests")),
    )
    op.create_index(op.f("ix_manifests_asset"), "manifests", ["asset"], unique=False)
    op.create_index(op.f("ix_manifests_rendition"), "manifests", ["rendition"], unique=False)
    op.create_index(op.f("ix_publications_rendition"), "publications", ["rendition"], unique=False)


def _fingerprints() -> None:
    op.create_table(
        "fingerprints",
        sa.Column("subject", ID, nullable=False),
        sa.Column("alg", sa.String(200), nullable=False),
        sa.Column("view", sa.Integer(), nullable=False),
        sa.Column("asset", ID, nullable=False),
        sa.Column("bits", sa.BigInteger(), nullable=False),
        sa.Column("rest", sa.String(120), nullable=True),
        *(sa.Column(band, sa.Integer(), nullable=False) for band in _BANDS),
        sa.ForeignKeyConstraint(["asset"], ["assets.id"], name=op.f("fk_fingerprints_asset")),
        sa.PrimaryKeyConstraint("subject", "alg", "view", name=op.f("pk_fingerprints")),
    )
    for band in _BANDS:
        columns = ["alg", band, "subject", "view", "bits"]
        op.create_index(op.f(f"ix_fingerprints_{'_'.join(columns)}"), "fingerprints", columns, unique=False)
    op.create_index(op.f("ix_fingerprints_asset"), "fingerprints", ["asset"], unique=False)


def _take_over(alg: str) -> None:
    """Assets of before keep the two they have; an ISCC would need their pixels."""
    bits = sa.type_coerce(ASSETS.c[alg], sa.BigInteger())
    shifted = [bits.bitwise_rshift(sa.literal(shift, sa.Integer())) for shift in (48, 32, 16, 0)]
    bands = [sa.cast(part.bitwise_and(0xFFFF), sa.Integer()) for part in shifted]
    rows = sa.select(ASSETS.c.id, sa.literal(alg), sa.literal(0, sa.Integer()), ASSETS.c.id, bits, *bands)
    op.execute(sa.insert(FINGERPRINTS).from_select(list(_COLUMNS), rows))
