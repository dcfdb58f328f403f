"""Masters: the cheapest set of picture sizes from which all placements of a visual can be cut."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from colophon.domain.placement import Placement
from colophon.domain.rendition import crop_loss

# A search this long means an odd table; from here on the rest is served greedily. Counted in steps, not in
# seconds, so that the same brief always gives the same plan.
_MOST_STEPS = 20_000


@dataclass(frozen=True, slots=True)
class MasterLimits:
    """What a master may be. Multiples of 32 are legal at every known route; 4,000,000 pixels stay under "4 MP" in
    both readings of a megapixel. ``crop_loss`` is the share of a master that may be cut away for a placement;
    shapes more extreme than ``widest`` to 1 (leaderboards) lose more, since models draw such strips badly."""

    multiple: int = 32
    shortest_side: int = 512
    longest_side: int = 2560
    most_pixels: int = 4_000_000
    widest: float = 3.0
    crop_loss: float = 0.30


@dataclass(frozen=True, slots=True)
class Master:
    """A size to generate; ``serves`` are the keys of the placements cut from it."""

    width: int
    height: int
    serves: tuple[str, ...]

    @property
    def id(self) -> str:
        return f"{self.width}x{self.height}"


Cost = Callable[[int, int], int]
"""The price in micro-units of one picture of a width and height."""


class DoesNotFit(ValueError):
    """No legal master is large enough for this placement."""

    def __init__(self, placement: Placement, limits: MasterLimits) -> None:
        super().__init__(
            f"{placement.key} is {placement.width}x{placement.height}; no master of at most "
            f"{limits.most_pixels} pixels and {limits.longest_side} a side covers it without enlarging"
        )
        self.placement = placement


@dataclass(frozen=True, slots=True)
class _Size:
    width: int
    height: int
    cost: int
    serves: int  # one bit a placement


@dataclass(frozen=True, slots=True)
class _Cover:
    cost: int
    count: int
    sizes: tuple[_Size, ...]


def choose_masters(placements: Sequence[Placement], cost: Cost, limits: MasterLimits) -> tuple[Master, ...]:
    """The cheapest masters that serve all placements; among equals fewer, then those that cut away less.

    Raises `DoesNotFit`. Each placement is cut from exactly one master and never enlarged.
    """
    sizes = _legal_sizes(placements, cost, limits)
    chosen = _cheapest_cover(_undominated(sizes), (1 << len(placements)) - 1)
    return _assign(placements, chosen, sizes)


def _legal_sizes(placements: Sequence[Placement], cost: Cost, limits: MasterLimits) -> list[_Size]:
    sides = range(
        -(-limits.shortest_side // limits.multiple) * limits.multiple, limits.longest_side + 1, limits.multiple
    )
    pairs = [
        (w, h) for w in sides for h in sides if w * h <= limits.most_pixels and max(w, h) <= limits.widest * min(w, h)
    ]
    serves = dict.fromkeys(pairs, 0)
    for bit, placement in enumerate(placements):
        large_enough = [pair for pair in pairs if _covers(*pair, placement)]
        if not large_enough:
            raise DoesNotFit(placement, limits)
        losses = {pair: crop_loss(*pair, placement.width, placement.height) for pair in large_enough}
        allowed = max(limits.crop_loss, min(losses.values()) + 0.02)
        for pair, loss in losses.items():
            if loss <= allowed:
                serves[pair] |= 1 << bit
    return [_Size(w, h, cost(w, h), mask) for (w, h), mask in serves.items() if mask]


def _covers(width: int, height: int, placement: Placement) -> bool:
    """Then the largest rectangle of the placement's shape inside is at least the placement itself."""
    return width >= placement.width and height >= placement.height


def _undominated(sizes: Sequence[_Size]) -> list[_Size]:
    """One size for each useful set of placements: none that another serves as well for no more."""
    kept: list[_Size] = []
    for size in sorted(sizes, key=lambda s: (-s.serves.bit_count(), s.cost, s.width * s.height, s.width)):
        if not any(size.serves & ~other.serves == 0 and other.cost <= size.cost for other in kept):
            kept.append(size)
    return kept


def _cheapest_cover(sizes: Sequence[_Size], everything: int) -> list[_Size]:
    """Weighted set cover: the cheapest way to serve what is missing is one size and the cheapest way to serve the
    rest. It always branches on the placement with the fewest ways to serve it, and remembers every rest it solved."""
    ways = [[s for s in sizes if s.serves >> bit & 1] for bit in range(everything.bit_length())]
    by_fewest = sorted(range(len(ways)), key=lambda bit: (len(ways[bit]), bit))
    solved: dict[int, _Cover] = {0: _Cover(0, 0, ())}

    def solve(missing: int) -> _Cover:
        if missing in solved:
            return solved[missing]
        if len(solved) > _MOST_STEPS:
            return _cover(_greedy_cover(sizes, missing))
        bit = next(bit for bit in by_fewest if missing >> bit & 1)
        choices = {s.serves & missing: s for s in sorted(ways[bit], key=lambda s: s.cost, reverse=True)}
        rests = ((size, solve(missing & ~served)) for served, size in choices.items())
        solved[missing] = min(
            (_Cover(rest.cost + size.cost, rest.count + 1, (size, *rest.sizes)) for size, rest in rests),
            key=lambda cover: (cover.cost, cover.count),
        )
        return solved[missing]

    return list(solve(everything).sizes)


def _cover(sizes: Sequence[_Size]) -> _Cover:
    return _Cover(sum(size.cost for size in sizes), len(sizes), tuple(sizes))


def _greedy_cover(sizes: Sequence[_Size], everything: int) -> list[_Size]:
    picked: list[_Size] = []
    missing = everything
    while missing:
        size = min(sizes, key=lambda s: (s.cost + 1) / max(0.5, (s.serves & missing).bit_count()))
        picked.append(size)
        missing &= ~size.serves
    return picked


def _assign(placements: Sequence[Placement], chosen: Sequence[_Size], sizes: Sequence[_Size]) -> tuple[Master, ...]:
    """Each placement to the chosen master that cuts least; then the size, at that price, that suits them best."""
    served: list[list[int]] = [[] for _ in chosen]
    for bit, placement in enumerate(placements):
        able = [i for i, size in enumerate(chosen) if size.serves >> bit & 1]
        served[min(able, key=lambda i: (_loss(chosen[i], placement), chosen[i].width, i))].append(bit)
    serves: dict[tuple[int, int], tuple[str, ...]] = {}
    for size, bits in zip(chosen, served, strict=True):
        if bits:
            mine = [placements[bit] for bit in bits]
            better = _best_size(size, mine, sum(1 << bit for bit in bits), sizes)
            pair = (better.width, better.height)
            serves[pair] = (*serves.get(pair, ()), *(p.key for p in mine))
    return tuple(Master(*pair, serves[pair]) for pair in sorted(serves))


def _best_size(size: _Size, served: Sequence[Placement], mask: int, sizes: Sequence[_Size]) -> _Size:
    able = [s for s in sizes if s.serves & mask == mask and s.cost <= size.cost]
    return min(able, key=lambda s: (round(sum(_loss(s, p) for p in served), 3), s.width * s.height, s.width))


def _loss(size: _Size, placement: Placement) -> float:
    return crop_loss(size.width, size.height, placement.width, placement.height)
