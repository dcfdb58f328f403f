"""What the sandbox charges: its own tables, on purpose not the ones the product estimates with."""

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
    "flux-2-dev": (Decimal("1.2"), Decimal("1.2"), Decimal("1.2")),
}
MODELS = tuple(_CREDITS)

# Dollars for a picture whatever its size and references; a model that is not named is sold at the list formula.
_FLAT = {
    "callmissed": dict.fromkeys(MODELS, Decimal("0.10")),
    "cometapi": {
        "flux-2-pro": Decimal("0.03"),
        "flux-2-max": Decimal("0.07"),
        "flux-2-flex": Decimal("0.192"),
        "flux-2-klein-4b": Decimal("0.014"),
        "flux-2-klein-9b": Decimal("0.015"),
        "flux-2-dev": Decimal("0.012"),
    },
}
_MARKUP = {"aimlapi": dict.fromkeys(("flux-2-pro", "flux-2-max", "flux-2-dev"), Decimal("1.05"))}


def price(model: str, size: tuple[int, int], references: Sequence[tuple[int, int]], dialect: str = "bfl") -> Decimal:
    """The price in US dollars of one picture, sizes in pixels."""
    flat = _FLAT.get(dialect, {}).get(model)
    if flat is not None:
        return flat
    first, further, reference = _CREDITS[model]
    charged = sum(_units(*each) for each in references)
    listed = (first + further * (_units(*size) - 1) + reference * charged) * CREDIT
    return listed * _MARKUP.get(dialect, {}).get(model, Decimal(1))


def megapixels(sizes: Sequence[tuple[int, int]]) -> float:
    """As the vendor prints them: millions of pixels with two decimals."""
    return round(sum(width * height for width, height in sizes) / 1_000_000, 2)


def _units(width: int, height: int) -> int:
    return min(MAX_UNITS, max(1, -(-width * height // MEGAPIXEL)))
