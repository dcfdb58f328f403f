"""The catalog as plain data for people's tables and for scripts: the JSON members the contract names."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from colophon.domain.asset import Asset, AssetState, Rendition
from colophon.domain.generation import GenerationState
from colophon.domain.money import Estimate
from colophon.domain.plan import Plan
from colophon.domain.provenance import Provenance
from colophon.domain.record import Progress
from colophon.ports import Catalog

View = dict[str, Any]
Address = Callable[[str], str]

_ENDED_BADLY = {GenerationState.REFUSED, GenerationState.REJECTED, GenerationState.FAILED}


def plan_view(plan: Plan, routes: Mapping[str, Estimate]) -> View:
    """``routes``: what the same plan would cost on every route that could take it."""
    return {
        "campaign": plan.campaign,
        "revision": plan.revision,
        "route": plan.route,
        "masters": [{"id": m.id, "width": m.width, "height": m.height, "serves": list(m.serves)} for m in plan.masters],
        "generations": [
            {
                "id": g.id,
                "visual": g.visual,
                "variant": g.variant,
                "master": g.master,
                "route": g.route,
                "model": g.model,
                "seed": g.seed,
                "prompt": g.prompt,
                "references": [use.sha256 for use in g.references],
                "cost": _estimate(g.cost),
            }
            for g in plan.generations
        ],
        "renditions": [
            {
                "visual": r.visual,
                "placement": r.placement,
                "format": r.format.value,
                "width": r.width,
                "height": r.height,
                "max_bytes": r.max_bytes,
                "master": r.master,
                "cut": r.cut,
            }
            for r in plan.renditions
        ],
        "cost": {**_estimate(plan.cost), "cap": str(plan.cap)},
        "routes": {name: _estimate(estimate) for name, estimate in routes.items()},
        "checks": list(plan.checks),
        "warnings": list(plan.warnings),
    }


def campaign_view(campaign: str, *, catalog: Catalog, address: Address) -> View:
    """Where a campaign stands. ``address`` turns a digest into the place its bytes are stored at."""
    record = catalog.orders.campaign(campaign)
    wanted = catalog.orders.wanted(campaign)
    ids = {p.asset_id for p in wanted}
    assets = [asset for asset in catalog.assets.of_campaign(campaign) if asset.id in ids]
    states = {asset.id: asset.state for asset in assets}
    public = {p.rendition for p in catalog.publications.of_campaign(campaign, only_open=True)}
    spending = catalog.orders.spending(campaign)
    return {
        "campaign": record.slug,
        "title": record.title,
        "revision": record.revision,
        "state": _state(wanted, assets),
        "generations": [_generation(p) for p in wanted],
        "assets": [
            {"id": a.id, "state": a.state.value, "visual": a.visual, "variant": a.variant, "sha256": a.sha256}
            for a in assets
        ],
        "renditions": [
            rendition_view(r, states[r.asset], r.id in public, address)
            for r in catalog.assets.renditions_of_campaign(campaign)
            if r.asset in states
        ],
        "cost": {
            "spent": str(spending.spent),
            "reserved": str(spending.reserved),
            "cap": str(spending.cap),
            "currency": spending.cap.currency,
        },
        "problems": [*_generation_problems(wanted), *_waiting(assets, catalog)],
    }


def campaigns_view(catalog: Catalog) -> list[View]:
    rows = []
    for record in catalog.orders.campaigns():
        wanted = catalog.orders.wanted(record.slug)
        assets = catalog.assets.of_campaign(record.slug)
        spending = catalog.orders.spending(record.slug)
        rows.append(
            {
                "campaign": record.slug,
                "title": record.title,
                "brand": record.brand,
                "revision": record.revision,
                "state": _state(wanted, assets),
                "generations": len(wanted),
                "spent": str(spending.spent),
                "cap": str(spending.cap),
                "currency": spending.cap.currency,
                "created_at": _time(record.created_at),
            }
        )
    return rows


def waiting_view(catalog: Catalog) -> list[View]:
    """Assets that wait for a person, oldest first, with what the checks doubt about them."""
    return [
        {
            "id": asset.id,
            "campaign": asset.campaign,
            "visual": asset.visual,
            "variant": asset.variant,
            "state": asset.state.value,
            "doubts": "; ".join(_doubts(asset.id, catalog)),
        }
        for asset in catalog.assets.waiting()
    ]


def asset_view(asset_id: str, *, catalog: Catalog, address: Address) -> View:
    """Everything on record about one asset: who made it, with what, at what price, what was found, who decided."""
    asset = catalog.assets.get(asset_id)
    facts = asset.facts
    progress = catalog.orders.progress(asset.generation) if asset.generation else None
    renditions = catalog.assets.renditions(asset_id)
    own = {r.id for r in renditions}
    publications = [p for p in catalog.publications.of_campaign(asset.campaign) if p.rendition in own]
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
        "generation": _recipe(progress) if progress else None,
        "provenance": provenance_view(catalog.assets.provenance(asset_id)),
        "checks": [{**asdict(f), "verdict": f.verdict.value} for f in catalog.assets.findings(asset_id)],
        "decisions": [{**asdict(d), "at": _time(d.at)} for d in catalog.assets.decisions(asset_id)],
        "renditions": [rendition_view(r, asset.state, r.id in public, address) for r in renditions],
        "publications": [
            {
                "id": p.id,
                "rendition": p.rendition,
                "address": p.address,
                "sha256": p.sha256,
                "from": _time(p.published_from),
                "until": _time(p.published_until),
            }
            for p in publications
        ],
        "fingerprints": asdict(facts.fingerprints),
    }


def provenance_view(verdict: Provenance) -> View:
    """The verdict in its parts, as JSON takes it."""
    view = asdict(verdict)
    view["state"] = verdict.state.value
    view["signed_at"] = _time(verdict.signed_at)
    return view


def rendition_view(rendition: Rendition, asset_state: AssetState, public: bool, address: Address) -> View:
    return {
        "id": rendition.id,
        "asset_id": rendition.asset,
        "placement": rendition.placement,
        "format": rendition.format.value,
        "width": rendition.width,
        "height": rendition.height,
        "path_or_key": address(rendition.sha256),
        "sha256": rendition.sha256,
        "bytes": rendition.bytes,
        "signer": rendition.signer,
        "manifest": address(rendition.manifest_sha256) if rendition.manifest_sha256 else "embedded",
        "state": "published" if public else asset_state.value,
    }


def _estimate(cost: Estimate) -> View:
    return {"low": str(cost.low), "high": str(cost.high), "currency": cost.low.currency}


def _generation(progress: Progress) -> View:
    g = progress.generation
    return {
        "id": g.id,
        "visual": g.visual,
        "variant": g.variant,
        "master": g.master,
        "state": progress.state.value,
        "route": g.route,
        "model": g.model,
        "provider_request_id": progress.request_id,
        "seed": g.seed,
        "cost": str(progress.cost) if progress.cost is not None else None,
        "cost_basis": progress.cost_basis.value if progress.cost_basis else None,
        "asset_id": progress.asset_id,
        "attempts": progress.attempt,
    }


def _recipe(progress: Progress) -> View:
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
        "submitted_at": _time(progress.submitted_at),
        "ready_at": _time(progress.ready_at),
        "cost": {
            "amount": str(cost) if cost is not None else None,
            "currency": cost.currency if cost is not None else None,
            "basis": progress.cost_basis.value if progress.cost_basis else None,
        },
    }


def _generation_problems(wanted: Sequence[Progress]) -> list[View]:
    return [
        {
            "code": p.problem_code or p.state.value,
            "message": p.problem or "no reason is on record",
            "where": p.generation.id,
            "state": p.state.value,
        }
        for p in wanted
        if p.state in _ENDED_BADLY or p.state is GenerationState.UNKNOWN or (p.problem and not p.state.settled)
    ]


def _waiting(assets: Sequence[Asset], catalog: Catalog) -> list[View]:
    """What a person has to look at, with the reasons; assets that only lack approval are no problem."""
    waiting = [a for a in assets if a.state is AssetState.HELD]
    return [
        {
            "code": "waits_for_a_person",
            "message": "; ".join(_doubts(a.id, catalog)) or "a check asks for a person",
            "where": a.id,
            "state": a.state.value,
        }
        for a in waiting
    ]


def _doubts(asset_id: str, catalog: Catalog) -> list[str]:
    findings = catalog.assets.findings(asset_id)
    return [f"{f.name} {f.verdict.value}: {', '.join(f.reasons)}" for f in findings if f.verdict.value != "pass"]


def _state(wanted: Sequence[Progress], assets: Sequence[Asset]) -> str:
    """unfinished, incomplete (something ended badly or a person rejected it), waiting (for a person), or approved."""
    if any(not p.state.settled for p in wanted):
        return "unfinished"
    wanted_ids = {p.asset_id for p in wanted}
    states = {a.state for a in assets if a.id in wanted_ids}
    ended = _ENDED_BADLY | {GenerationState.UNKNOWN}
    if AssetState.REJECTED in states or any(p.state in ended for p in wanted):
        return "incomplete"
    return "waiting" if states & {AssetState.HELD, AssetState.CHECKED} else "approved"


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
