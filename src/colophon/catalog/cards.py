"""What each asset is found by, kept in step with what it is a copy of."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog.asset_tables import AssetRow
from colophon.catalog.card_tables import CardRow
from colophon.catalog.marks import marks_of
from colophon.catalog.statements import inserted
from colophon.catalog.tables import GenerationRow, RevisionRow
from colophon.catalog.verdict_tables import StandingRow
from colophon.domain.identity import place_of
from colophon.domain.query import MOST_WORDS, words_of
from colophon.errors import ObjectCorrupt

_PART = 400  # a statement takes a bounded number of values
_NEXT_PLACES = 100_000  # that are tried where an asset's own is taken


def write(session: Session, asset: str, now: datetime) -> None:
    """The card of an asset that was just registered, in the same transaction."""
    [facts] = session.execute(sources().where(col(AssetRow.id) == asset)).mappings()
    card = card_of(facts)
    first = place_of(asset, now)
    # Two assets of one millisecond may share a place; another worker may take it at this moment.
    for place in range(first, first + _NEXT_PLACES):
        if inserted(session, CardRow, {"place": place, **card}):
            return
    raise ObjectCorrupt(f"the catalog has no place for the card of asset {asset}")


def restate(session: Session, assets: Sequence[str]) -> None:
    """After a change of an asset's state, of what its checks came to, or of its original's verdict. Cards that say so
    already are left alone."""
    statement = sources().join(CardRow, col(CardRow.asset) == col(AssetRow.id)).where(col(AssetRow.id).in_(assets))
    said = statement.add_columns(col(CardRow.marks).label("said"))
    for facts in session.execute(said).mappings().all():
        card = card_of(facts)
        if facts["said"] != card["marks"]:
            _update(session, facts["asset"], {name: card[name] for name in ("state", "verdict", "marks")})


def reword(session: Session, assets: Sequence[str]) -> None:
    """After a change of what the revision that wants them calls campaign or brand."""
    for start in range(0, len(assets), _PART):
        among = col(AssetRow.id).in_(assets[start : start + _PART])
        for facts in session.execute(sources().where(among)).mappings().all():
            card = card_of(facts)
            _update(session, facts["asset"], {name: card[name] for name in ("brand", "words", "marks")})


def reprice(session: Session, asset: str | None, micros: int) -> None:
    """After the final price of an asset's generation."""
    if asset is not None:
        _update(session, asset, {"cost_micros": micros})


def sources() -> Select[Any]:
    """Everything a card is made of, a row for each asset."""
    columns: tuple[Any, ...] = (
        col(AssetRow.id).label("asset"),
        col(AssetRow.campaign),
        col(AssetRow.visual),
        col(AssetRow.state),
        col(AssetRow.outcome),
        col(StandingRow.state).label("verdict"),
        col(RevisionRow.brand),
        col(RevisionRow.title),
        col(GenerationRow.model),
        col(GenerationRow.route),
        col(GenerationRow.prompt),
        col(GenerationRow.prompt_used),
        col(GenerationRow.seed),
        col(GenerationRow.seed_reported),
        col(GenerationRow.cost_micros),
    )
    revision = (col(RevisionRow.campaign) == col(GenerationRow.campaign)) & (
        col(RevisionRow.revision) == col(GenerationRow.revision)
    )
    return (
        select(*columns)
        .select_from(AssetRow)
        .outerjoin(StandingRow, col(StandingRow.subject) == col(AssetRow.id))
        .outerjoin(GenerationRow, col(GenerationRow.id) == col(AssetRow.generation))
        .outerjoin(RevisionRow, revision)
    )


def card_of(facts: Any) -> dict[str, Any]:
    """The card's columns except its place."""
    brand, verdict = facts["brand"] or "", facts["verdict"] or ""
    said = ("prompt", "prompt_used", "title", "campaign", "visual", "brand", "model", "route")
    filters = {name: [facts[name]] for name in ("campaign", "model", "route", "state", "outcome")}
    return {
        "asset": facts["asset"],
        "campaign": facts["campaign"],
        "brand": brand,
        "model": facts["model"],
        "route": facts["route"],
        "state": facts["state"],
        "verdict": verdict,
        "cost_micros": facts["cost_micros"],
        "words": " ".join(islice(words_of(_once(facts, said)), MOST_WORDS)),
        "marks": marks_of(
            {
                **filters,
                "brand": [brand] if brand else [],
                "verdict": [verdict] if verdict else [],
                "seed": [facts["seed"], facts["seed_reported"]],
            }
        ),
    }


def _once(facts: Any, names: Sequence[str]) -> Iterator[str]:
    """Many vendors use a prompt as it was ordered; it is not indexed twice."""
    yield from dict.fromkeys(facts[name] for name in names if facts[name])


def _update(session: Session, asset: str, values: dict[str, Any]) -> None:
    session.execute(
        update(CardRow).where(col(CardRow.asset) == asset).values(**values).execution_options(synchronize_session=False)
    )
