"""JPEG, WebP and AVIF as small as they may be: each searched for in the way that costs its encoder the least time."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from PIL import Image

from colophon.confined import codecs
from colophon.confined.search import Aim, Candidate, Scale, best_of, search
from colophon.confined.similarity import Likeness

# The encoders' own numbers, which differ, with the points that pictures have at them in the mean of ten pictures at two
# sizes (drawings, photographs, noise, flat shapes). Below the least, a file is not worth showing; above the most, it
# only grows (WebP: above 90 libwebp 1.6.0 now and then draws hard colour edges worse than below).
SCALES = {
    "jpg": Scale(30, 95, ((30, 66.4), (45, 70.6), (60, 73.4), (70, 75.7), (80, 79.1), (87, 81.5), (95, 85.0))),
    "webp": Scale(25, 95, ((25, 63.4), (45, 67.9), (60, 70.3), (76, 72.8), (84, 76.7), (90, 80.8), (95, 83.7))),
    "avif": Scale(20, 90, ((20, 63.8), (35, 69.8), (50, 76.7), (58, 78.7), (70, 81.1), (80, 83.0), (90, 85.2)), fine=1),
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


def smallest(picture: Image.Image, likeness: Likeness, form: str, aim: Aim, xmp: bytes) -> tuple[Candidate, int]:
    """The smallest file that looks as asked within the budget; else the best within it; else, over it, the least.
    With it, how many files were encoded with its settings."""
    if form == "jpg":
        return _jpeg(picture, likeness, aim, xmp)
    if form == "webp":
        trials = _Trials(lambda quality: codecs.webp(picture, quality, xmp), likeness, form)
        return _searched(trials, aim), len(trials.made)
    return _avif(picture, likeness, aim, xmp)


class _Trials:
    """Files of one picture by quality, none made twice. ``known`` are likenesses that need no measuring again."""

    def __init__(
        self, encode: Callable[[int], bytes], likeness: Likeness, form: str, known: "_Trials | None" = None
    ) -> None:
        self._encode, self._likeness, self.form, self._known = encode, likeness, form, known
        self.made: dict[int, Candidate] = {}

    def __call__(self, quality: int) -> Candidate:
        if quality not in self.made:
            content = self._encode(quality)
            self.made[quality] = Candidate(quality, content, self._points(quality, content))
        return self.made[quality]

    def _points(self, quality: int, content: bytes) -> float:
        if self._known is None:
            return self._likeness.of(content, codecs.NAMES[self.form])
        return self._known(quality).similarity


def _searched(trials: _Trials, aim: Aim, first: int | None = None, *, least: int | None = None) -> Candidate:
    """Where even the most quality does not look as asked, some of what is missing cannot be had in this format; nor
    are its last bytes spent on trying."""
    scale = SCALES[trials.form]
    if least is not None:
        scale = replace(scale, least=least)
    best = search(trials, scale, aim, first)
    if scale.most not in trials.made or aim.met(best) or not aim.fits(best):
        return best
    return search(trials, scale, replace(aim, floor=best.similarity - _SHORT), best.quality)


def _jpeg(picture: Image.Image, likeness: Likeness, aim: Aim, xmp: bytes) -> tuple[Candidate, int]:
    """What a JPEG looks like does not depend on how its numbers are packed: qualities are found with quickly packed
    files, and only the results are packed well. A budget too tight for them needs a second search."""
    quick = _by_colour(lambda quality, colour: codecs.jpeg_quick(picture, quality, colour), likeness, "jpg")
    packed = _by_colour(lambda quality, colour: codecs.jpeg(picture, quality, colour, xmp), likeness, "jpg", quick)
    scale, free = SCALES["jpg"], Aim(aim.floor, None, _EXACT)
    half = _searched(quick[codecs.HALF], free, least=_FLAT)
    found = [packed[codecs.HALF](half.quality)]
    if (lacking := scale.points(half.quality) - half.similarity) > 0:  # harder than usual: colour may be why
        full = _searched(quick[codecs.FULL], free, scale.quality(aim.floor + lacking - _WORTH), least=_FLAT)
        if free.better(full, half) or full.size < half.size * _CLOSE:
            found.append(packed[codecs.FULL](full.quality))
    best = best_of(found, aim)
    if not aim.fits(best):
        best = best_of([_searched(trials, aim, best.quality) for trials in packed.values()], aim)
    return best, sum(len(trials.made) for trials in packed.values())


def _avif(picture: Image.Image, likeness: Likeness, aim: Aim, xmp: bytes) -> tuple[Candidate, int]:
    """Speed 9 takes a fifth of the time of speed 6 and looks a little worse at equal quality: it says with which
    resolution of colour the slow encoder is to begin, and where."""
    quick = _by_colour(lambda quality, colour: codecs.avif(picture, quality, colour, b"", _REHEARSAL), likeness, "avif")
    final = _by_colour(lambda quality, colour: codecs.avif(picture, quality, colour, xmp, _SPEED), likeness, "avif")
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
    encode: Callable[[int, str], bytes], likeness: Likeness, form: str, known: Mapping[str, _Trials] | None = None
) -> dict[str, _Trials]:
    """By resolution of colour."""

    def trials(colour: str) -> _Trials:
        return _Trials(lambda quality: encode(quality, colour), likeness, form, known[colour] if known else None)

    return {colour: trials(colour) for colour in (codecs.HALF, codecs.FULL)}
