"""What was spent on a day by brand and currency: a month is added up from some hundreds of rows."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None
touches_rows = False

_KEY = ("day", "brand", "currency")
_SUMS = ("reserved", "estimated", "reported", "settled", "unknown", "charges")


def upgrade() -> None:
    op.create_table(
        "day_tallies",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("brand", sa.String(300), nullable=False),
        sa.Column("currency", sa.String(200), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _SUMS),
        sa.PrimaryKeyConstraint(*_KEY, name=op.f("pk_day_tallies")),
    )
    sums = ", ".join(f"sum({name})" for name in _SUMS)
    op.execute(
        f"INSERT INTO day_tallies ({', '.join(_KEY)}, {', '.join(_SUMS)})"  # noqa: S608 - names of this step
        f" SELECT {', '.join(_KEY)}, {sums} FROM tallies GROUP BY {', '.join(_KEY)}"
    )
