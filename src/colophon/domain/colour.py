"""Colours as people see them: CIELAB values of sRGB colours, and how far two of them are apart.

The difference is CIEDE2000 (CIE 142-2001, ISO/CIE 11664-6), written after G. Sharma, W. Wu and E. N. Dalal, "The
CIEDE2000 color-difference formula: implementation notes, supplementary test data, and mathematical observations", Color
Research and Application 30 (2005), 21-30. About 1 is the least that a trained eye sees.
"""

import math

Lab = tuple[float, float, float]
"""L* 0 to 100, a* and b* about -128 to 127, under D65 as sRGB is."""

WHITE = (0.95047, 1.0, 1.08883)  # D65, 2 degrees
# Linear sRGB to XYZ, IEC 61966-2-1.
TO_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
_FROM_XYZ = (
    (3.2404542, -1.5371385, -0.4985314),
    (-0.9692660, 1.8760108, 0.0415560),
    (0.0556434, -0.2040259, 1.0572252),
)
_KNEE = 6 / 29
_25_TO_7 = 25.0**7


def lab_of_hex(text: str) -> Lab:
    """Of ``#RRGGBB``."""
    linear = [_linear(int(text[at : at + 2], 16) / 255) for at in (1, 3, 5)]
    x, y, z = (_cube_root(_dot(row, linear) / white) for row, white in zip(TO_XYZ, WHITE, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def hex_of_lab(lab: Lab) -> str:
    """The nearest sRGB colour, as ``#RRGGBB``; what sRGB cannot show is cut off."""
    y = (lab[0] + 16) / 116
    roots = (y + lab[1] / 500, y, y - lab[2] / 200)
    xyz = [_cube(root) * white for root, white in zip(roots, WHITE, strict=True)]
    return "#" + "".join(f"{round(255 * _encoded(_dot(row, xyz))):02X}" for row in _FROM_XYZ)


def chroma(lab: Lab) -> float:
    """Distance from the greys: 0 is a grey."""
    return math.hypot(lab[1], lab[2])


def difference(one: Lab, other: Lab, lightness: float = 1.0) -> float:
    """CIEDE2000. ``lightness`` is the formula's own factor k_L: 2 counts a difference of lightness half, as for
    textiles, whose folds are lighter and darker; k_C and k_H are 1."""
    (a1, c1), (a2, c2) = _stretched(one, other)
    h1, h2 = _hue(a1, one[2]), _hue(a2, other[2])
    mean_c, mean_h = (c1 + c2) / 2, _mean_hue(h1, h2, c1 * c2)
    mean_l = (one[0] + other[0]) / 2 - 50
    s_l = 1 + 0.015 * mean_l**2 / math.sqrt(20 + mean_l**2)
    d_l = (other[0] - one[0]) / (lightness * s_l)
    d_c = (c2 - c1) / (1 + 0.045 * mean_c)
    d_h = 2 * math.sqrt(c1 * c2) * math.sin(_turn(h1, h2, c1 * c2) / 2) / (1 + 0.015 * mean_c * _hue_weight(mean_h))
    return math.sqrt(max(0.0, d_l**2 + d_c**2 + d_h**2 + _rotation(mean_c, mean_h) * d_c * d_h))


def _stretched(one: Lab, other: Lab) -> tuple[tuple[float, float], tuple[float, float]]:
    """(a', C') of both: the a axis is stretched near the greys."""
    mean = ((chroma(one) + chroma(other)) / 2) ** 7
    factor = 1.5 - 0.5 * math.sqrt(mean / (mean + _25_TO_7))
    first, second = factor * one[1], factor * other[1]
    return (first, math.hypot(first, one[2])), (second, math.hypot(second, other[2]))


def _hue(a: float, b: float) -> float:
    """In radians, 0 to 2 pi; of a grey 0."""
    return math.atan2(b, a) % math.tau if (a, b) != (0, 0) else 0.0


def _turn(h1: float, h2: float, greyless: float) -> float:
    """From one hue to the other the shorter way; 0 when one is grey."""
    if greyless == 0:
        return 0.0
    turn = h2 - h1
    return turn - math.tau if turn > math.pi else turn + math.tau if turn < -math.pi else turn


def _mean_hue(h1: float, h2: float, greyless: float) -> float:
    if greyless == 0:
        return h1 + h2
    if abs(h1 - h2) <= math.pi:
        return (h1 + h2) / 2
    return (h1 + h2 + math.tau) / 2 if h1 + h2 < math.tau else (h1 + h2 - math.tau) / 2


def _hue_weight(hue: float) -> float:
    return (
        1
        - 0.17 * math.cos(hue - math.radians(30))
        + 0.24 * math.cos(2 * hue)
        + 0.32 * math.cos(3 * hue + math.radians(6))
        - 0.20 * math.cos(4 * hue - math.radians(63))
    )


def _rotation(mean_c: float, mean_h: float) -> float:
    """R_T: among blues, chroma and hue are not independent."""
    angle = math.radians(30) * math.exp(-(((math.degrees(mean_h) - 275) / 25) ** 2))
    return -2 * math.sqrt(mean_c**7 / (mean_c**7 + _25_TO_7)) * math.sin(2 * angle)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _encoded(value: float) -> float:
    value = min(max(value, 0.0), 1.0)
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055


def _cube_root(value: float) -> float:
    return math.cbrt(value) if value > _KNEE**3 else value / (3 * _KNEE**2) + 4 / 29


def _cube(root: float) -> float:
    return root**3 if root > _KNEE else 3 * _KNEE**2 * (root - 4 / 29)


def _dot(row: tuple[float, float, float], values: list[float]) -> float:
    return sum(factor * value for factor, value in zip(row, values, strict=True))
