"""How a gateway turns a ratio and a tier into pixels: the nearest ratio of its table, the nearest tier, then sixteens.

Nearness is measured between logarithms, so that 2:1 is as far from 1:1 as 1:2 is. The table is the one the vendor
prints for 1K; two of its entries are a little above a megapixel, and cutting down to multiples of 16 mends that.
"""

import math
import re

from colophon.sandbox.sync_bodies import sides, snapped
from colophon.sandbox.sync_refusals import Refusal

MAX_SIDE = 14_142
_AT_1K = (
    (1183, 887),
    (916, 1145),
    (1145, 916),
    (1024, 1024),
    (887, 1182),
    (836, 1254),
    (1254, 836),
    (768, 1365),
    (1365, 768),
)
# In units of 1K; FLUX.2 draws nothing above 2K.
_TIERS = (0.5, 1.0, 2.0)
_RATIO = re.compile(r"([1-9][0-9]{0,4}):([1-9][0-9]{0,4})")
_TIER = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3})?)(K|MP)", re.I)


def pixels(size: str | None, ratio: str | None, tier: str | None, auto: tuple[int, int]) -> tuple[int, int]:
    """``size`` as WIDTHxHEIGHT wins over all; as W:H it is the ratio. ``auto`` is the size when nothing is asked for.
    Raises `Refusal` (invalid)."""
    wanted = size if size not in (None, "auto") else None
    if wanted is not None and ":" not in wanted:
        width, height = sides(wanted)
        if max(width, height) > MAX_SIDE:
            raise Refusal("invalid", f"size: at most {MAX_SIDE} pixels per side.", param="size")
        return snapped((width, height))
    shape = wanted or (ratio if ratio != "auto" else None)
    if shape is None and tier in (None, "auto"):
        return auto
    width, height = _nearest(shape) if shape is not None else (1024, 1024)
    factor = _factor(tier)
    return snapped((round(width * factor), round(height * factor)))


def _nearest(ratio: str) -> tuple[int, int]:
    found = _RATIO.fullmatch(ratio)
    if found is None:
        raise Refusal("invalid", "A ratio is two whole numbers, such as 16:9.", param="aspect_ratio")
    wanted = math.log(int(found[1]) / int(found[2]))
    return min(_AT_1K, key=lambda size: abs(math.log(size[0] / size[1]) - wanted))


def _factor(tier: str | None) -> float:
    if tier is None or tier == "auto":
        return 1.0
    found = _TIER.fullmatch(tier)
    number = float(found[1]) if found else 0.0
    if found is None or number == 0:
        raise Refusal("invalid", "resolution is auto or a tier such as 1K.", param="resolution")
    wanted = math.log(number if found[2].upper() == "K" else math.sqrt(number))
    return min(_TIERS, key=lambda each: abs(math.log(each) - wanted))
