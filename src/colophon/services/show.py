"""Campaigns as plain data for people's tables and for scripts: the JSON members the contract names."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from colophon.domain.asset import Asset
from colophon.domain.board import CampaignFilter, CampaignLine
from colophon.domain.gate import Dossier, counting_approvals
from colophon.domain.judgement import Decision
from colophon.domain.people import synthetic_person_word
from colophon.ports import Catalog, Reviews
from colophon.services.show_review import comments_view
from colophon.services.times import time_text

View = dict[str, Any]
Address = Callable[[str], str]

_PART = 500


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
            "doubts": "; ".join(doubts_of(dossier)),
            "approved_by": [approval.by for approval in _approvals(dossier, now)],
            "comments": comments_view(comments.get(asset.id, ())),
            "synthetic_person": synthetic_person_word(dossier.round.findings),
        }
        for asset in assets
        if (dossier := dossiers.get(asset.id))
    ]


def doubts_of(dossier: Dossier) -> list[str]:
    doubts = dossier.round.doubts
    return [f"{doubt.check} {doubt.verdict.value}: {', '.join(doubt.reasons)}" for doubt in doubts]


def _approvals(dossier: Dossier, now: datetime) -> Sequence[Decision]:
    """Those that count, of an asset that needs more."""
    return counting_approvals(dossier.asset.sha256, dossier.round, dossier.decisions, now)
