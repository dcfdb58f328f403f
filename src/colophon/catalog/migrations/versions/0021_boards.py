"""Campaigns newest first, and the pictures of one campaign in one state: what pages list."""

from alembic import op

revision = "0021"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_campaigns_created_at_slug"), "campaigns", ["created_at", "slug"])
    op.create_index(op.f("ix_assets_campaign_state_id"), "assets", ["campaign", "state", "id"])
