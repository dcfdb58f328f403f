"""How like its picture a rendition was made to look, and how like it was asked to; unknown of those made before."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("renditions", sa.Column("similarity", sa.Float(53), nullable=True))
    op.add_column("renditions", sa.Column("floor", sa.Float(53), nullable=True))
