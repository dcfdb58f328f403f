"""The port of assets: pictures, what was found about them, what people decided, and what was made of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, insert, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog import attempts, cards, focuses, looks, manifests, pictures, prints, rounds, verdicts
from colophon.catalog.asset_tables import AssetRow, RenditionRow
from colophon.catalog.database import Database
from colophon.catalog.tables import GenerationRow
from colophon.domain.asset import Asset, AssetState, Fingerprints, Rendition
from colophon.domain.finding import Finding, Outcome
from colophon.domain.gate import settled
from colophon.domain.generation import GenerationState
from colophon.domain.history import Judged, Occasion
from colophon.domain.judgement import Decision, Judgement
from colophon.domain.kept import KeptManifest
from colophon.domain.provenance import Provenance
from colophon.domain.subject import FocusChoice
from colophon.errors import Conflict, InvalidInput, NotFound

_WAITING = (AssetState.HELD.value, AssetState.CHECKED.value)
_LARGEST_PAGE = 1000


class SqlAssets:
    """Implements `colophon.ports.Assets`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        asset: Asset,
        *,
        provenance: Provenance,
        findings: Sequence[Finding],
        judgement: Judgement,
        now: datetime,
        manifest: KeptManifest | None = None,
    ) -> Asset:
        """Raises `NotFound` for an unknown generation, `Conflict` for one that is not delivered or delivered other
        bytes."""
        with self._database.writing() as session:
            known = _registered(session, asset)
            if known is not None:
                return pictures.asset(known)
            state = pictures.STATES[judgement.outcome]
            session.execute(
                insert(AssetRow).values(
                    **pictures.asset_values(asset),
                    state=state.value,
                    outcome=judgement.outcome.value,
                    provenance=pictures.PROVENANCE.dump_python(provenance, mode="json"),
                    created_at=now,
                )
            )
            rounds.add(session, asset.id, findings, judgement, occasion="ingest", now=now)
            looks.add(session, asset.facts.fingerprints)
            prints.add(session, asset.id, asset.id, asset.facts.fingerprints)
            if manifest is not None:
                manifests.keep(session, manifest, now=now)
            verdicts.begin(session, asset.id, None, asset.campaign)
            verdicts.record(session, [Judged(asset.id, None, provenance)], occasion=Occasion.INGEST, now=now)
            if asset.generation is not None:
                _settle(session, asset.generation, asset.id, judgement.outcome)
            cards.write(session, asset.id, now)
            return pictures.asset(pictures.row_of(session, asset.id))

    def get(self, asset: str) -> Asset:
        with self._database.reading() as session:
            return pictures.asset(pictures.row_of(session, asset))

    def of_campaign(self, campaign: str) -> Sequence[Asset]:
        """Oldest first."""
        return self._all(select(AssetRow).where(col(AssetRow.campaign) == campaign).order_by(col(AssetRow.id)))

    def page(self, *, limit: int, after: str | None = None, campaign: str | None = None) -> Sequence[Asset]:
        """``limit`` is 1 to 1000; raises `InvalidInput` for others."""
        if not 1 <= limit <= _LARGEST_PAGE:
            raise InvalidInput(f"a page has 1 to {_LARGEST_PAGE} entries, not {limit}", where="limit")
        statement = select(AssetRow).order_by(col(AssetRow.id).desc()).limit(limit)
        if after is not None:
            statement = statement.where(col(AssetRow.id) < after)
        if campaign is not None:
            statement = statement.where(col(AssetRow.campaign) == campaign)
        return self._all(statement)

    def provenance(self, asset: str) -> Provenance:
        """Raises `NotFound`."""
        with self._database.reading() as session:
            return pictures.PROVENANCE.validate_python(pictures.row_of(session, asset).provenance)

    def findings(self, asset: str) -> Sequence[Finding]:
        """In the order of the checks. Raises `NotFound`."""
        with self._database.reading() as session:
            pictures.row_of(session, asset)
            return rounds.newest(session, asset).findings

    def decisions(self, asset: str) -> Sequence[Decision]:
        """Oldest first. Raises `NotFound`."""
        with self._database.reading() as session:
            pictures.row_of(session, asset)
            return rounds.decisions(session, asset)

    def decide(self, decision: Decision) -> None:
        """Approving what the checks rejected is allowed: the override is on record, and its generation has its asset
        after all. Raises `NotFound`, `Conflict`."""
        with self._database.writing() as session:
            row = rounds.locked(session, decision.asset)
            if rounds.decided(session, decision.id):
                return
            present = rounds.newest(session, row.id)
            same_findings = decision.action != "approve" or decision.findings_sha256 == present.findings_sha256
            if row.sha256 != decision.asset_sha256 or not same_findings:
                raise Conflict(
                    f"asset {row.id} has other {'findings' if not same_findings else 'bytes'} than the ones decided on",
                    reason="changed",
                    where=row.id,
                    hint="look at it again",
                )
            rounds.keep_decision(session, decision)
            rounds.move(session, row, settled(rounds.dossier(session, row), decision.at))

    def focus(self, choice: FocusChoice) -> None:
        """Raises `NotFound`."""
        with self._database.writing() as session:
            rounds.locked(session, choice.asset)
            focuses.keep(session, choice)

    def focuses(self, asset: str) -> Sequence[FocusChoice]:
        with self._database.reading() as session:
            return focuses.of_asset(session, asset)

    def waiting(self, *, limit: int, after: str = "") -> Sequence[Asset]:
        """Each state along its index, so that no more than ``limit`` of either are read."""
        found: list[Asset] = []
        for state in _WAITING:
            of_state = select(AssetRow).where(col(AssetRow.state) == state, col(AssetRow.id) > after)
            found += self._all(of_state.order_by(col(AssetRow.id)).limit(limit))
        return sorted(found, key=lambda each: each.id)[:limit]

    def renditions(self, asset: str) -> Sequence[Rendition]:
        """Oldest first."""
        statement = select(RenditionRow).where(col(RenditionRow.asset) == asset).order_by(col(RenditionRow.id))
        with self._database.reading() as session:
            return [pictures.rendition(row) for row in session.scalars(statement)]

    def renditions_of(self, assets: Sequence[str]) -> Sequence[Rendition]:
        statement = select(RenditionRow).where(col(RenditionRow.asset).in_(assets))
        with self._database.reading() as session:
            rows = session.scalars(statement.order_by(col(RenditionRow.asset), col(RenditionRow.id)))
            return [pictures.rendition(row) for row in rows]

    def renditions_named(self, renditions: Sequence[str]) -> Mapping[str, Rendition]:
        statement = select(RenditionRow).where(col(RenditionRow.id).in_(renditions))
        with self._database.reading() as session:
            return {row.id: pictures.rendition(row) for row in session.scalars(statement)}

    def renditions_of_campaign(self, campaign: str) -> Sequence[Rendition]:
        """By asset, oldest first."""
        statement = (
            select(RenditionRow)
            .join(AssetRow, col(AssetRow.id) == col(RenditionRow.asset))
            .where(col(AssetRow.campaign) == campaign)
            .order_by(col(RenditionRow.asset), col(RenditionRow.id))
        )
        with self._database.reading() as session:
            return [pictures.rendition(row) for row in session.scalars(statement)]

    def rendition(self, rendition: str) -> Rendition:
        with self._database.reading() as session:
            row = session.get(RenditionRow, rendition)
            if row is None:
                raise NotFound(f"there is no rendition {rendition}", where=rendition)
            return pictures.rendition(row)

    def add_rendition(
        self,
        rendition: Rendition,
        *,
        now: datetime,
        manifest: KeptManifest | None = None,
        fingerprints: Fingerprints | None = None,
        provenance: Provenance | None = None,
    ) -> Rendition:
        """Raises `NotFound` for an unknown asset."""
        same = select(RenditionRow).where(
            col(RenditionRow.asset) == rendition.asset,
            col(RenditionRow.placement) == rendition.placement,
            col(RenditionRow.format) == rendition.format.value,
            col(RenditionRow.recipe) == rendition.recipe,
        )
        with self._database.writing() as session:
            asset = rounds.locked(session, rendition.asset)
            known = session.scalars(same).one_or_none()
            if known is not None:
                return pictures.rendition(known)
            session.execute(insert(RenditionRow).values(**pictures.rendition_values(rendition), created_at=now))
            if fingerprints is not None:
                prints.add(session, rendition.id, rendition.asset, fingerprints)
            if manifest is not None:
                manifests.keep(session, manifest, now=now)
            verdicts.begin(session, rendition.asset, rendition.id, asset.campaign)
            if provenance is not None:
                judged = Judged(rendition.asset, rendition.id, provenance)
                verdicts.record(session, [judged], occasion=Occasion.SIGN, now=now)
            return rendition

    def _all(self, statement: Select[AssetRow]) -> Sequence[Asset]:
        with self._database.reading() as session:
            return [pictures.asset(row) for row in session.scalars(statement)]


def _registered(session: Session, asset: Asset) -> AssetRow | None:
    """The asset on record for the same generation or id; None when this one may be added."""
    if asset.generation is None:
        known = session.get(AssetRow, asset.id)
        return known if known is not None and known.sha256 == asset.sha256 else None
    generation = attempts.fresh(session, asset.generation)
    known = session.scalars(select(AssetRow).where(col(AssetRow.generation) == asset.generation)).one_or_none()
    if known is not None:
        return known
    if generation.state != GenerationState.DELIVERED or generation.original_sha256 != asset.sha256:
        raise Conflict(
            f"generation {generation.id} is {generation.state} and has not delivered these bytes",
            reason="not_delivered",
            where=generation.id,
        )
    return None


def _settle(session: Session, generation: str, asset: str, outcome: Outcome) -> None:
    values = {"state": GenerationState.ASSET.value, "asset_id": asset}
    if outcome is Outcome.REJECT:
        problem = "a check rejected the picture; its findings say why"
        values |= {"state": GenerationState.REJECTED.value, "problem_code": "check_failed", "problem": problem}
    session.execute(
        update(GenerationRow)
        .where(col(GenerationRow.id) == generation)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
