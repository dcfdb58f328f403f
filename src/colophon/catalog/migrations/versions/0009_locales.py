"""The language of the words that were laid on a rendition, and whether an asset shows a person that a model made;
neither is known of those made before."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("renditions", sa.Column("locale", sa.String(200), nullable=True))
    op.add_column("assets", sa.Column("synthetic_person", sa.Boolean(), nullable=True))
