"""A person's focal point for an asset, which wins over the brief's and over what was found in the picture."""

import re

from colophon.domain.asset import Asset
from colophon.domain.identity import new_id
from colophon.domain.subject import FocusChoice, Point, Spot
from colophon.errors import InvalidInput
from colophon.ports import Assets, Clock
from colophon.services.recheck import Examiner, Rechecked, check_again
from colophon.services.review import check_name

_PIXELS = re.compile(r"[0-9]{1,9}")
_FRACTION = re.compile(r"[0-9]{0,3}\.[0-9]{1,12}")


def choose_focus(asset_id: str, place: tuple[str, str] | None, *, by: str, assets: Assets, clock: Clock) -> Asset:
    """Record where ``by`` says the focal point is: both numbers with a decimal point are fractions of width and height,
    both without are pixels; None takes back what was said. What stands already is not recorded twice.

    Raises `NotFound`, and `InvalidInput` for a point outside of the picture or without a name.
    """
    asset, by = assets.get(asset_id), check_name(by)
    point = _point(asset, *place) if place else None
    if point != asset.focus:
        now = clock.now()
        assets.focus(FocusChoice(new_id("foc", now), asset_id, point, by, now))
    return assets.get(asset_id)


def choose_and_judge(
    asset_id: str, place: tuple[str, str] | None, *, by: str, examiner: Examiner, assets: Assets
) -> tuple[Asset, Rechecked | None]:
    """The same, and where that changes the crops that copy is laid on, the asset is checked again: what was found of
    its old crops says nothing of the new ones. None: nothing was to be judged. Raises what `choose_focus` does, and
    `StoreUnavailable`."""
    before = assets.get(asset_id)
    asset = choose_focus(asset_id, place, by=by, assets=assets, clock=examiner.clock)
    asked = examiner.bench_of(asset).asked if asset.focus != before.focus else None
    if asked is None or asked.copy_side is None:
        return asset, None
    [judged] = check_again([asset], examiner=examiner)
    return assets.get(asset_id), judged


def _point(asset: Asset, x: str, y: str) -> Point:
    width, height = asset.facts.width, asset.facts.height
    if _PIXELS.fullmatch(x) and _PIXELS.fullmatch(y):
        point = Point(int(x), int(y))
    elif _FRACTION.fullmatch(x) and _FRACTION.fullmatch(y):
        spot = Spot(float(x), float(y))
        point = spot.on(width, height) if max(spot.x, spot.y) <= 1 else Point(width, height)
    else:
        raise InvalidInput(f"{x[:40]!r} {y[:40]!r} is no place on a picture", where="X Y", hint=_ways(width, height))
    if not point.inside(width, height):
        raise InvalidInput(f"{x} {y} lies outside of the picture", where="X Y", hint=_ways(width, height))
    return point


def _ways(width: int, height: int) -> str:
    return f"two fractions 0.0 to 1.0, or pixels: 0 to {width - 1} and 0 to {height - 1}"
