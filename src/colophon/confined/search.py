"""The smallest file that looks as asked within a budget, found in few encodes."""

import functools
import itertools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

_MOST_TRIES = 5
_MOST_BELOW = 8  # where the budget ends below the floor, every point counts
_SIZE_PER_POINT = 0.04  # until two sizes are known: one point of quality changes the size by 4 %
_WORTH_A_TRY = 1.03  # at least this much lighter a file has to be possible for another encode
_ROUNDING = 1e-6  # so that a whole number stays itself
_SAME_SIZE = 0.01  # of files that differ by less, the better looking one
_NEAR_BUDGET = 0.97  # a file this close under its budget is as good as the next point would be


@dataclass(frozen=True, slots=True)
class Candidate:
    """One encode: the encoder's own number, the file, and how like the picture it came out (`similarity`)."""

    quality: int
    content: bytes
    similarity: float

    @property
    def size(self) -> int:
        return len(self.content)


@dataclass(frozen=True, slots=True)
class Aim:
    """What is looked for. ``slack``: how far above the floor, in its unit, is near enough to stop."""

    floor: float
    budget: int | None
    slack: float

    def met(self, one: Candidate) -> bool:
        return one.similarity >= self.floor

    def fits(self, one: Candidate) -> bool:
        return self.budget is None or one.size <= self.budget

    def better(self, one: Candidate, other: Candidate) -> bool:
        """What fits is better than what does not, what looks as asked than what does not, then the smaller file, or of
        two as large the better looking one; what does not look as asked is better for looking better."""
        ranks = [(self.fits(each), self.fits(each) and self.met(each)) for each in (one, other)]
        if ranks[0] != ranks[1]:
            return ranks[0] > ranks[1]
        if self.fits(one) and self.met(one) and abs(one.size - other.size) < other.size * _SAME_SIZE:
            return (one.similarity, one.quality) > (other.similarity, other.quality)
        return one.size < other.size if self.met(one) or not self.fits(one) else one.similarity > other.similarity

    def near(self, one: Candidate) -> bool:
        """There is no file much better than this one: it looks as asked and hardly better, or fills the budget."""
        if not self.fits(one):
            return False
        if self.met(one):
            return one.similarity <= self.floor + self.slack
        return self.budget is not None and one.size >= self.budget * _NEAR_BUDGET


@dataclass(frozen=True, slots=True)
class Scale:
    """An encoder's numbers: the least and the most that may be used, and the similarity that pictures usually have at
    some of them. One picture's curve is taken to be the usual one, shifted and stretched."""

    least: int
    most: int
    usual: tuple[tuple[float, float], ...]
    fine: int = 0
    """Qualities that differ by no more are hardly worth another encode."""
    stretch: float = 1.0
    """Until two files are known: how much steeper than the usual curve a picture's own is taken to be."""

    def points(self, quality: float) -> float:
        return _along(self.usual, quality)

    def quality(self, points: float) -> int:
        """The least that usually has as many points."""
        return math.ceil(_along(tuple((y, x) for x, y in self.usual), points) - _ROUNDING)


@dataclass(slots=True)
class _Border:
    """What is known of it: the best file below, the smallest from it on, and all encodes in the order made."""

    scale: Scale
    aim: Aim
    first: int | None = None
    under: Candidate | None = None
    over: Candidate | None = None
    made: list[Candidate] = field(default_factory=list)

    @property
    def low(self) -> int:
        return self.scale.least if self.under is None else self.under.quality + 1

    @property
    def high(self) -> int:
        return self.scale.most if self.over is None else self.over.quality - 1

    def add(self, one: Candidate) -> None:
        self.made.append(one)
        if self._beyond(one):
            self.over = one
        else:
            self.under = one

    @property
    def usable(self) -> Candidate | None:
        """The file to take if no more is tried; None while none fits."""
        return self.over if self.over is not None and self.aim.fits(self.over) else self.under

    @property
    def found(self) -> bool:
        if self.low > self.high:
            return True
        if (usable := self.usable) is None:
            return False
        near_enough = self.over is usable and (
            (self.under and usable.size <= self.under.size * _WORTH_A_TRY)
            or (self.aim.met(usable) and self.next() >= usable.quality - self.scale.fine)
        )
        most = _MOST_TRIES if self.aim.met(usable) else _MOST_BELOW
        return len(self.made) >= most or self.aim.near(usable) or bool(near_enough)

    def next(self) -> int:
        """The quality to try, by a straight line; halfway when the last two tries fell on the same side of it."""
        if self.under and self.over and self._beyond(self.made[-1]) == self._beyond(self.made[-2]):
            return (self.low + self.high) // 2
        quality = self._straight() if self.made else self._first()
        return min(max(quality, self.low), self.high)

    def _first(self) -> int:
        return self.first if self.first is not None else self.scale.quality(self.aim.floor + self.aim.slack / 2)

    def _beyond(self, one: Candidate) -> bool:
        return self.aim.met(one) or not self.aim.fits(one)

    def _straight(self) -> int:
        """Where the floor should be, or below it where the budget ends first."""
        last, stretch, growth = self.made[-1], self.scale.stretch, _SIZE_PER_POINT
        if len(self.made) > 1:
            ends = (self.under, self.over) if self.under and self.over else (self.made[-2], last)
            stretch, growth = self._slopes(*ends)
        wanted = []
        if stretch > 0:
            missing = self.aim.floor + self.aim.slack / 2 - last.similarity
            wanted.append(self.scale.quality(self.scale.points(last.quality) + missing / stretch))
        if self.aim.budget is not None and growth > 0:
            wanted.append(last.quality + math.floor(math.log(max(self.aim.budget, 1) / last.size) / growth))
        return min(wanted, default=last.quality + 1)

    def _slopes(self, one: Candidate, other: Candidate) -> tuple[float, float]:
        """Similarity for each point of the usual similarity, and logarithm of the size for each of quality."""
        usual = self.scale.points(other.quality) - self.scale.points(one.quality)
        growth = math.log(other.size / one.size) / (other.quality - one.quality)
        return (other.similarity - one.similarity) / usual, growth


def _along(line: tuple[tuple[float, float], ...], x: float) -> float:
    """On straight lines between the points, and on beyond both ends."""
    ends = itertools.pairwise(line)
    (x1, y1), (x2, y2) = next((pair for pair in ends if x <= pair[1][0]), line[-2:])
    return y1 + (y2 - y1) * (x - x1) / (x2 - x1)


def best_of(candidates: Iterable[Candidate], aim: Aim) -> Candidate:
    return functools.reduce(lambda best, one: one if aim.better(one, best) else best, candidates)


def search(
    make: Callable[[int], Candidate],
    scale: Scale,
    aim: Aim,
    first: int | None = None,
    hopeless: Callable[[Candidate], bool] = lambda one: False,
) -> Candidate:
    """The lowest quality that meets the floor, or nearly so; when that is over the budget, the highest that fits; when
    none fits, the least. ``first`` is tried first; None: where pictures usually meet the floor. It ends at once after
    a file of which ``hopeless`` says that no better one will be of use.

    Similarity and size are taken to grow with quality. Then there is one border: below it everything fits and looks
    worse than asked, from it on a file is good, or too large. Encoders break the rule now and then (WebP near its
    top), so the best of all that was made is returned."""
    border = _Border(scale, aim, first)
    while not border.found:
        border.add(one := make(border.next()))
        if hopeless(one):
            break
    return best_of(border.made, aim)
