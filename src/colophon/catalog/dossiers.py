"""The port of dossiers: a page of pictures with all their rows, one statement a table."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog import (
    campaigns,
    generations,
    judgements,
    ledger,
    manifests,
    pictures,
    publications,
    runs,
    verdicts,
    withdrawals,
)
from colophon.catalog.asset_tables import (
    AssetRow,
    ManifestRow,
    PublicationRow,
    RenditionRow,
)
from colophon.catalog.database import Database
from colophon.catalog.money_tables import LedgerRow
from colophon.catalog.publishing_tables import SightingRow, WithdrawalRow
from colophon.catalog.records import attempt
from colophon.catalog.review_tables import CommentRow, DecisionRow, FindingRow, RoundRow
from colophon.catalog.tables import AttemptRow, CampaignRow, GenerationRow, RevisionRow
from colophon.catalog.verdict_tables import VerdictRow
from colophon.domain.dossier import Dossier, Made, Revision, RunStart, TakenBack
from colophon.domain.judgement import Round
from colophon.domain.record import LedgerEntry
from colophon.domain.withdrawal import Sighting
from colophon.errors import InvalidInput

_LARGEST_PAGE = 500
_PART = 500
R = TypeVar("R")


class SqlDossiers:
    """Implements `colophon.ports.Dossiers`. Each page is of one moment on PostgreSQL and SQLite alike only within a
    statement: a campaign that is being worked on may move between two of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def revisions(self, campaign: str) -> Sequence[Revision]:
        statement = (
            select(RevisionRow, col(CampaignRow.revision))
            .join(CampaignRow, col(CampaignRow.slug) == col(RevisionRow.campaign))
            .where(col(RevisionRow.campaign) == campaign)
            .order_by(col(RevisionRow.registered_at), col(RevisionRow.revision))
        )
        with self._database.reading() as session:
            found = [_revision(row, newest) for row, newest in session.execute(statement)]
        if not found:
            raise campaigns.missing(campaign)
        return found

    def runs(self, campaign: str) -> Sequence[RunStart]:
        with self._database.reading() as session:
            return runs.of_campaign(session, campaign)

    def bought(self, campaign: str, *, limit: int, after: str | None = None) -> Sequence[Dossier]:
        """``limit`` is 1 to 500."""
        of_campaign = col(GenerationRow.campaign) == campaign
        with self._database.reading() as session:
            rows = list(session.scalars(_page(GenerationRow, of_campaign, limit, after)))
            made = _rows(session, AssetRow, col(AssetRow.generation), [row.id for row in rows])
            assets = {asset.generation: asset for asset in made}
            return _dossiers(session, [(row, assets.get(row.id)) for row in rows])

    def brought(self, campaign: str, *, limit: int, after: str | None = None) -> Sequence[Dossier]:
        """``limit`` is 1 to 500."""
        from_outside = (col(AssetRow.campaign) == campaign) & col(AssetRow.generation).is_(None)
        with self._database.reading() as session:
            rows = list(session.scalars(_page(AssetRow, from_outside, limit, after)))
            return _dossiers(session, [(None, row) for row in rows])

    def of_asset(self, asset: str) -> Dossier:
        with self._database.reading() as session:
            row = pictures.row_of(session, asset)
            bought = generations.row_of(session, row.generation) if row.generation else None
            return _dossiers(session, [(bought, row)])[0]

    def loose_money(self, campaign: str) -> Sequence[LedgerEntry]:
        with self._database.reading() as session:
            return ledger.entries(session, [col(LedgerRow.campaign) == campaign, col(LedgerRow.generation).is_(None)])


def _page(table: type[R], condition: ColumnElement[bool], limit: int, after: str | None) -> Select[R]:
    if not 1 <= limit <= _LARGEST_PAGE:
        raise InvalidInput(f"a page has 1 to {_LARGEST_PAGE} entries, not {limit}", where="limit")
    key = col(table.id)  # type: ignore[attr-defined]
    statement = select(table).where(condition).order_by(key).limit(limit)
    return statement if after is None else statement.where(key > after)


def _dossiers(session: Session, pairs: Sequence[tuple[GenerationRow | None, AssetRow | None]]) -> list[Dossier]:
    """One statement for each table, or a few where there are more ids than one takes."""
    bought = [generation.id for generation, _ in pairs if generation]
    kept = [asset.id for _, asset in pairs if asset]

    def of(table: type[R], column: Any, ids: Sequence[str]) -> list[R]:
        return _rows(session, table, column, ids)

    attempts = _by(of(AttemptRow, col(AttemptRow.generation), bought), lambda row: row.generation)
    money = _by(of(LedgerRow, col(LedgerRow.generation), bought), lambda row: row.generation)
    findings = of(FindingRow, col(FindingRow.asset), kept)
    rounds = _by(of(RoundRow, col(RoundRow.asset), kept), lambda row: row.asset)
    decisions = _by(of(DecisionRow, col(DecisionRow.asset), kept), lambda row: row.asset)
    cuts = of(RenditionRow, col(RenditionRow.asset), kept)
    renditions = _by(cuts, lambda row: row.asset)
    asset_of = {row.id: row.asset for row in cuts}
    public = of(PublicationRow, col(PublicationRow.rendition), list(asset_of))
    published = _by(public, lambda row: asset_of[row.rendition])
    stores = _by(of(ManifestRow, col(ManifestRow.asset), kept), lambda row: row.asset)
    said = _by(of(CommentRow, col(CommentRow.asset), kept), lambda row: row.asset)
    asset_of_public = {row.id: asset_of[row.rendition] for row in public}
    ended = of(WithdrawalRow, col(WithdrawalRow.publication), list(asset_of_public))
    taken_back = _by(ended, lambda row: asset_of_public[row.publication])
    seen = of(SightingRow, col(SightingRow.withdrawal), [row.id for row in ended])
    judged = _by(of(VerdictRow, col(VerdictRow.asset), kept), lambda row: row.asset)
    return [
        Dossier(
            progress=generations.progress(generation) if generation else None,
            attempts=_made(attempts, generation, attempt, lambda row: row.number),
            ledger=_made(money, generation, ledger.entry, lambda row: (row.at, row.id)),
            asset=pictures.asset(asset) if asset else None,
            accepted_at=asset.created_at if asset else None,
            rounds=_made(rounds, asset, _round_of(findings), lambda row: row.number),
            decisions=_made(decisions, asset, judgements.decision, lambda row: (row.decided_at, row.id)),
            renditions=_made(
                renditions, asset, lambda row: Made(pictures.rendition(row), row.created_at), lambda row: row.id
            ),
            publications=_made(published, asset, publications.value_of, lambda row: row.id),
            manifests=_made(stores, asset, manifests.kept, lambda row: row.label),
            verdicts=_made(judged, asset, verdicts.recorded, lambda row: row.id),
            comments=_made(said, asset, judgements.comment, lambda row: (row.said_at, row.id)),
            withdrawals=_made(taken_back, asset, _taken_back(seen), lambda row: row.id),
        )
        for generation, asset in pairs
    ]


def _rows(session: Session, table: type[R], column: Any, ids: Sequence[str]) -> list[R]:
    """In parts, since a statement takes a bounded number of values."""
    parts = (ids[start : start + _PART] for start in range(0, len(ids), _PART))
    return [row for part in parts for row in session.scalars(select(table).where(column.in_(part)))]


def _by(rows: Iterable[R], key: Callable[[R], str | None]) -> Mapping[str | None, list[R]]:
    groups: defaultdict[str | None, list[R]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def _made(
    groups: Mapping[str | None, list[Any]],
    of: GenerationRow | AssetRow | None,
    value: Callable[[Any], R],
    order: Callable[[Any], Any],
) -> tuple[R, ...]:
    """The values of one picture's rows, in order: the same every time they are read."""
    rows: Iterator[Any] = iter(sorted(groups.get(of.id, ()), key=order) if of else ())
    return tuple(value(row) for row in rows)


def _round_of(findings: Iterable[FindingRow]) -> Callable[[RoundRow], Round]:
    found: defaultdict[tuple[str, int], list[FindingRow]] = defaultdict(list)
    for row in sorted(findings, key=lambda row: row.position):
        found[row.asset, row.round].append(row)
    return lambda row: judgements.round_(row, found[row.asset, row.findings_round])


def _taken_back(sightings: Iterable[SightingRow]) -> Callable[[WithdrawalRow], TakenBack]:
    seen: defaultdict[str, list[tuple[int, Sighting]]] = defaultdict(list)
    for row in sorted(sightings, key=lambda row: row.number):
        seen[row.withdrawal].append((row.number, withdrawals.sighting_of(row)))
    return lambda row: TakenBack(withdrawals.withdrawal_of(row), tuple(seen[row.id]))


def _revision(row: RevisionRow, newest: str) -> Revision:
    return Revision(
        campaign=row.campaign,
        digest=row.revision,
        title=row.title,
        brand=row.brand,
        owner=row.owner,
        brief=row.canonical,
        registered_at=row.registered_at,
        newest=row.revision == newest,
    )
