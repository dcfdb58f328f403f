"""What waits for review, and everything a person looks at to decide about one picture, as plain data."""

from collections.abc import Sequence
from typing import Any

from colophon.domain.asset import Asset, AssetState
from colophon.domain.brief import Brief
from colophon.domain.gate import Dossier, counting_approvals, why_void
from colophon.domain.query import AssetQuery
from colophon.ports import Catalog
from colophon.services.prospect import Prospect, brief_of, prospect
from colophon.services.review import Desk
from colophon.services.show_asset import recipe_view
from colophon.services.show_review import Address, comments_view, decision_view, doubt_view, round_view
from colophon.services.times import time_text

View = dict[str, Any]
WAITING = frozenset({AssetState.HELD, AssetState.CHECKED})
MOST_VARIANTS = 200  # of one visual that are shown beside each other


def queue_view(
    brands: frozenset[str] | None,
    campaign: str | None,
    *,
    limit: int,
    after: str | None,
    by: str,
    desk: Desk,
    catalog: Catalog,
) -> View:
    """The newest first, a page at a time, put together by campaign and visual. Raises `InvalidInput` for an ``after``
    that is no asset's id."""
    page = catalog.search.find(AssetQuery(states=WAITING, brands=brands, campaign=campaign), limit=limit, after=after)
    groups = _groups(page, by, desk, catalog)
    return {"groups": groups, "next_cursor": page[-1].id if len(page) == limit else None}


def waiting_campaigns_view(brands: frozenset[str] | None, *, catalog: Catalog) -> View:
    """How many of each campaign wait, among the newest 10,000; ``more``: others wait too."""
    counted = catalog.search.facets(AssetQuery(states=WAITING, brands=brands))
    return {
        "campaigns": dict(sorted(counted.by["campaign"].items())),
        "counted": counted.counted,
        "more": counted.more,
    }


def light_table_view(asset_id: str, *, by: str, desk: Desk, catalog: Catalog, address: Address) -> View:
    """One picture with its variants, what was asked for, found, decided and said, and what ``by`` may do. Raises
    `NotFound`."""
    dossier = catalog.reviews.dossier(asset_id)
    asset, now = dossier.asset, desk.clock.now()
    brief = brief_of(asset, catalog.orders)
    variants = catalog.queue.variants(asset, limit=MOST_VARIANTS)
    if asset.id not in {each.id for each in variants}:
        variants = [asset, *variants]
    progress = catalog.orders.progress(asset.generation) if asset.generation else None
    return {
        "asset": picture_view(asset),
        "variants": [picture_view(each) for each in variants],
        "round": round_view(dossier.round, address),
        "decisions": [
            decision_view(each) | {"void": _void(each, dossier, now) if each.action == "approve" else None}
            for each in dossier.decisions
        ],
        "comments": comments_view(catalog.reviews.comments(asset_id)),
        "approval": _approval_view(prospect(dossier, brief, by, desk.policy, now)),
        "asked": asked_view(brief, asset.visual) if brief else None,
        "generation": recipe_view(progress) if progress else None,
        "next": _first_id(catalog.queue.waiting_after(asset, limit=1)),
        "previous": _first_id(catalog.queue.waiting_after(asset, limit=1, back=True)),
    }


def next_campaign(campaign: str, brands: frozenset[str] | None, *, catalog: Catalog) -> Asset | None:
    """Where reviewing goes on when a campaign's queue has ended: the first picture that waits of the next campaign by
    name, after the last one that of the first. None: nothing else waits."""
    counted = catalog.search.facets(AssetQuery(states=WAITING, brands=brands)).by["campaign"]
    others = sorted(slug for slug in counted if slug != campaign)
    following = [slug for slug in others if slug > campaign] or others
    return catalog.queue.first_waiting(following[0]) if following else None


def picture_view(asset: Asset) -> View:
    """What it takes to show a picture and say which it is."""
    return {
        "id": asset.id,
        "campaign": asset.campaign,
        "visual": asset.visual,
        "variant": asset.variant,
        "state": asset.state.value,
        "sha256": asset.sha256,
        "width": asset.facts.width,
        "height": asset.facts.height,
    }


def asked_view(brief: Brief, visual: str | None) -> View:
    """What the newest brief asks of a visual, and the words that belong to it. ``prompt`` None: it does not ask for
    that visual any more."""
    wanted = next((each for each in brief.visuals if each.id == visual), None)
    words = (wanted.copy_ if wanted else None) or brief.copy_
    members = ("prompt", "setting", "light", "camera", "style", "mood", "copy_space")
    return {
        "title": brief.title,
        "owner": brief.owner,
        "objective": brief.objective,
        "markets": list(brief.markets),
        "placements": [wish.placement for wish in (wanted.placements if wanted else None) or brief.placements],
        "visual": {name: getattr(wanted, name) for name in members if getattr(wanted, name, None)},
        "do": list(brief.brand.do),
        "dont": [*brief.brand.dont, *brief.brand.banned_concepts],
        "palette": [{"name": colour.name, "hex": colour.hex, "role": colour.role} for colour in brief.brand.palette],
        "copy": words.model_dump(mode="json", exclude_defaults=True, exclude={"locales"}),
        "notes": brief.notes,
        "deadline": time_text(brief.deadline),
    }


def _groups(page: Sequence[Asset], by: str, desk: Desk, catalog: Catalog) -> list[View]:
    dossiers = catalog.reviews.dossiers(page)
    briefs: dict[str, Brief | None] = {}
    groups: dict[tuple[str, str], View] = {}
    for asset in sorted(page, key=lambda each: (each.campaign, each.visual or "", each.variant or 0, each.id)):
        if asset.campaign not in briefs:
            briefs[asset.campaign] = brief_of(asset, catalog.orders)
        brief = briefs[asset.campaign]
        title = brief.title if brief else ""
        key = asset.campaign, asset.visual or ""
        group = groups.setdefault(
            key, {"campaign": asset.campaign, "visual": asset.visual, "title": title, "assets": []}
        )
        dossier = dossiers[asset.id]
        told = prospect(dossier, brief, by, desk.policy, desk.clock.now())
        group["assets"].append(
            picture_view(asset)
            | {
                "doubts": [doubt_view(each) for each in dossier.round.doubts],
                "approved_by": [each.by for each in told.given],
                "needed": told.terms.quorum.needed,
            }
        )
    return list(groups.values())


def _approval_view(found: Prospect) -> View:
    return {
        "given": [decision_view(each) for each in found.given],
        "needed": found.terms.quorum.needed,
        "missing": found.missing,
        "approvers": list(found.terms.quorum.approvers),
        "needs_reason": found.terms.needs_reason,
        "in_spite_of": [doubt_view(each) for each in found.terms.doubts],
        "ends_at": time_text(found.ends_at),
        "refused": found.refused.message if found.refused else None,
        "hint": found.refused.hint if found.refused else None,
    }


def _void(decision: Any, dossier: Dossier, now: Any) -> str | None:
    """Why an approval counts no more; None: it does, or would, if nobody had decided otherwise since."""
    if decision in counting_approvals(dossier.asset.sha256, dossier.round, dossier.decisions, now):
        return None
    return why_void(decision, dossier.asset.sha256, dossier.round, now)


def _first_id(assets: Sequence[Asset]) -> str | None:
    return assets[0].id if assets else None
