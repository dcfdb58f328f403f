"""What assets are found by, with a word index; and the ledger's sums by day, kept as it is written."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from alembic import op

from colophon.catalog import fulltext
from colophon.catalog.columns import IdText, IndexedWords, RowNumber
from colophon.catalog.marks import marks_of
from colophon.domain.identity import place_of
from colophon.domain.query import MOST_WORDS, words_of

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_PART = 500
_SAID = ("prompt", "prompt_used", "title", "campaign", "visual", "brand", "model", "route")
_FACTS = sa.text(
    "SELECT a.id AS asset, a.campaign, a.visual, a.state, a.outcome, s.state AS verdict, r.brand, r.title,"
    " g.model, g.route, g.prompt, g.prompt_used, g.seed, g.seed_reported, g.cost_micros"
    " FROM assets a LEFT JOIN standings s ON s.subject = a.id LEFT JOIN generations g ON g.id = a.generation"
    " LEFT JOIN revisions r ON r.campaign = g.campaign AND r.revision = g.revision"
    " WHERE a.id > :last ORDER BY a.id LIMIT :part"
)
_KEY = ("day", "campaign", "brand", "route", "model", "currency")
_SUMS = ("reserved", "estimated", "reported", "settled", "unknown", "charges")


def upgrade() -> None:
    _cards()
    _tallies()


def _cards() -> None:
    """A card is derived from other rows by the program's own reading of words. It is that of the program that runs
    this step: what it would write for a new asset it writes for an old one."""
    cards = op.create_table(
        "cards",
        sa.Column("place", RowNumber, nullable=False, autoincrement=False),
        sa.Column("asset", IdText, nullable=False),
        sa.Column("campaign", IdText, nullable=False),
        sa.Column("brand", sa.Text(), nullable=False),
        sa.Column("model", sa.String(200), nullable=True),
        sa.Column("route", sa.String(200), nullable=True),
        sa.Column("state", sa.String(200), nullable=False),
        sa.Column("verdict", sa.String(200), nullable=False),
        sa.Column("cost_micros", sa.BigInteger(), nullable=True),
        sa.Column("words", IndexedWords(), nullable=False),
        sa.Column("marks", IndexedWords(), nullable=False),
        sa.ForeignKeyConstraint(["asset"], ["assets.id"], name=op.f("fk_cards_asset")),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_cards")),
        sa.UniqueConstraint("asset", name=op.f("uq_cards_asset")),
    )
    op.create_index(op.f("ix_cards_cost_micros_place"), "cards", ["cost_micros", "place"], unique=False)
    bind = op.get_bind()
    if bind.dialect.name == "sqlite":
        fulltext.create(bind)
    last, place = "", -1
    while rows := bind.execute(_FACTS, {"last": last, "part": _PART}).mappings().all():
        made = []
        for facts in rows:
            place = max(place + 1, place_of(facts["asset"], datetime(1970, 1, 1, tzinfo=UTC)))
            made.append({"place": place, **_card(facts)})
        bind.execute(sa.insert(cards), made)
        last = rows[-1]["asset"]
    if bind.dialect.name != "sqlite":
        fulltext.create(bind)


def _card(facts: Any) -> dict[str, Any]:
    brand, verdict = facts["brand"] or "", facts["verdict"] or ""
    filters = {name: [facts[name]] for name in ("campaign", "model", "route", "state", "outcome")}
    filters |= {"brand": [brand or None], "verdict": [verdict or None], "seed": [facts["seed"], facts["seed_reported"]]}
    copied = ("asset", "campaign", "model", "route", "state", "cost_micros")
    return {
        **{name: facts[name] for name in copied},
        "brand": brand,
        "verdict": verdict,
        "words": " ".join(islice(words_of(_texts(facts)), MOST_WORDS)),
        "marks": marks_of(filters),
    }


def _texts(facts: Any) -> Iterator[str]:
    yield from dict.fromkeys(facts[name] for name in _SAID if facts[name])


def _tallies() -> None:
    words = sa.String(200)
    op.create_table(
        "tallies",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("campaign", IdText, nullable=False),
        sa.Column("brand", sa.String(300), nullable=False),
        sa.Column("route", words, nullable=False),
        sa.Column("model", words, nullable=False),
        sa.Column("currency", words, nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _SUMS),
        sa.ForeignKeyConstraint(["campaign"], ["campaigns.slug"], name=op.f("fk_tallies_campaign")),
        sa.PrimaryKeyConstraint(*_KEY, name=op.f("pk_tallies")),
    )
    op.create_index(op.f("ix_tallies_campaign_day"), "tallies", ["campaign", "day"], unique=False)
    paid = "kind IN ('charge', 'correction')"
    known = ", ".join(f"sum(CASE WHEN {paid} AND sure = '{name}' THEN micros ELSE 0 END)" for name in _SUMS[1:4])
    # A charge that was corrected is as sure as the correction, which is the vendor's word.
    op.execute(
        f"INSERT INTO tallies ({', '.join(_KEY)}, {', '.join(_SUMS)})"  # noqa: S608 - names of this step
        " SELECT day, campaign, brand, coalesce(route, ''), coalesce(model, ''), currency,"
        " sum(CASE kind WHEN 'reservation' THEN micros WHEN 'release' THEN -micros ELSE 0 END),"
        f" {known},"
        " sum(CASE WHEN kind = 'charge' AND sure = 'unknown' THEN 1 ELSE 0 END),"
        " sum(CASE WHEN kind = 'charge' THEN 1 ELSE 0 END)"
        " FROM (SELECT l.*, CASE WHEN EXISTS (SELECT 1 FROM ledger c WHERE c.generation = l.generation"
        " AND c.attempt = l.attempt AND c.kind = 'correction') THEN 'settled' ELSE l.basis END AS sure FROM ledger l) t"
        " GROUP BY day, campaign, brand, coalesce(route, ''), coalesce(model, ''), currency"
    )
