"""Where a campaign stands as plain data, a part of its pictures at a time: the members the contract names."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from colophon.domain.asset import Asset, AssetState
from colophon.domain.board import ENDED_BADLY, CampaignCounts
from colophon.domain.gate import Dossier
from colophon.domain.record import Attempt, Progress, Publication, Spending
from colophon.domain.rendition import PlannedRendition
from colophon.ports import Catalog
from colophon.services.current import wanted_of_pictures
from colophon.services.show import doubts_of
from colophon.services.show_asset import attempts_view, rendition_view

View = dict[str, Any]
Address = Callable[[str], str]

_PART = 500
MOST_PUBLIC = 500  # files that are public though rejected, of which each is told
_LISTS = ("generations", "assets", "renditions", "problems")
_LOOKED_AFTER = (AssetState.HELD, AssetState.REJECTED)


def campaign_view(campaign: str, *, catalog: Catalog, address: Address) -> View:
    """All of it, read in parts. ``address`` turns a digest into the place its bytes are stored at. Raises
    `NotFound`."""
    view = campaign_page(campaign, limit=_PART, catalog=catalog, address=address)
    while view["next_cursor"] is not None:
        part = campaign_page(campaign, limit=_PART, after=int(view["next_cursor"]), catalog=catalog, address=address)
        view |= {name: view[name] + part[name] for name in _LISTS} | {"next_cursor": part["next_cursor"]}
    view["assets"].sort(key=lambda each: each["id"])
    view["renditions"].sort(key=lambda each: (each["asset_id"], each["id"]))
    del view["next_cursor"]
    return view


def campaign_page(campaign: str, *, limit: int, after: int = -1, catalog: Catalog, address: Address) -> View:
    """``limit`` of its wanted generations, in the plan's order, with what became of them and their problems; sums are
    of the whole campaign, and its own problems are with the first part. ``after``: where the part before ended. Raises
    `NotFound`."""
    record, counts = catalog.orders.campaign(campaign), catalog.boards.counts(campaign)
    found = catalog.boards.pictures(campaign, limit=limit + 1, after=after)
    shown = found[:limit]
    wanted = [progress for _, progress, _ in shown]
    pictures = [(progress, asset) for _, progress, asset in shown if asset is not None]
    assets = [asset for _, asset in pictures]
    spending = counts.spending
    tried = _tried(wanted, catalog)
    files = _Files(campaign, pictures, catalog)
    return {
        "campaign": record.slug,
        "title": record.title,
        "revision": record.revision,
        "state": counts.state.value,
        "counts": _counts(counts),
        "generations": [_generation(p) | tried.get(p.generation.id, {}) for p in wanted],
        "assets": [
            {"id": a.id, "state": a.state.value, "visual": a.visual, "variant": a.variant, "sha256": a.sha256}
            for a in assets
        ],
        "renditions": files.views(address),
        "cost": {
            "spent": str(spending.spent),
            "reserved": str(spending.reserved),
            "cap": str(spending.cap),
            "currency": spending.cap.currency,
        },
        "problems": [
            *(_of_the_whole(campaign, spending, catalog) if after < 0 else ()),
            *_generation_problems(wanted),
            *_dearer_than_said(wanted),
            *_looked_after(assets, catalog),
            *files.not_made(),
        ],
        "next_cursor": str(shown[-1][0]) if len(found) > limit else None,
    }


class _Files:
    """The files of some pictures: those on record, and those that are wanted now."""

    def __init__(self, campaign: str, pictures: Sequence[tuple[Progress, Asset]], catalog: Catalog) -> None:
        self._assets = {asset.id: asset for _, asset in pictures}
        self._made = catalog.assets.renditions_of(list(self._assets))
        self._wanted = wanted_of_pictures(campaign, pictures, orders=catalog.orders) if pictures else {}
        self._public = {each.rendition for _, each in catalog.publications.public_of(list(self._assets))}

    def views(self, address: Address) -> list[View]:
        return [
            rendition_view(each, self._assets[each.asset].state, each.id in self._public, address)
            for each in self._made
            if each.recipe in self._wanted[each.asset]
        ]

    def not_made(self) -> list[View]:
        """Files the newest revision wants of an asset that has some of them already: the run that made those could not
        make these, and the next one says why again."""
        made: dict[str, set[str]] = {}
        for each in self._made:
            made.setdefault(each.asset, set()).add(each.recipe)
        return [
            _problem(
                "rendition_not_made",
                f"{_named(file)} is not made; `colophon run` makes it or says why not",
                asset.id,
                asset.state.value,
            )
            for asset in self._assets.values()
            if asset.state is not AssetState.REJECTED and made.get(asset.id)
            for recipe, file in self._wanted[asset.id].items()
            if recipe not in made[asset.id]
        ]


def _counts(counts: CampaignCounts) -> View:
    return {
        "generations": {state.value: number for state, number in counts.generations.items()},
        "assets": {state.value: number for state, number in counts.assets.items()},
        "files": counts.files,
        "public": counts.public,
    }


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


def _tried(wanted: Sequence[Progress], catalog: Catalog) -> dict[str, View]:
    """The attempts of generations that had more than one, by generation; asked for once, however many there are."""
    found: dict[str, list[Attempt]] = {}
    again = [p.generation.id for p in wanted if p.attempt > 1]
    for attempt in catalog.orders.retried(again) if again else ():
        found.setdefault(attempt.generation, []).append(attempt)
    return {generation: {"tried": attempts_view(attempts)} for generation, attempts in found.items()}


def _of_the_whole(campaign: str, spending: Spending, catalog: Catalog) -> Iterator[View]:
    """What stops it, what it cost too much, and what is public that must not be, of any revision."""
    for halt in catalog.halts.active(campaign):
        yield _problem("halted", str(halt), halt.scope, "halted")
    if spending.spent > spending.cap:
        message = f"{spending.spent} of {spending.cap} {spending.cap.currency} is spent"
        yield _problem("over_cap", message, "budget.cap", "over_cap")
    public = catalog.publications.public_though_rejected(campaign, limit=MOST_PUBLIC + 1)
    for asset, publication in public[:MOST_PUBLIC]:
        yield _public_though_rejected(asset, publication)
    if len(public) > MOST_PUBLIC:
        many = f"more than {MOST_PUBLIC} files are public though rejected"
        message = f"{many}; the others are listed once these are taken down"
        yield _problem("published_but_rejected", message, campaign, "published")


def _public_though_rejected(asset: str, publication: Publication) -> View:
    message = (
        f"{publication.address} is public though its asset {asset} is rejected; "
        f"`colophon unpublish {publication.rendition}` takes it down"
    )
    return _problem("published_but_rejected", message, publication.rendition, "published")


def _generation_problems(wanted: Sequence[Progress]) -> list[View]:
    return [
        _problem(p.problem_code or p.state.value, p.problem or "no reason is on record", p.generation.id, p.state.value)
        for p in wanted
        if p.state in ENDED_BADLY or (p.problem and not p.state.settled)
    ]


def _dearer_than_said(wanted: Sequence[Progress]) -> list[View]:
    """Vendors may charge more than their published rules give; it is booked as it is, and said."""
    return [
        _problem(
            "over_estimate",
            f"{p.cost} {p.cost.currency} ({basis.value}), estimated at {p.generation.cost.high} at most",
            p.generation.id,
            p.state.value,
        )
        for p in wanted
        if p.cost and (basis := p.cost_basis) and p.cost > p.generation.cost.high
    ]


def _looked_after(assets: Sequence[Asset], catalog: Catalog) -> list[View]:
    """What a person has to look at, and what was rejected; assets that only lack approval are no problem."""
    some = [asset for asset in assets if asset.state in _LOOKED_AFTER]
    dossiers = catalog.reviews.dossiers(some)
    return [*_waiting(some, dossiers), *_rejected_since(some, dossiers)]


def _waiting(assets: Sequence[Asset], dossiers: Mapping[str, Dossier]) -> Iterator[View]:
    for asset in assets:
        if asset.state is AssetState.HELD:
            doubts = doubts_of(dossiers[asset.id]) if asset.id in dossiers else ()
            message = "; ".join(doubts) or "a check asks for a person"
            yield _problem("waits_for_a_person", message, asset.id, asset.state.value)


def _rejected_since(assets: Sequence[Asset], dossiers: Mapping[str, Dossier]) -> Iterator[View]:
    """By people, and by the policy after another round of checks; what the first one rejected is told with its
    generation."""
    for asset in assets:
        if asset.state is AssetState.REJECTED and asset.id in dossiers and dossiers[asset.id].decisions:
            last = dossiers[asset.id].decisions[-1]
            message = f"rejected by {last.by}: {last.reason}"
            yield _problem(f"rejected_by_{last.actor}", message, asset.id, asset.state.value)


def _named(file: PlannedRendition) -> str:
    locale = f" in {file.locale}" if file.locale else ""
    return f"{file.placement} {file.format.value}{locale} of {file.visual}"


def _problem(code: str, message: str, where: str, state: str) -> View:
    return {"code": code, "message": message, "where": where, "state": state}
