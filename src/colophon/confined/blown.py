"""How much of a picture is overexposed, measured on a small copy in the confined child."""

import numpy as np
import numpy.typing as npt
from PIL import Image

# Chosen on drawn pictures at one and a half to three times their light beside things on white and cream grounds,
# suns, neon signs, snow and brightened curves; tests/checks/labelled_pictures.py draws others of these kinds.
_LIGHT = 225  # the lowest level at which a channel may count as clipped: a picture can be darkened after it was clipped
_NEAR = 2  # levels under a channel's highest one that are clipped too
_PALE = 112  # the darkest channel of what may be overexposed: a pure red is a colour, not a loss
_FIELD = 0.02  # share of the area from which on one colour is a field: a ground, or paper
_BITS = 6  # of the eight of a level by which colours are compared
_LEAST = 0.01  # share of the area outside of fields under which nothing is said

Levels = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]


def blown(small: Image.Image) -> float:
    """Of a small RGBA copy (`colophon.confined.seen`): the share (0 to 1) of what is seen outside of light fields that
    is pale and at the highest level of a channel, so that its shading or its hue is lost.

    A white ground is one flat colour and left aside; where light overran a scene, the shapes at the rim of its white
    are lost in one channel and not yet in the others, and those are many colours."""
    levels = np.asarray(small, dtype=np.int32)
    colours = levels[levels[:, :, 3] > 127][:, :3]
    if not len(colours):
        return 0.0
    highest = colours.max(axis=0)
    clipped = (colours >= np.where(highest >= _LIGHT, highest - _NEAR, 256)).any(axis=1)
    clipped &= colours.min(axis=1) >= _PALE
    shaded = ~(_fields(colours) & (colours.max(axis=1) >= _LIGHT - _NEAR))
    if shaded.mean() < _LEAST:
        return 0.0
    return float((clipped & shaded).sum() / shaded.sum())


def _fields(colours: Levels) -> Mask:
    """Whether each pixel has a colour that much of the picture has."""
    coarse = colours >> (8 - _BITS)
    codes = (coarse[:, 0] << 2 * _BITS) | (coarse[:, 1] << _BITS) | coarse[:, 2]
    return np.asarray(np.bincount(codes)[codes] >= _FIELD * len(codes), dtype=np.bool_)
