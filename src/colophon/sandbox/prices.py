"""What the sandbox charges: its own table, on purpose not the one the product estimates with."""

from collections.abc import Sequence
from decimal import Decimal

MEGAPIXEL = 1_048_576
MAX_UNITS = 4
CURRENCY = "USD"
CREDIT = Decimal("0.01")

# Credits for the first output megapixel, each further one, and each megapixel of a reference.
_CREDITS = {
    "flux-2-pro": (Decimal("3"), Decimal("1.5"), Decimal("1.5")),
    "flux-2-max": (Decimal("7"), Decimal("3"), Decimal("3")),
    "flux-2-flex": (Decimal("5"), Decimal("5"), Decimal("5")),
    "flux-2-klein-4b": (Decimal("1.4"), Decimal("0.1"), Decimal("0.1")),
    "flux-2-klein-9b": (Decimal("1.5"), Decimal("0.2"), Decimal("0.2")),
}
MODELS = tuple(_CREDITS)


def price(model: str, size: tuple[int, int], references: Sequence[tuple[int, int]]) -> Decimal:
    """The price in US dollars of one picture, sizes in pixels."""
    first, further, reference = _CREDITS[model]
    charged = sum(_units(*each) for each in references)
    return (first + further * (_units(*size) - 1) + reference * charged) * CREDIT


def megapixels(sizes: Sequence[tuple[int, int]]) -> float:
    """As the vendor prints them: millions of pixels with two decimals."""
    return round(sum(width * height for width, height in sizes) / 1_000_000, 2)


def _units(width: int, height: int) -> int:
    return min(MAX_UNITS, max(1, -(-width * height // MEGAPIXEL)))
