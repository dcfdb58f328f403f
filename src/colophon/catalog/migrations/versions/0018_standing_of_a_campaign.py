"""How many of a campaign's pictures stand where: counted without reading the wide rows of orders and assets, which lie
scattered over a large catalog."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None
touches_rows = False


def upgrade() -> None:
    op.drop_index(op.f("ix_generations_campaign_state"), "generations")
    wide = ["campaign", "state", "id", "attempt"]
    op.create_index(op.f("ix_generations_campaign_state_id_attempt"), "generations", wide)
    op.create_index(op.f("ix_assets_generation_state"), "assets", ["generation", "state"])
