"""What is on record about the judging of assets, inside one transaction: rounds, decisions, and the states they set."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import Select, and_, exists, insert, select, update
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from colophon.catalog import cards, judgements, pictures
from colophon.catalog.asset_tables import AssetRow
from colophon.catalog.review_tables import DecisionRow, FindingRow, RoundRow
from colophon.catalog.tables import GenerationRow
from colophon.domain.asset import AssetState
from colophon.domain.finding import Finding, findings_digest
from colophon.domain.gate import Dossier
from colophon.domain.generation import GenerationState
from colophon.domain.judgement import Decision, Judgement, Round
from colophon.domain.people import synthetic_person

_PART = 400  # a statement takes a bounded number of values
# Made once: naming a table a second time costs as much as a small statement.
_LATER = aliased(RoundRow)
_IS_NEWEST = ~exists().where(col(_LATER.asset) == col(RoundRow.asset), col(_LATER.number) > col(RoundRow.number))


def locked(session: Session, asset: str) -> AssetRow:
    """The asset's row, held until the transaction ends. Raises `NotFound`."""
    statement = select(AssetRow).where(col(AssetRow.id) == asset).with_for_update(key_share=True)
    row = session.scalars(statement).one_or_none()
    if row is None:
        raise pictures.missing(asset)
    return row


def add(
    session: Session,
    asset: str,
    findings: Sequence[Finding],
    judgement: Judgement,
    *,
    occasion: Literal["ingest", "again"],
    now: datetime,
) -> int:
    """Append a round to an asset whose row is new or locked, and give its number. What the round before it found as
    well is not written again."""
    last = session.scalars(_rounds(asset).order_by(col(RoundRow.number).desc()).limit(1)).one_or_none()
    number = 1 if last is None else last.number + 1
    shared = last.findings_round if last is not None and last.findings_sha256 == findings_digest(findings) else None
    values = judgements.round_values(asset, number, findings, judgement, shared)
    session.execute(insert(RoundRow).values(**values, checked_at=now, occasion=occasion))
    rows = [judgements.finding_values(asset, number, position, found) for position, found in enumerate(findings)]
    if rows and shared is None:
        session.execute(insert(FindingRow), rows)
    newest = {"synthetic_person": synthetic_person(findings), "outcome": judgement.outcome.value}
    session.execute(
        update(AssetRow).where(col(AssetRow.id) == asset).values(**newest).execution_options(synchronize_session=False)
    )
    cards.restate(session, [asset])
    return number


def every(session: Session, asset: str) -> list[Round]:
    """All rounds of an asset, oldest first."""
    found = select(FindingRow).where(col(FindingRow.asset) == asset)
    of_round: dict[int, list[FindingRow]] = defaultdict(list)
    for row in session.scalars(found.order_by(col(FindingRow.round), col(FindingRow.position))):
        of_round[row.round].append(row)
    rows = session.scalars(_rounds(asset).order_by(col(RoundRow.number)))
    return [judgements.round_(row, of_round[row.findings_round]) for row in rows]


def newest(session: Session, asset: str) -> Round:
    return newest_of(session, [asset])[asset]


def newest_of(session: Session, assets: Sequence[str]) -> Mapping[str, Round]:
    """The newest round of each, in parts."""
    found: dict[str, Round] = {}
    for start in range(0, len(assets), _PART):
        part = assets[start : start + _PART]
        rows = list(session.scalars(select(RoundRow).where(col(RoundRow.asset).in_(part), _IS_NEWEST)))
        own = and_(col(RoundRow.asset) == col(FindingRow.asset), col(RoundRow.findings_round) == col(FindingRow.round))
        joined = select(FindingRow).join(RoundRow, own).where(col(RoundRow.asset).in_(part), _IS_NEWEST)
        findings: dict[str, list[FindingRow]] = defaultdict(list)
        for row in session.scalars(joined.order_by(col(FindingRow.asset), col(FindingRow.position))):
            findings[row.asset].append(row)
        found |= {row.asset: judgements.round_(row, findings[row.asset]) for row in rows}
    return found


def decisions(session: Session, asset: str) -> list[Decision]:
    """Oldest first."""
    return list(decisions_of(session, [asset]).get(asset, ()))


def decisions_of(session: Session, assets: Sequence[str]) -> Mapping[str, Sequence[Decision]]:
    found: dict[str, list[Decision]] = defaultdict(list)
    for start in range(0, len(assets), _PART):
        part = select(DecisionRow).where(col(DecisionRow.asset).in_(assets[start : start + _PART]))
        for row in session.scalars(part.order_by(col(DecisionRow.decided_at), col(DecisionRow.id))):
            found[row.asset].append(judgements.decision(row))
    return found


def decided(session: Session, decision: str) -> bool:
    return session.get(DecisionRow, decision) is not None


def keep_decision(session: Session, decision: Decision) -> None:
    session.execute(insert(DecisionRow).values(**judgements.decision_values(decision)))


def dossier(session: Session, row: AssetRow) -> Dossier:
    return Dossier(pictures.asset(row), newest(session, row.id), tuple(decisions(session, row.id)))


def move(session: Session, row: AssetRow, state: AssetState) -> None:
    """Set the asset's state; what is not rejected (any more) is what its generation was bought for."""
    session.execute(
        update(AssetRow)
        .where(col(AssetRow.id) == row.id)
        .values(state=state.value)
        .execution_options(synchronize_session=False)
    )
    if row.generation is not None and state is not AssetState.REJECTED:
        session.execute(
            update(GenerationRow)
            .where(col(GenerationRow.id) == row.generation, col(GenerationRow.state) == GenerationState.REJECTED.value)
            .values(state=GenerationState.ASSET.value, problem_code=None, problem=None)
            .execution_options(synchronize_session=False)
        )
    # Last: who settles a price holds the generation first and the card after it.
    cards.restate(session, [row.id])


def _rounds(asset: str) -> Select[RoundRow]:
    return select(RoundRow).where(col(RoundRow.asset) == asset)
