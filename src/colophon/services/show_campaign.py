"""One campaign as its page shows it: always a bounded part of its pictures, and problems with what to do about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from colophon.domain.asset import Asset, AssetState
from colophon.domain.board import CampaignCounts
from colophon.domain.gate import Dossier
from colophon.domain.generation import GenerationState
from colophon.domain.record import LedgerTotal, Progress, Publication
from colophon.ports import Catalog
from colophon.services.current import wanted_of_campaign
from colophon.services.discretion import Discretion

PAGE = 48
_MOST_PROBLEMS = 10
_LOOKED_THROUGH = 200  # pictures of a campaign up to which missing files are told on its page

View = dict[str, Any]
T = TypeVar("T")

_WHAT_TO_DO = {
    GenerationState.REFUSED: "The policy of the vendor said no. Word the visual in another way, or leave out the "
    "reference, and register a new revision: the same order is not placed again.",
    GenerationState.REJECTED: "A check said no to what came, or it was no picture. Its asset shows the findings; "
    "another seed or wording in a new revision orders another one.",
    GenerationState.FAILED: "It broke at the vendor and is not ordered again by itself. Another seed in a new revision "
    "orders another one.",
    GenerationState.UNKNOWN: "An order went out and no answer is on record, so it may have been bought and its money "
    "stays reserved. `colophon unknown` shows what is known, `colophon resolve` settles it.",
}
_GOES_ON = "It is tried again as long as the campaign runs."
_LOOK = "Somebody has to look at it and decide."


@dataclass(frozen=True, slots=True)
class Trouble:
    """One problem in words. ``asset`` and ``generation`` name the picture where there is one."""

    state: str
    message: str
    advice: str
    visual: str | None = None
    asset: str | None = None
    generation: str | None = None


@dataclass(slots=True)
class Troubles:
    """``more``: of some kind there are more than are ``shown``."""

    shown: list[Trouble]
    more: bool = False

    def first(self, found: Sequence[T]) -> Sequence[T]:
        """Of what was found of one kind that which is shown."""
        self.more = self.more or len(found) > _MOST_PROBLEMS
        return found[:_MOST_PROBLEMS]


def live_view(campaign: str, *, after: int = -1, catalog: Catalog, discretion: Discretion) -> View:
    """What moves while a campaign runs. Raises `NotFound`."""
    counts = catalog.boards.counts(campaign)
    shown = catalog.boards.pictures(campaign, limit=PAGE + 1, after=after)
    told = troubles(campaign, counts, catalog=catalog)
    messages = discretion.view([each.message for each in told.shown])
    told.shown = [replace(each, message=message) for each, message in zip(told.shown, messages, strict=True)]
    return {
        "counts": counts,
        "money": money_by_basis(campaign, catalog=catalog),
        "pictures": shown[:PAGE],
        "cursor": shown[PAGE - 1][0] if len(shown) > PAGE else None,
        "troubles": told,
    }


def money_by_basis(campaign: str, *, catalog: Catalog) -> LedgerTotal | None:
    """What is spent apart by how sure it is; None: nothing was ordered yet."""
    totals = catalog.orders.totals(campaign, by=())
    return totals[0] if totals else None


def troubles(campaign: str, counts: CampaignCounts, *, catalog: Catalog) -> Troubles:
    """Up to ten of each kind, the dearest first: money, what is public and should not be, pictures, files."""
    spending, boards, one_more = counts.spending, catalog.boards, _MOST_PROBLEMS + 1
    found = Troubles([])
    if spending.spent > spending.cap:
        message = f"{spending.spent} of {spending.cap} {spending.cap.currency} is spent"
        advice = (
            "A vendor charged more than its rules give; it is booked as it is. Nothing more is ordered under this cap."
        )
        found.shown.append(Trouble("over_cap", message, advice))
    if counts.public:  # of any revision: what was rejected must not be public, whatever is planned now
        public = catalog.publications.public_though_rejected(campaign, limit=one_more)
        found.shown += [_public_though_rejected(*each) for each in found.first(public)]
    found.shown += [_of_generation(each) for each in found.first(boards.troubled(campaign, limit=one_more))]
    rejected = found.first(boards.in_state(campaign, AssetState.REJECTED, limit=one_more))
    held = found.first(boards.in_state(campaign, AssetState.HELD, limit=one_more))
    dossiers = catalog.reviews.dossiers([*rejected, *held])
    found.shown += _rejected_by_people(rejected, dossiers)
    found.shown += _held(held, dossiers)
    if counts.settled and counts.pictures <= _LOOKED_THROUGH:
        found.shown += found.first(_not_made(campaign, catalog))
    return found


def _of_generation(progress: Progress) -> Trouble:
    return Trouble(
        state=progress.state.value,
        message=progress.problem or "no reason is on record",
        advice=_WHAT_TO_DO.get(progress.state, _GOES_ON),
        visual=f"{progress.generation.visual} {progress.generation.variant}",
        asset=progress.asset_id,
        generation=progress.generation.id,
    )


def _held(held: Sequence[Asset], dossiers: Mapping[str, Dossier]) -> list[Trouble]:
    doubts = {name: dossier.round.doubts for name, dossier in dossiers.items()}
    return [
        Trouble(
            state=asset.state.value,
            message="; ".join(f"{d.check} {d.verdict.value}: {', '.join(d.reasons)}" for d in doubts.get(asset.id, ()))
            or "a check asks for a person",
            advice=_LOOK,
            visual=_named(asset),
            asset=asset.id,
        )
        for asset in held
    ]


def _rejected_by_people(rejected: Sequence[Asset], dossiers: Mapping[str, Dossier]) -> list[Trouble]:
    found = []
    for asset in rejected:
        if asset.id in dossiers and dossiers[asset.id].decisions:
            last = dossiers[asset.id].decisions[-1]
            message = f"rejected by {last.by}: {last.reason}"
            advice = "Another seed or wording in a new revision orders another one."
            found.append(Trouble("rejected", message, advice, visual=_named(asset), asset=asset.id))
    return found


def _public_though_rejected(asset: str, publication: Publication) -> Trouble:
    return Trouble(
        state="published",
        message=f"{publication.address} is public though its picture is rejected",
        advice="Take it down under Publications, or with `colophon unpublish`.",
        asset=asset,
    )


def _not_made(campaign: str, catalog: Catalog) -> list[Trouble]:
    """Files the newest revision wants of pictures that are here and not rejected."""
    made = {(file.asset, file.recipe) for file in catalog.assets.renditions_of_campaign(campaign)}
    usable = {a.id: a for a in catalog.assets.of_campaign(campaign) if a.state is not AssetState.REJECTED}
    found = []
    for asset, files in wanted_of_campaign(campaign, orders=catalog.orders, assets=catalog.assets).items():
        lacking = [file.placement for recipe, file in files.items() if (asset, recipe) not in made]
        if asset in usable and lacking:
            message = (
                f"{len(lacking)} file{'' if len(lacking) == 1 else 's'} not made: {', '.join(dict.fromkeys(lacking))}"
            )
            advice = "Running the campaign makes them, or says why not."
            found.append(Trouble("unfinished", message, advice, visual=_named(usable[asset]), asset=asset))
    return found


def _named(asset: Asset) -> str:
    return f"{asset.visual or 'picture'} {asset.variant or ''}".strip()
