"""Purses for caps of campaign, brand and day; routes of attempts; who waits for what; webhooks that were taken."""

import hashlib
import unicodedata
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.String(120).with_variant(sa.String(120, collation="C"), "postgresql")
PURSE = sa.String(300).with_variant(sa.String(300, collation="C"), "postgresql")

_COLUMNS = ("campaign", "brand", "day", "model", "generation", "attempt", "kind", "micros", "currency", "at")
LEDGER = sa.table("ledger", *(sa.column(name) for name in _COLUMNS))
PURSES = sa.table("purses", *(sa.column(name) for name in ("purse", "currency", "spent", "reserved")))


def upgrade() -> None:
    _waiting()
    _attempts()
    _ledger()
    _purses()


def _waiting() -> None:
    op.add_column("generations", sa.Column("account", ID, nullable=True))
    op.add_column("generations", sa.Column("worker", sa.String(200), nullable=True))
    op.add_column("generations", sa.Column("delivery_url", sa.Text(), nullable=True))
    # Until now the routes asked for were not kept; an empty list means the one that was chosen.
    op.add_column("generations", sa.Column("routes", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("generations", sa.Column("hinted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("generations", sa.Column("done_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_generations_account_state"), "generations", ["account", "state"], unique=False)
    op.create_index(op.f("ix_generations_state_lease_until"), "generations", ["state", "lease_until"], unique=False)
    op.create_table(
        "hook_events",
        sa.Column("route", sa.String(200), nullable=False),
        sa.Column("event", sa.String(120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("route", "event", name=op.f("pk_hook_events")),
    )


def _attempts() -> None:
    for column in (
        sa.Column("route", sa.String(200), nullable=True),
        sa.Column("model", sa.String(200), nullable=True),
        sa.Column("code", sa.String(200), nullable=True),
        sa.Column("first_byte", sa.Float(53), nullable=True),
        sa.Column("seconds", sa.Float(53), nullable=True),
        sa.Column("resolved_by", sa.Text(), nullable=True),
    ):
        op.add_column("attempts", column)
    op.execute(
        "UPDATE attempts SET (route, model) ="
        " (SELECT g.route, g.model FROM generations g WHERE g.id = attempts.generation)"
    )
    with op.batch_alter_table("attempts") as batch:
        batch.alter_column("route", existing_type=sa.String(200), nullable=False)
        batch.alter_column("model", existing_type=sa.String(200), nullable=False)
    op.create_index(op.f("ix_attempts_started_at"), "attempts", ["started_at"], unique=False)
    op.create_index(op.f("ix_attempts_route_request_id"), "attempts", ["route", "request_id"], unique=False)


def _ledger() -> None:
    for column in (
        sa.Column("brand", sa.Text(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("model", sa.String(200), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
    ):
        op.add_column("ledger", column)
    op.create_index(op.f("ix_ledger_generation_attempt"), "ledger", ["generation", "attempt"], unique=False)
    op.execute(
        "UPDATE ledger SET"
        " model = (SELECT g.model FROM generations g WHERE g.id = ledger.generation),"
        " brand = (SELECT r.brand FROM campaigns c"
        " JOIN revisions r ON r.campaign = c.slug AND r.revision = c.revision WHERE c.slug = ledger.campaign)"
    )
    op.execute(sa.update(LEDGER).values(day=_day_of_reservation()))
    with op.batch_alter_table("ledger") as batch:
        batch.alter_column("brand", existing_type=sa.Text(), nullable=False)
        batch.alter_column("day", existing_type=sa.Date(), nullable=False)
    op.create_index(op.f("ix_ledger_day"), "ledger", ["day"], unique=False)


def _purses() -> None:
    op.create_table(
        "purses",
        sa.Column("purse", PURSE, nullable=False),
        sa.Column("currency", sa.String(200), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("purse", name=op.f("pk_purses")),
    )
    kind, micros = LEDGER.c.kind, LEDGER.c.micros
    spent = sa.func.sum(sa.case((kind.in_(("charge", "correction")), micros), else_=0))
    reserved = sa.func.sum(sa.case((kind == "reservation", micros), (kind == "release", -micros), else_=0))
    day = LEDGER.c.day if _sqlite() else sa.func.to_char(LEDGER.c.day, "YYYY-MM-DD")
    slash, currency = sa.literal("/"), LEDGER.c.currency
    for name, by in (
        (sa.literal("campaign/").concat(LEDGER.c.campaign), LEDGER.c.campaign),
        (sa.literal("day/").concat(day).concat(slash).concat(currency), LEDGER.c.day),
    ):
        sums = sa.select(name, currency, spent, reserved).group_by(by, currency)
        op.execute(sa.insert(PURSES).from_select(["purse", "currency", "spent", "reserved"], sums))
    by_name = sa.select(LEDGER.c.brand, currency, spent, reserved).group_by(LEDGER.c.brand, currency)
    _brand_purses([(brand, unit, int(paid), int(held)) for brand, unit, paid, held in op.get_bind().execute(by_name)])


def _brand_purses(sums: list[tuple[str, str, int, int]]) -> None:
    """Names that are one brand when folded share a purse."""
    purses: dict[tuple[str, str], tuple[int, int]] = {}
    for brand, currency, spent, reserved in sums:
        key = (f"brand/{_folded(brand)}/{currency}", currency)
        before = purses.get(key, (0, 0))
        purses[key] = (before[0] + spent, before[1] + reserved)
    rows = [
        {"purse": purse, "currency": currency, "spent": spent, "reserved": reserved}
        for (purse, currency), (spent, reserved) in purses.items()
    ]
    if rows:
        op.bulk_insert(PURSES, rows)


def _folded(brand: str) -> str:
    """As the program folded brands when this step was written; a step does not change with the program."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", brand).casefold())
    folded = " ".join(folded.split())
    return folded if len(folded) <= 200 else hashlib.sha256(folded.encode("utf-8", "surrogatepass")).hexdigest()


def _day_of_reservation() -> sa.ColumnElement[Any]:
    """A row without a reservation has only its own day."""
    first = LEDGER.alias()
    reserved_at = (
        sa.select(first.c.at)
        .where(
            first.c.generation == LEDGER.c.generation,
            first.c.attempt == LEDGER.c.attempt,
            first.c.kind == "reservation",
        )
        .scalar_subquery()
    )
    at = sa.func.coalesce(reserved_at, LEDGER.c.at)
    return sa.func.date(at) if _sqlite() else sa.cast(sa.func.timezone("UTC", at), sa.Date)


def _sqlite() -> bool:
    return bool(op.get_bind().dialect.name == "sqlite")
