"""Everything on record about one asset as plain data: the JSON members the contract names."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from colophon.domain.asset import Asset, AssetState, Rendition
from colophon.domain.people import synthetic_person_word
from colophon.domain.provenance import Provenance
from colophon.domain.record import Attempt, Progress, Publication
from colophon.domain.soft_binding import iscc_text
from colophon.domain.subject import FocusChoice
from colophon.domain.withdrawal import Withdrawal
from colophon.ports import Catalog, Withdrawals
from colophon.services.show_history import history_view
from colophon.services.show_review import review_view
from colophon.services.show_withdrawal import withdrawal_view
from colophon.services.times import time_text

View = dict[str, Any]
Address = Callable[[str], str]


def asset_row(asset: Asset) -> View:
    """An asset as lists show it."""
    return {
        "id": asset.id,
        "campaign": asset.campaign,
        "visual": asset.visual,
        "variant": asset.variant,
        "state": asset.state.value,
        "width": asset.facts.width,
        "height": asset.facts.height,
        "format": asset.facts.format.value,
        "sha256": asset.sha256,
    }


def asset_view(asset_id: str, *, catalog: Catalog, address: Address) -> View:
    """Everything on record about one asset: who made it, with what, at what price, what was found, who decided."""
    asset = catalog.assets.get(asset_id)
    facts = asset.facts
    progress = catalog.orders.progress(asset.generation) if asset.generation else None
    findings = catalog.assets.findings(asset_id)
    iscc = catalog.lookalikes.code(asset_id, "iscc")
    renditions = catalog.assets.renditions(asset_id)
    publications = catalog.publications.of_asset(asset_id)
    withdrawals = {w.publication: w for w in catalog.withdrawals.of_publications([p.id for p in publications])}
    public = {p.rendition for p in publications if p.published_until is None}
    return {
        "id": asset.id,
        "state": asset.state.value,
        "sha256": asset.sha256,
        "bytes": asset.bytes,
        "width": facts.width,
        "height": facts.height,
        "format": facts.format.value,
        "path_or_key": address(asset.sha256),
        "campaign": asset.campaign,
        "visual": asset.visual,
        "variant": asset.variant,
        "generation": _ordered_view(progress, catalog) if progress else None,
        "provenance": provenance_view(catalog.assets.provenance(asset_id)),
        **review_view(asset_id, catalog=catalog, address=address),
        "synthetic_person": synthetic_person_word(findings),
        "renditions": [rendition_view(r, asset.state, r.id in public, address) for r in renditions],
        "publications": [_publication_view(p, withdrawals, catalog.withdrawals) for p in publications],
        "subject": asdict(facts.subject) if facts.subject else None,
        "focus": _focus_view(catalog.assets.focuses(asset_id)),
        "verdicts": history_view(catalog.verdicts.history(asset_id)),
        "fingerprints": {
            "phash": facts.fingerprints.phash,
            "dhash": facts.fingerprints.dhash,
            "iscc": iscc_text(iscc) if iscc else None,
        },
    }


def _publication_view(publication: Publication, withdrawals: Mapping[str, Withdrawal], evidence: Withdrawals) -> View:
    """With the evidence of its withdrawal, where it was taken back."""
    withdrawal = withdrawals.get(publication.id)
    seen = withdrawal_view(withdrawal, evidence.sightings(withdrawal.id)) if withdrawal else None
    return {
        "id": publication.id,
        "rendition": publication.rendition,
        "address": publication.address,
        "sha256": publication.sha256,
        "from": time_text(publication.published_from),
        "until": time_text(publication.published_until),
        "withdrawal": seen,
    }


def _focus_view(said: Sequence[FocusChoice]) -> View | None:
    """The focal point a person gave; None where nobody did, or it was taken back."""
    if not said or said[-1].point is None:
        return None
    return {**asdict(said[-1].point), "by": said[-1].by, "at": time_text(said[-1].at)}


def provenance_view(verdict: Provenance) -> View:
    """The verdict in its parts, as JSON takes it."""
    view = asdict(verdict)
    for part in (view, view["signer"] or {}, *view["chain"]):
        part |= {name: time_text(value) for name, value in part.items() if isinstance(value, datetime)}
    view["state"] = verdict.state.value
    return view


def rendition_view(rendition: Rendition, asset_state: AssetState, public: bool, address: Address) -> View:
    return {
        "id": rendition.id,
        "asset_id": rendition.asset,
        "placement": rendition.placement,
        "format": rendition.format.value,
        "locale": rendition.locale,
        "width": rendition.width,
        "height": rendition.height,
        "path_or_key": address(rendition.sha256),
        "sha256": rendition.sha256,
        "bytes": rendition.bytes,
        "signer": rendition.signer,
        "quality": quality_view(rendition),
        "manifest": address(rendition.manifest_sha256) if rendition.manifest_sha256 else "embedded",
        "state": "published" if public else asset_state.value,
    }


def quality_view(rendition: Rendition) -> View:
    """The encoder's number, how like its picture the file was measured to look, and whether that is as asked for."""
    points, floor = rendition.similarity, rendition.floor
    return {
        "encoder": rendition.quality,
        "similarity": None if points is None else round(points, 1),
        "floor": floor,
        "reached": None if points is None or floor is None else points >= floor,
    }


def _ordered_view(progress: Progress, catalog: Catalog) -> View:
    return recipe_view(progress) | {"attempts": attempts_view(catalog.orders.attempts(progress.generation.id))}


def recipe_view(progress: Progress) -> View:
    g = progress.generation
    cost = progress.cost
    return {
        "id": g.id,
        "route": g.route,
        "provider": progress.provider,
        "model": g.model,
        "model_reported": progress.model_reported,
        "seed_requested": g.seed,
        "seed_reported": progress.seed_reported,
        "prompt_sent": g.prompt,
        "prompt_used": progress.prompt_used,
        "prompt_source": g.structure,
        "parameters": progress.parameters,
        "references": [{**asdict(use), "role": use.role.value} for use in g.references],
        "revision": progress.revision,
        "provider_request_id": progress.request_id,
        "submitted_at": time_text(progress.submitted_at),
        "ready_at": time_text(progress.ready_at),
        "cost": {
            "amount": str(cost) if cost is not None else None,
            "currency": cost.currency if cost is not None else None,
            "basis": progress.cost_basis.value if progress.cost_basis else None,
        },
    }


def attempts_view(attempts: Iterable[Attempt]) -> list[View]:
    """Every submit with its route, and why it ended as it did."""
    return [
        {
            "number": a.number,
            "route": a.route,
            "started_at": time_text(a.started_at),
            "outcome": a.outcome,
            "code": a.code,
            "problem": a.problem,
            "provider_request_id": a.request_id,
            "resolved_by": a.resolved_by,
        }
        for a in attempts
    ]
