"""Campaigns as plain data for people's tables and for scripts: the JSON members the contract names."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from colophon.domain.asset import Asset, AssetState, Rendition
from colophon.domain.board import CampaignFilter, CampaignLine
from colophon.domain.gate import Dossier, counting_approvals
from colophon.domain.generation import GenerationState
from colophon.domain.judgement import Decision
from colophon.domain.people import synthetic_person_word
from colophon.domain.record import Attempt, Progress, Publication, Spending
from colophon.domain.rendition import PlannedRendition
from colophon.ports import Catalog, Reviews
from colophon.services.current import current_renditions, wanted_of_campaign
from colophon.services.show_asset import attempts_view, rendition_view
from colophon.services.show_review import comments_view
from colophon.services.times import time_text

View = dict[str, Any]
Address = Callable[[str], str]

_PART = 500
_ENDED_BADLY = {GenerationState.REFUSED, GenerationState.REJECTED, GenerationState.FAILED}


def campaign_view(campaign: str, *, catalog: Catalog, address: Address) -> View:
    """Where a campaign stands. ``address`` turns a digest into the place its bytes are stored at."""
    record = catalog.orders.campaign(campaign)
    wanted = catalog.orders.wanted(campaign)
    ids = {p.asset_id for p in wanted}
    everything = catalog.assets.of_campaign(campaign)
    assets = [asset for asset in everything if asset.id in ids]
    publications = catalog.publications.of_campaign(campaign, only_open=True)
    renditions = catalog.assets.renditions_of_campaign(campaign)
    states = {asset.id: asset.state for asset in assets}
    public = {p.rendition for p in publications}
    spending = catalog.orders.spending(campaign)
    tried = _tried(campaign, catalog)
    return {
        "campaign": record.slug,
        "title": record.title,
        "revision": record.revision,
        "state": _state(wanted, assets),
        "generations": [_generation(p) | tried.get(p.generation.id, {}) for p in wanted],
        "assets": [
            {"id": a.id, "state": a.state.value, "visual": a.visual, "variant": a.variant, "sha256": a.sha256}
            for a in assets
        ],
        "renditions": [
            rendition_view(r, states[r.asset], r.id in public, address)
            for r in current_renditions(campaign, orders=catalog.orders, assets=catalog.assets)
        ],
        "cost": {
            "spent": str(spending.spent),
            "reserved": str(spending.reserved),
            "cap": str(spending.cap),
            "currency": spending.cap.currency,
        },
        "problems": [
            *_halts(campaign, catalog),
            *_generation_problems(wanted),
            *_dearer_than_said(wanted, spending),
            *_waiting(assets, catalog),
            *_rejected_since(assets, catalog),
            *_public_though_rejected(publications, renditions, everything),
            *_not_made(campaign, assets, catalog),
        ],
    }


def campaigns_view(catalog: Catalog) -> list[View]:
    """All of them, oldest first: read in parts, each with a few statements."""
    lines: list[CampaignLine] = []
    while page := catalog.boards.campaigns(CampaignFilter(), limit=_PART, after=lines[-1].slug if lines else None):
        lines += page
    return [line_view(line) for line in reversed(lines)]


def line_view(line: CampaignLine) -> View:
    """A campaign as lists show it."""
    spending = line.spending
    return {
        "campaign": line.slug,
        "title": line.title,
        "brand": line.brand,
        "revision": line.revision,
        "state": line.state.value,
        "generations": line.pictures,
        "spent": str(spending.spent),
        "reserved": str(spending.reserved),
        "cap": str(spending.cap),
        "currency": spending.cap.currency,
        "created_at": time_text(line.created_at),
    }


def waiting_view(assets: Sequence[Asset], now: datetime, *, reviews: Reviews) -> list[View]:
    """Assets that wait for a person, in their order, with what the checks doubt about them, who approved them so far,
    and what people said; asked for at once, however many there are."""
    dossiers, comments = reviews.dossiers(assets), reviews.comments_of(assets)
    return [
        {
            "id": asset.id,
            "campaign": asset.campaign,
            "visual": asset.visual,
            "variant": asset.variant,
            "state": asset.state.value,
            "doubts": "; ".join(_doubts(dossier)),
            "approved_by": [approval.by for approval in _approvals(dossier, now)],
            "comments": comments_view(comments.get(asset.id, ())),
            "synthetic_person": synthetic_person_word(dossier.round.findings),
        }
        for asset in assets
        if (dossier := dossiers.get(asset.id))
    ]


def _dearer_than_said(wanted: Sequence[Progress], spending: Spending) -> list[View]:
    """Vendors may charge more than their published rules give; it is booked as it is, and said."""
    dear = [
        {
            "code": "over_estimate",
            "message": f"{p.cost} {p.cost.currency} ({basis.value}), estimated at {p.generation.cost.high} at most",
            "where": p.generation.id,
            "state": p.state.value,
        }
        for p in wanted
        if p.cost and (basis := p.cost_basis) and p.cost > p.generation.cost.high
    ]
    if spending.spent > spending.cap:
        message = f"{spending.spent} of {spending.cap} {spending.cap.currency} is spent"
        dear.append({"code": "over_cap", "message": message, "where": "budget.cap", "state": "over_cap"})
    return dear


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


def _tried(campaign: str, catalog: Catalog) -> dict[str, View]:
    """The attempts of generations that had more than one, by generation; asked for once, however many there are."""
    found: dict[str, list[Attempt]] = {}
    for attempt in catalog.orders.retried(campaign):
        found.setdefault(attempt.generation, []).append(attempt)
    return {generation: {"tried": attempts_view(attempts)} for generation, attempts in found.items()}


def _halts(campaign: str, catalog: Catalog) -> list[View]:
    return [_problem("halted", str(halt), halt.scope, "halted") for halt in catalog.halts.active(campaign)]


def _generation_problems(wanted: Sequence[Progress]) -> list[View]:
    return [
        _problem(p.problem_code or p.state.value, p.problem or "no reason is on record", p.generation.id, p.state.value)
        for p in wanted
        if p.state in _ENDED_BADLY or p.state is GenerationState.UNKNOWN or (p.problem and not p.state.settled)
    ]


def _waiting(assets: Sequence[Asset], catalog: Catalog) -> list[View]:
    """What a person has to look at, with the reasons; assets that only lack approval are no problem."""
    waiting = [a for a in assets if a.state is AssetState.HELD]
    dossiers = catalog.reviews.dossiers(waiting)
    return [
        _problem(
            "waits_for_a_person",
            "; ".join(_doubts(dossiers[a.id]) if a.id in dossiers else ()) or "a check asks for a person",
            a.id,
            a.state.value,
        )
        for a in waiting
    ]


def _not_made(campaign: str, assets: Sequence[Asset], catalog: Catalog) -> list[View]:
    """Files the newest revision wants of an asset that has some of them already: the run that made those could not
    make these, and the next one says why again."""
    made: dict[str, set[str]] = {}
    for rendition in catalog.assets.renditions_of_campaign(campaign):
        made.setdefault(rendition.asset, set()).add(rendition.recipe)
    wanted = wanted_of_campaign(campaign, orders=catalog.orders, assets=catalog.assets)
    return [
        _problem(
            "rendition_not_made",
            f"{_named(file)} is not made; `colophon run` makes it or says why not",
            asset.id,
            asset.state.value,
        )
        for asset in assets
        if asset.state is not AssetState.REJECTED and made.get(asset.id)
        for recipe, file in wanted.get(asset.id, {}).items()
        if recipe not in made[asset.id]
    ]


def _named(file: PlannedRendition) -> str:
    locale = f" in {file.locale}" if file.locale else ""
    return f"{file.placement} {file.format.value}{locale} of {file.visual}"


def _rejected_since(assets: Sequence[Asset], catalog: Catalog) -> list[View]:
    """By people, and by the policy after another round of checks; what the first one rejected is told with its
    generation."""
    rows = []
    for asset in assets:
        decisions = catalog.assets.decisions(asset.id) if asset.state is AssetState.REJECTED else ()
        if decisions:
            last = decisions[-1]
            message = f"rejected by {last.by}: {last.reason}"
            rows.append(_problem(f"rejected_by_{last.actor}", message, asset.id, asset.state.value))
    return rows


def _public_though_rejected(
    publications: Sequence[Publication], renditions: Sequence[Rendition], assets: Sequence[Asset]
) -> list[View]:
    """Of any revision: what was rejected must not be public, whatever is planned now."""
    asset_of = {r.id: r.asset for r in renditions}
    rejected = {a.id for a in assets if a.state is AssetState.REJECTED}
    return [
        _problem(
            "published_but_rejected",
            f"{p.address} is public though its asset {asset_of[p.rendition]} is rejected; "
            f"`colophon unpublish {p.rendition}` takes it down",
            p.rendition,
            "published",
        )
        for p in publications
        if asset_of[p.rendition] in rejected
    ]


def _problem(code: str, message: str, where: str, state: str) -> View:
    return {"code": code, "message": message, "where": where, "state": state}


def _doubts(dossier: Dossier) -> list[str]:
    doubts = dossier.round.doubts
    return [f"{doubt.check} {doubt.verdict.value}: {', '.join(doubt.reasons)}" for doubt in doubts]


def _approvals(dossier: Dossier, now: datetime) -> Sequence[Decision]:
    """Those that count, of an asset that needs more."""
    return counting_approvals(dossier.asset.sha256, dossier.round, dossier.decisions, now)


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
