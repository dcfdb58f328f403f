"""The language of the words that were laid on a rendition; none of those made before."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("renditions", sa.Column("locale", sa.String(200), nullable=True))
