"""${message}"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None
touches_rows = True  # False: no row on record is changed, and a large catalog is not read for it


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}

