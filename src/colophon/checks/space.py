"""Check "space": whether the parts of the picture that carry copy are calm enough for it."""

from collections.abc import Iterator

from colophon.checks.limits import worst
from colophon.checks.profiles import SpaceRules
from colophon.domain.asked import Asked
from colophon.domain.asset import Asset
from colophon.domain.brief import CopySpace
from colophon.domain.crop import Target, clear_of, crop_for
from colophon.domain.finding import Finding, Verdict
from colophon.domain.measures import Area, busy_share
from colophon.domain.recipe import kept_in_crops
from colophon.domain.subject import Box
from colophon.errors import CheckError
from colophon.ports import Candidate

_THIRD = 1 / 3
_MOST = 6  # areas named


class SpaceCheck:
    """review or fail, by limits of the profile: too much of the third that carries copy is busy, in the whole picture
    or in the crop of a placement with a safe area, of which only what the channel leaves uncovered counts. Crops are
    those that will be cut: around a person's focal point where there is one. ``score`` is the largest busy share (0 to
    1). Where no copy is laid on, nothing is looked at."""

    name = "space"
    version = "2"

    def __init__(self, rules: SpaceRules) -> None:
        self._rules = rules

    def __call__(self, candidate: Candidate) -> Finding:
        asked = candidate.asked
        if asked is None or asked.copy_side is None:
            why = "no copy is laid on it, so no space was looked for"
            return Finding(self.name, self.version, Verdict.PASS, reasons=(why,))
        measures = candidate.asset.facts.measures
        if measures is None:
            raise CheckError("how busy the picture is was not measured", reason="no_measures")
        found = {
            name: busy_share(measures, area, self._rules.busy)
            for name, area in _areas(asked, asked.copy_side, candidate.asset)
        }
        judged = {name: self._rules.share.verdict(share) for name, share in found.items()}
        named = [name for name, verdict in judged.items() if verdict is not Verdict.PASS]
        more = len(named) - _MOST
        return Finding(
            self.name,
            self.version,
            worst(*judged.values()),
            score=max(found.values()),
            reasons=(
                *(f"{found[name]:.0%} of {name} is busy, copy would be hard to read" for name in named[:_MOST]),
                *([f"and of {more} more placements"] if more > 0 else []),
            ),
            parameters={**self._rules.model_dump(mode="json"), "side": asked.copy_side},
        )


def _areas(asked: Asked, side: CopySpace, asset: Asset) -> Iterator[tuple[str, Area]]:
    """The third of the picture, and for each placement with a safe area that of its crop, by name."""
    facts = asset.facts
    whole = Box(0, 0, facts.width, facts.height)
    yield f"the {side} third", _fractions(_third(whole, side), asset)
    subject = kept_in_crops(asset, asked.focus)  # the crops that are judged are those that will be cut
    for name, target in asked.places:
        if target.safe is not None:
            crop = crop_for(facts.width, facts.height, target, subject)
            yield f"the {side} third of {name} within its safe area", _fractions(_clear(crop, target, side), asset)


def _clear(crop: Box, target: Target, side: CopySpace) -> Box:
    """The third of what the channel leaves uncovered: copy is laid out within that."""
    return _third(clear_of(crop, target), side)


def _third(box: Box, side: CopySpace) -> Box:
    across, down = max(1, round(box.width * _THIRD)), max(1, round(box.height * _THIRD))
    return {
        "top": Box(box.left, box.top, box.width, down),
        "bottom": Box(box.left, box.bottom - down, box.width, down),
        "left": Box(box.left, box.top, across, box.height),
        "right": Box(box.right - across, box.top, across, box.height),
    }[side]


def _fractions(box: Box, asset: Asset) -> Area:
    width, height = asset.facts.width, asset.facts.height
    return Area(box.left / width, box.top / height, box.right / width, box.bottom / height)
