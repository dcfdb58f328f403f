"""JPEG, WebP and AVIF as small as they may be: each searched for in the way that costs its encoder the least time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from PIL import Image

from colophon.confined import codecs
from colophon.confined.memo import Memo
from colophon.confined.search import Aim, Candidate, Scale, best_of, search
from colophon.confined.similarity import Likeness

# The encoders' own numbers, which differ, with the points that pictures have at them in the mean of ten pictures at two
# sizes (drawings, photographs, noise, flat shapes). Below the least, a file is not worth showing; above the most, it
# only grows (WebP: above 90 libwebp 1.6.0 now and then draws hard colour edges worse than below).
SCALES = {
    "jpg": Scale(
        30, 95, ((30, 66.4), (45, 70.6), (60, 73.4), (70, 75.7), (80, 79.1), (87, 81.5), (95, 85.0))
    ),
    "webp": Scale(
        25, 95, ((25, 63.4), (45, 67.9), (60, 70.3), (76, 72.8), (84, 76.7), (90, 80.8), (95, 83.7)), stretch=1.2
    ),
    "avif": Scale(
        20, 90, ((20, 63.8), (35, 69.8), (50, 76.7), (58, 78.7), (70, 81.1), (80, 83), (90, 85.2)), fine=1, stretch=1.5
    ),
}  # fmt: skip
_FLAT = 45  # JPEG: below it flat colours are off by more than is seen side by side, to which the likeness is blind
_WORTH = 2  # JPEG: points that full colour usually adds at equal quality
_LAG = 1.5  # AVIF: points of the usual curve that speed 6 gains on speed 9, ...
_GRAINY = 82  # ... and nothing where this quality is needed: such a picture is full of noise, a point is 40 % of it
_SPEED, _REHEARSAL = 6, 9
_FULL_COLOUR = 78  # AVIF: floor from which on full colour is nearly always smaller, by 8 % in the middle
_CLOSE = 1.05  # quickly packed files of two resolutions of colour that differ by less may change places
SLACK = 1.0  # points above the floor at which another try would gain little
_SHORT = 0.5  # where the floor cannot be reached: points below the best that may be had
_EXACT = 0.5  # the same where tries cost next to nothing


@dataclass(frozen=True, slots=True)
class Workpiece:
    """A picture to encode, the ruler for its copies, the XMP packet, and what was made of it before."""

    picture: Image.Image
    likeness: Likeness
    xmp: bytes
    memo: Memo


def smallest(piece: Workpiece, form: str, aim: Aim) -> tuple[Candidate, int]:
    """The smallest file that looks as asked within the budget; else the best within it; else, over it, the least.
    With it, how many files with its settings the search looked at."""
    if form == "jpg":
        return _jpeg(piece, aim)
    if form == "webp":
        trials = _Trials(piece, form, "final", lambda quality: codecs.webp(piece.picture, quality, piece.xmp))
        return _searched(trials, aim), len(trials.made)
    return _avif(piece, aim)


class _Trials:
    """Files of one picture by quality, none made twice; ``settings`` are all else that decides them. ``known`` are
    likenesses that need no measuring again."""

    def __init__(
        self,
        piece: Workpiece,
        form: str,
        settings: str,
        encode: Callable[[int], bytes],
        known: "_Trials | None" = None,
    ) -> None:
        self._piece, self.form, self._settings, self._encode, self._known = piece, form, settings, encode, known
        self.made: dict[int, Candidate] = {}

    def __call__(self, quality: int) -> Candidate:
        if quality not in self.made:
            key = (self.form, self._settings, self._piece.xmp, quality)
            self.made[quality] = self._piece.memo.get(key, lambda: self._candidate(quality))
        return self.made[quality]

    def _candidate(self, quality: int) -> Candidate:
        content = self._encode(quality)
        return Candidate(quality, content, self._points(quality, content))

    def _points(self, quality: int, content: bytes) -> float:
        if self._known is None:
            return self._piece.likeness.of(content, codecs.NAMES[self.form])
        return self._known(quality).similarity


def _searched(
    trials: _Trials,
    aim: Aim,
    first: int | None = None,
    *,
    least: int | None = None,
    hopeless: Callable[[Candidate], bool] = lambda one: False,
) -> Candidate:
    """Where even the most quality does not look as asked, some of what is missing cannot be had in this format; nor
    are its last bytes spent on trying."""
    scale = SCALES[trials.form]
    if least is not None:
        scale = replace(scale, least=least)
    best = search(trials, scale, aim, first, hopeless)
    if scale.most not in trials.made or aim.met(best) or not aim.fits(best):
        return best
    return search(trials, scale, replace(aim, floor=best.similarity - _SHORT), best.quality)


def _jpeg(piece: Workpiece, aim: Aim) -> tuple[Candidate, int]:
    """What a JPEG looks like does not depend on how its numbers are packed: qualities are found with quickly packed
    files, and only the results are packed well. A budget too tight for them needs a second search."""
    picture, xmp = piece.picture, piece.xmp
    quick = _by_colour(piece, "jpg", "quick", lambda quality, colour: codecs.jpeg_quick(picture, quality, colour))
    packed = _by_colour(
        piece, "jpg", "final", lambda quality, colour: codecs.jpeg(picture, quality, colour, xmp), quick
    )
    scale, free = SCALES["jpg"], Aim(aim.floor, None, _EXACT)
    half = _searched(quick[codecs.HALF], free, least=_FLAT)
    found = [packed[codecs.HALF](half.quality)]
    if (lacking := scale.points(half.quality) - half.similarity) > 0:  # harder than usual: colour may be why
        full = _searched(
            quick[codecs.FULL],
            free,
            scale.quality(aim.floor + lacking - _WORTH),
            least=_FLAT,
            hopeless=lambda one: free.met(half) and not free.met(one) and one.size >= half.size * _CLOSE,
        )
        if free.better(full, half) or full.size < half.size * _CLOSE:
            found.append(packed[codecs.FULL](full.quality))
    best = best_of(found, aim)
    if not aim.fits(best):
        best = best_of([_searched(trials, aim, best.quality) for trials in packed.values()], aim)
    return best, sum(len(trials.made) for trials in packed.values())


def _avif(piece: Workpiece, aim: Aim) -> tuple[Candidate, int]:
    """Speed 9 takes a fifth of the time of speed 6 and looks a little worse at equal quality: it says with which
    resolution of colour the slow encoder is to begin, and where."""
    picture, xmp = piece.picture, piece.xmp
    quick = _by_colour(
        piece, "avif", "quick", lambda quality, colour: codecs.avif(picture, quality, colour, b"", _REHEARSAL)
    )
    final = _by_colour(
        piece, "avif", "final", lambda quality, colour: codecs.avif(picture, quality, colour, xmp, _SPEED)
    )
    scale, colour, near = SCALES["avif"], codecs.FULL, replace(aim, slack=_EXACT)
    rehearsed = _searched(quick[codecs.HALF], near) if aim.floor < _FULL_COLOUR else None
    if rehearsed is not None and aim.fits(rehearsed) and aim.met(rehearsed):
        colour = codecs.HALF
    else:
        rehearsed = _searched(quick[codecs.FULL], near)
    lag = _LAG if rehearsed.quality < _GRAINY else 0
    first = scale.quality(scale.points(rehearsed.quality) - lag)
    return _searched(final[colour], aim, first), len(final[colour].made)


def _by_colour(
    piece: Workpiece,
    form: str,
    settings: str,
    encode: Callable[[int, str], bytes],
    known: Mapping[str, _Trials] | None = None,
) -> dict[str, _Trials]:
    """By resolution of colour."""

    def trials(colour: str) -> _Trials:
        said = f"{settings} {colour}"
        return _Trials(piece, form, said, lambda quality: encode(quality, colour), known[colour] if known else None)

    return {colour: trials(colour) for colour in (codecs.HALF, codecs.FULL)}
