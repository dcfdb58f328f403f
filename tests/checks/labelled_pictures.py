"""Pictures that say what is right or wrong with them, drawn here: the sets by which the checks' limits are measured."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from PIL import Image

from colophon.domain.brief import Colour
from colophon.sandbox.draw import draw

SIDE = 384
PALETTES = {
    "northwind": {"sage": "#8A9E87", "linen": "#EEE8DE", "oak": "#B48A5E", "rust": "#B5583A"},
    "harbour": {"harbour blue": "#2B577A", "lime white": "#F6F2E9", "buoy orange": "#C96A42"},
    "orchid": {"orchid": "#B03A8C", "violet": "#5B3A8E", "mist": "#F1E9F5"},
    "citrus": {"lemon": "#E3C62F", "leaf": "#4E8F3A", "cream": "#FAF6E6"},
}
SCENES = (
    "A mug and a bottle on a kitchen table",
    "A wide valley with mountains under a clear sky",
    "A hotel front with windows and a door",
    "A bouquet of leaves and flowers",
)


@dataclass(frozen=True)
class Score:
    """How often a check that looks for something wrong is right: of what it flags, and of what is wrong."""

    precision: float
    recall: float
    right: int
    wrong: int

    def __str__(self) -> str:
        return f"precision {self.precision:.2f}, recall {self.recall:.2f} ({self.wrong} wrong, {self.right} right)"


def score(judged: Iterable[tuple[bool, bool]]) -> Score:
    """Of pairs (is wrong, was flagged)."""
    pairs = list(judged)
    hits = sum(wrong and flagged for wrong, flagged in pairs)
    flagged = sum(flagged for _, flagged in pairs)
    wrong = sum(wrong for wrong, _ in pairs)
    return Score(hits / flagged if flagged else 1.0, hits / wrong if wrong else 1.0, len(pairs) - wrong, wrong)


def palette(brand: str) -> tuple[Colour, ...]:
    return tuple(Colour(name=name, hex=text, tolerance=8) for name, text in PALETTES[brand].items())


def branded(seeds: Sequence[int] = (3, 4)) -> Iterator[tuple[str, Image.Image]]:
    """Scenes drawn in the colours of each brand, as its prompts ask for them. The shipped limits were chosen on the
    seeds 1 and 2; these are others."""
    for brand, colours in PALETTES.items():
        asked = ", ".join(f"{name} (hex {text})" for name, text in colours.items())
        for number, scene in enumerate(SCENES):
            for seed in seeds:
                yield brand, draw(f"{scene}. Colours: {asked}.", 100 * number + seed, SIDE, SIDE)
