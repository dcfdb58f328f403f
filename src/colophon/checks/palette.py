"""Check "palette": how much of the picture is in the brand's colours, and how much in colours foreign to them."""

from collections.abc import Sequence
from dataclasses import dataclass

from colophon.checks.limits import worst
from colophon.checks.profiles import PaletteRules
from colophon.domain.brand import Colour
from colophon.domain.colour import chroma, difference, hex_of_lab, lab_of_hex
from colophon.domain.finding import Finding, Verdict
from colophon.domain.measures import ColourArea
from colophon.domain.sketch import Colours
from colophon.errors import CheckError
from colophon.ports import Candidate

_NAMED = 5  # foreign colours named in the reasons


@dataclass(frozen=True, slots=True)
class _Match:
    """A colour of the picture beside the brand colour nearest to it. ``brand``: within that one's tolerance.
    ``foreign``: no grey, and no brand colour is near, even in another light."""

    area: ColourArea
    nearest: Colour
    delta_e: float
    brand: bool
    foreign: bool


class PaletteCheck:
    """review or fail: too much of the area in foreign colours, or too little in the brand's. A colour is the brand's
    within the tolerance of one of its colours (CIEDE2000); foreign from ``foreign_delta_e`` on, with lightness counted
    less, since light and shadow are no other colours; greys are neither. ``score`` is the foreign share of the area."""

    name = "palette"
    version = "1"

    def __init__(self, rules: PaletteRules) -> None:
        self._rules = rules

    def __call__(self, candidate: Candidate) -> Finding:
        palette = candidate.asked.palette if candidate.asked else ()
        if not palette:
            why = "no palette was asked for, so no colour was judged"
            return Finding(self.name, self.version, Verdict.PASS, reasons=(why,))
        matches = [self._match(area, palette) for area in _areas(candidate)]
        foreign = sum(match.area.share for match in matches if match.foreign)
        brand = sum(match.area.share for match in matches if match.brand)
        return Finding(
            self.name,
            self.version,
            worst(self._rules.foreign.verdict(foreign), self._rules.brand.verdict(brand)),
            score=round(foreign, 4),
            reasons=(_told(matches, palette, brand), *self._strangers(matches, foreign)),
            parameters={
                **self._rules.model_dump(mode="json"),
                "palette": [colour.model_dump(mode="json") for colour in palette],
            },
            sketch=Colours(
                "colours foreign to the brand, hatched; all else is grey",
                tuple(match.area.lab for match in matches if match.foreign),
                tuple(match.area.lab for match in matches if not match.foreign),
            )
            if foreign
            else None,
        )

    def _match(self, area: ColourArea, palette: Sequence[Colour]) -> _Match:
        plain = {colour: difference(area.lab, lab_of_hex(colour.hex)) for colour in palette}
        within = [colour for colour in palette if plain[colour] <= colour.tolerance]
        if within:
            nearest = min(within, key=lambda colour: plain[colour])
            return _Match(area, nearest, plain[nearest], brand=True, foreign=False)
        shaded = {c: difference(area.lab, lab_of_hex(c.hex), self._rules.lightness_factor) for c in palette}
        nearest = min(palette, key=lambda colour: shaded[colour])
        far = shaded[nearest] >= self._rules.foreign_delta_e and chroma(area.lab) >= self._rules.neutral_chroma
        return _Match(area, nearest, shaded[nearest], brand=False, foreign=far)

    def _strangers(self, matches: Sequence[_Match], foreign: float) -> list[str]:
        note = "noted: " if self._rules.foreign.verdict(foreign) is Verdict.PASS else ""
        named = [match for match in matches if match.foreign and match.area.share >= self._rules.smallest_share]
        more = len(named) - _NAMED
        said = [f"{note}{self._said(match)}" for match in named[:_NAMED]]
        return [*said, f"{note}and {more} more foreign colours"] if more > 0 else said

    def _said(self, match: _Match) -> str:
        counted = f", lightness counted 1/{self._rules.lightness_factor:g}" if self._rules.lightness_factor != 1 else ""
        return (
            f"{hex_of_lab(match.area.lab)} covers {match.area.share:.0%} of the area and is foreign: the nearest brand "
            f"colour is {match.nearest.name} {match.nearest.hex.upper()}, delta E {match.delta_e:.1f}{counted}"
        )


def _areas(candidate: Candidate) -> Sequence[ColourArea]:
    measures = candidate.asset.facts.measures
    if measures is None:
        raise CheckError("the colours of this picture were not measured", reason="not_measured")
    return measures.colours


def _told(matches: Sequence[_Match], palette: Sequence[Colour], brand: float) -> str:
    """What of the area is in which brand colour, the brand's order kept."""
    shares = {colour: sum(m.area.share for m in matches if m.brand and m.nearest == colour) for colour in palette}
    each = ", ".join(f"{colour.name} {colour.hex.upper()} {share:.0%}" for colour, share in shares.items())
    return f"{brand:.0%} of the area is in the brand's colours ({each})"
