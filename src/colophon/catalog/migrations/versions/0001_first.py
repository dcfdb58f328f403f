"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written out, not imported: this step must go on making what it made when it was released.
ID = sa.String(120).with_variant(sa.String(120, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "campaigns",
        sa.Column("slug", ID, nullable=False),
        sa.Column("revision", sa.String(120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_campaigns")),
    )
    op.create_table(
        "generations",
        sa.Column("id", ID, nullable=False),
        sa.Column("campaign", ID, nullable=False),
        sa.Column("revision", sa.String(120), nullable=False),
        sa.Column("visual", sa.String(200), nullable=False),
        sa.Column("variant", sa.Integer(), nullable=False),
        sa.Column("master", sa.String(200), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("route", sa.String(200), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("structure", sa.Text(), nullable=False),
        sa.Column("safety", sa.String(200), nullable=False),
        sa.Column("references", sa.JSON(), nullable=False),
        sa.Column("low_micros", sa.BigInteger(), nullable=False),
        sa.Column("high_micros", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(200), nullable=False),
        sa.Column("state", sa.String(200), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider", sa.String(200), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("polling_url", sa.Text(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seed_reported", sa.String(80), nullable=True),
        sa.Column("prompt_used", sa.Text(), nullable=True),
        sa.Column("model_reported", sa.Text(), nullable=True),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("cost_micros", sa.BigInteger(), nullable=True),
        sa.Column("cost_currency", sa.String(200), nullable=True),
        sa.Column("cost_basis", sa.String(200), nullable=True),
        sa.Column("original_sha256", sa.String(120), nullable=True),
        sa.Column("asset_id", ID, nullable=True),
        sa.Column("problem_code", sa.String(200), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["campaign"], ["campaigns.slug"], name=op.f("fk_generations_campaign")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_generations")),
    )
    op.create_index(op.f("ix_generations_campaign_state"), "generations", ["campaign", "state"], unique=False)
    op.create_table(
        "revisions",
        sa.Column("campaign", ID, nullable=False),
        sa.Column("revision", sa.String(120), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("canonical", sa.Text(), nullable=False),
        sa.Column("renditions", sa.JSON(), nullable=False),
        sa.Column("cap_micros", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(200), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaigns.slug"], name=op.f("fk_revisions_campaign")),
        sa.PrimaryKeyConstraint("campaign", "revision", name=op.f("pk_revisions")),
    )
    op.create_table(
        "assets",
        sa.Column("id", ID, nullable=False),
        sa.Column("sha256", sa.String(120), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("campaign", ID, nullable=False),
        sa.Column("visual", sa.String(200), nullable=True),
        sa.Column("variant", sa.Integer(), nullable=True),
        sa.Column("generation", ID, nullable=True),
        sa.Column("state", sa.String(200), nullable=False),
        sa.Column("format", sa.String(200), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(200), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("pixels_sha256", sa.String(120), nullable=False),
        sa.Column("phash", sa.BigInteger(), nullable=False),
        sa.Column("dhash", sa.BigInteger(), nullable=False),
        sa.Column("b0", sa.Integer(), nullable=False),
        sa.Column("b1", sa.Integer(), nullable=False),
        sa.Column("b2", sa.Integer(), nullable=False),
        sa.Column("b3", sa.Integer(), nullable=False),
        sa.Column("deviation", sa.Float(53), nullable=False),
        sa.Column("outcome", sa.String(200), nullable=False),
        sa.Column("provenance", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["generation"], ["generations.id"], name=op.f("fk_assets_generation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assets")),
        sa.UniqueConstraint("generation", name=op.f("uq_assets_generation")),
    )
    op.create_index(op.f("ix_assets_b0_id_phash_dhash"), "assets", ["b0", "id", "phash", "dhash"], unique=False)
    op.create_index(op.f("ix_assets_b1_id_phash_dhash"), "assets", ["b1", "id", "phash", "dhash"], unique=False)
    op.create_index(op.f("ix_assets_b2_id_phash_dhash"), "assets", ["b2", "id", "phash", "dhash"], unique=False)
    op.create_index(op.f("ix_assets_b3_id_phash_dhash"), "assets", ["b3", "id", "phash", "dhash"], unique=False)
    op.create_index(op.f("ix_assets_campaign_id"), "assets", ["campaign", "id"], unique=False)
    op.create_index(op.f("ix_assets_pixels_sha256"), "assets", ["pixels_sha256"], unique=False)
    op.create_index(op.f("ix_assets_sha256"), "assets", ["sha256"], unique=False)
    op.create_index(op.f("ix_assets_state_id"), "assets", ["state", "id"], unique=False)
    op.create_table(
        "attempts",
        sa.Column("generation", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(200), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("reported_micros", sa.BigInteger(), nullable=True),
        sa.Column("reported_currency", sa.String(200), nullable=True),
        sa.ForeignKeyConstraint(["generation"], ["generations.id"], name=op.f("fk_attempts_generation")),
        sa.PrimaryKeyConstraint("generation", "number", name=op.f("pk_attempts")),
    )
    op.create_table(
        "ledger",
        sa.Column("id", ID, nullable=False),
        sa.Column("campaign", ID, nullable=False),
        sa.Column("generation", ID, nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(200), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(200), nullable=False),
        sa.Column("basis", sa.String(200), nullable=False),
        sa.Column("route", sa.String(200), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["campaign"], ["campaigns.slug"], name=op.f("fk_ledger_campaign")),
        sa.ForeignKeyConstraint(["generation"], ["generations.id"], name=op.f("fk_ledger_generation")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
    )
    op.create_index(op.f("ix_ledger_campaign_kind"), "ledger", ["campaign", "kind"], unique=False)
    op.create_index(
        op.f("ix_ledger_generation_attempt_kind"),
        "ledger",
        ["generation", "attempt", "kind"],
        unique=True,
        sqlite_where=sa.text("kind <> 'correction'"),
        postgresql_where=sa.text("kind <> 'correction'"),
    )
    op.create_table(
        "wanted",
        sa.Column("campaign", ID, nullable=False),
        sa.Column("revision", sa.String(120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("generation", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign", "revision"],
            ["revisions.campaign", "revisions.revision"],
            name=op.f("fk_wanted_campaign_revision"),
        ),
        sa.ForeignKeyConstraint(["generation"], ["generations.id"], name=op.f("fk_wanted_generation")),
        sa.PrimaryKeyConstraint("campaign", "revision", "position", name=op.f("pk_wanted")),
        sa.UniqueConstraint("generation", "revision", name=op.f("uq_wanted_generation_revision")),
    )
    op.create_table(
        "decisions",
        sa.Column("id", ID, nullable=False),
        sa.Column("asset", ID, nullable=False),
        sa.Column("action", sa.String(200), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asset_sha256", sa.String(120), nullable=False),
        sa.Column("findings_sha256", sa.String(120), nullable=False),
        sa.ForeignKeyConstraint(["asset"], ["assets.id"], name=op.f("fk_decisions_asset")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_asset"), "decisions", ["asset"], unique=False)
    op.create_table(
        "findings",
        sa.Column("asset", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("version", sa.String(200), nullable=False),
        sa.Column("verdict", sa.String(200), nullable=False),
        sa.Column("score", sa.Float(53), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["asset"], ["assets.id"], name=op.f("fk_findings_asset")),
        sa.PrimaryKeyConstraint("asset", "position", name=op.f("pk_findings")),
    )
    op.create_table(
        "renditions",
        sa.Column("id", ID, nullable=False),
        sa.Column("asset", ID, nullable=False),
        sa.Column("placement", sa.String(200), nullable=False),
        sa.Column("format", sa.String(200), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(120), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("recipe", sa.String(120), nullable=False),
        sa.Column("quality", sa.Integer(), nullable=True),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("manifest_sha256", sa.String(120), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["asset"], ["assets.id"], name=op.f("fk_renditions_asset")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_renditions")),
        sa.UniqueConstraint(
            "asset", "placement", "format", "recipe", name=op.f("uq_renditions_asset_placement_format_recipe")
        ),
    )
    op.create_index(op.f("ix_renditions_sha256"), "renditions", ["sha256"], unique=False)
    op.create_table(
        "publications",
        sa.Column("id", ID, nullable=False),
        sa.Column("campaign", ID, nullable=False),
        sa.Column("rendition", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(120), nullable=False),
        sa.Column("published_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["rendition"], ["renditions.id"], name=op.f("fk_publications_rendition")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
    )
    op.create_index(op.f("ix_publications_campaign_id"), "publications", ["campaign", "id"], unique=False)
    op.create_index(
        op.f("ix_publications_rendition_key"),
        "publications",
        ["rendition", "key"],
        unique=True,
        sqlite_where=sa.text("published_until IS NULL"),
        postgresql_where=sa.text("published_until IS NULL"),
    )
