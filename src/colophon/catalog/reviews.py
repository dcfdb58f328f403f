"""The port of reviews: rounds of checks, what they changed, what people said."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, insert, select
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog import judgements, pictures, rounds
from colophon.catalog.asset_tables import AssetRow
from colophon.catalog.database import Database
from colophon.catalog.review_tables import CommentRow, DecisionRow, RoundRow
from colophon.domain.asset import Asset, AssetState
from colophon.domain.finding import Comment, Finding
from colophon.domain.gate import Dossier, Turn, turn
from colophon.domain.identity import new_id
from colophon.domain.judgement import Decision, Judgement, PolicyRef, Round
from colophon.errors import Conflict

_PART = 500  # values in one statement


class SqlReviews:
    """Implements `colophon.ports.Reviews`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rounds(self, asset: str) -> Sequence[Round]:
        with self._database.reading() as session:
            pictures.row_of(session, asset)
            return rounds.every(session, asset)

    def dossier(self, asset: str) -> Dossier:
        with self._database.reading() as session:
            return rounds.dossier(session, pictures.row_of(session, asset))

    def dossiers(self, assets: Sequence[Asset]) -> Mapping[str, Dossier]:
        ids = [asset.id for asset in assets]
        with self._database.reading() as session:
            newest, decided = rounds.newest_of(session, ids), rounds.decisions_of(session, ids)
        return {
            asset.id: Dossier(asset, newest[asset.id], tuple(decided.get(asset.id, ())))
            for asset in assets
            if asset.id in newest
        }

    def check_again(
        self, asset: Asset, findings: Sequence[Finding], judgement: Judgement, *, now: datetime
    ) -> tuple[AssetState, Turn]:
        with self._database.writing() as session:
            row = rounds.locked(session, asset.id)
            if row.sha256 != asset.sha256:
                raise Conflict(f"asset {asset.id} has other bytes than were checked", reason="changed", where=asset.id)
            rounds.add(session, asset.id, findings, judgement, occasion="again", now=now)
            before = AssetState(row.state)
            found = rounds.dossier(session, row)
            after = turn(found, now)
            _follow(session, row, found, after, judgement.policy, now)
            return before, after

    def lapse(self, asset: str, *, policy: PolicyRef, now: datetime) -> Turn:
        with self._database.writing() as session:
            row = rounds.locked(session, asset)
            found = rounds.dossier(session, row)
            after = turn(found, now)
            _follow(session, row, found, after, policy, now)
            return after

    def stale(
        self, *, before: datetime, campaign: str | None = None, limit: int, after: str | None = None
    ) -> Sequence[Asset]:
        statement = select(AssetRow).where(*_stale(before, campaign)).order_by(col(AssetRow.id)).limit(limit)
        if after is not None:
            statement = statement.where(col(AssetRow.id) > after)
        with self._database.reading() as session:
            return [pictures.asset(row) for row in session.scalars(statement)]

    def count_stale(self, *, before: datetime, campaign: str | None = None) -> int:
        statement = select(func.count()).select_from(AssetRow).where(*_stale(before, campaign))
        with self._database.reading() as session:
            return session.execute(statement).scalar_one()

    def expired(self, *, now: datetime, limit: int, after: str | None = None) -> Sequence[str]:
        statement = (
            select(col(AssetRow.id))
            .join(DecisionRow, col(DecisionRow.asset) == col(AssetRow.id))
            .where(col(DecisionRow.expires_at) <= now, col(AssetRow.state) == AssetState.APPROVED.value)
            .distinct()
            .order_by(col(AssetRow.id))
            .limit(limit)
        )
        if after is not None:
            statement = statement.where(col(AssetRow.id) > after)
        with self._database.reading() as session:
            return list(session.scalars(statement))

    def comment(self, comment: Comment) -> None:
        values = {"id": comment.id, "asset": comment.asset, "text": comment.text}
        with self._database.writing() as session:
            rounds.locked(session, comment.asset)
            session.execute(insert(CommentRow).values(**values, said_by=comment.by, said_at=comment.at))

    def comments(self, asset: str) -> Sequence[Comment]:
        statement = select(CommentRow).where(col(CommentRow.asset) == asset)
        with self._database.reading() as session:
            ordered = statement.order_by(col(CommentRow.said_at), col(CommentRow.id))
            return [judgements.comment(row) for row in session.scalars(ordered)]

    def comments_of(self, assets: Sequence[Asset]) -> Mapping[str, Sequence[Comment]]:
        ids, found = [asset.id for asset in assets], dict[str, list[Comment]]()
        with self._database.reading() as session:
            for start in range(0, len(ids), _PART):
                of_part = select(CommentRow).where(col(CommentRow.asset).in_(ids[start : start + _PART]))
                for row in session.scalars(of_part.order_by(col(CommentRow.said_at), col(CommentRow.id))):
                    found.setdefault(row.asset, []).append(judgements.comment(row))
        return found


def _stale(before: datetime, campaign: str | None) -> list[ColumnElement[bool]]:
    fresh = exists().where(col(RoundRow.asset) == col(AssetRow.id), col(RoundRow.checked_at) >= before)
    return [~fresh, *([col(AssetRow.campaign) == campaign] if campaign is not None else [])]


def _follow(session: Session, row: AssetRow, found: Dossier, after: Turn, policy: PolicyRef, now: datetime) -> None:
    """Put the policy's decision on record, if it takes one, and move the asset."""
    if after.action is not None:
        decision = Decision(
            id=new_id("dec", now),
            asset=row.id,
            action=after.action,
            by=f"policy {policy}",
            reason=after.reason,
            at=now,
            asset_sha256=row.sha256,
            findings_sha256=found.round.findings_sha256,
            actor="policy",
            policy=policy,
        )
        rounds.keep_decision(session, decision)
    if after.state is not found.asset.state:
        rounds.move(session, row, after.state)
