"""Decisions on one picture or on many, each told by itself: what was decided, what is still missing, what failed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from colophon.domain.asset import Asset, AssetState
from colophon.domain.gate import counting_approvals
from colophon.errors import ColophonError, NotFound
from colophon.services.review import Desk, decide_asset

Action = Literal["approve", "reject"]
TakeDown = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one picture. ``state`` None: it is not there. ``problem``: why nothing was decided, or, where
    ``decided``, why what is public of it is not taken down yet. ``approvals`` of ``needed`` count now; ``taken_down``
    are renditions; ``name`` is what people know it by, empty where it is not there."""

    asset: str
    state: AssetState | None
    decided: bool
    name: str = ""
    problem: ColophonError | None = None
    approvals: int = 0
    needed: int = 0
    taken_down: tuple[str, ...] = ()

    @property
    def missing(self) -> int:
        return max(0, self.needed - self.approvals)


def decide_one(asset: str, action: Action, *, by: str, reason: str, desk: Desk, take_down: TakeDown) -> Told:
    """Decide as `colophon.services.review.decide_asset` does, and take down what is public of a picture that was
    rejected. Raises what deciding raises; the decision stands where taking down failed, and it is told."""
    decided = decide_asset(asset, action, by=by, reason=reason, desk=desk)
    if action == "approve":
        dossier = desk.reviews.dossier(asset)
        given = counting_approvals(dossier.asset.sha256, dossier.round, dossier.decisions, desk.clock.now())
        needed = dossier.decisions[-1].needed
        return Told(asset, decided.state, True, _name(decided), approvals=len(given), needed=needed)
    try:
        return Told(asset, decided.state, True, _name(decided), taken_down=tuple(take_down(asset)))
    except ColophonError as error:
        return Told(asset, decided.state, True, _name(decided), error)


def decide_each(
    assets: Sequence[str],
    action: Action,
    *,
    by: str,
    reason: str,
    desk: Desk,
    take_down: TakeDown,
    may: Callable[[str], bool],
) -> list[Told]:
    """Each by itself, in their order: one that cannot be decided keeps no other from it. ``may``: whether this person
    decides on pictures of a brand; of others they are told what of pictures that are not there."""
    return [_decide(asset, action, by, reason, desk, take_down, may) for asset in dict.fromkeys(assets)]


def _decide(
    asset: str,
    action: Action,
    by: str,
    reason: str,
    desk: Desk,
    take_down: TakeDown,
    may: Callable[[str], bool],
) -> Told:
    try:
        found = desk.assets.get(asset)
        if not may(desk.orders.campaign(found.campaign).brand if found.generation else ""):
            raise NotFound("not theirs to decide on")
    except NotFound:  # one text for both: what is told must not say which there are
        missing = NotFound(f"there is no asset {asset[:80]!r} here", where=asset[:80])
        return Told(asset, None, False, problem=missing)
    try:
        return decide_one(asset, action, by=by, reason=reason, desk=desk, take_down=take_down)
    except ColophonError as error:
        return Told(asset, found.state, False, _name(found), error)


def _name(asset: Asset) -> str:
    return f"{asset.visual} {asset.variant} of {asset.campaign}" if asset.visual else asset.id
