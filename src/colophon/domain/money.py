"""Money as integers of a millionth of a currency unit, and the dated rules that price a generation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

MICROS = 1_000_000
# Nothing this product buys costs more than this in one row; a larger number is a mistake or an attack.
CEILING = Decimal(1_000_000)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """``micros`` millionths of one unit of ``currency`` (ISO 4217)."""

    micros: int
    currency: str = "USD"

    @classmethod
    def of(cls, amount: Decimal | str | int, currency: str = "USD") -> Self:
        """Exact decimal text to micro-units. Raises ``ValueError`` for NaN, infinity, negatives and absurd amounts."""
        try:
            value = Decimal(amount)
        except InvalidOperation:
            raise ValueError(f"not an amount of money: {amount!r}") from None
        if not value.is_finite() or value < 0 or value > CEILING:
            raise ValueError(f"an amount of money is finite, not negative and at most {CEILING}: {amount!r}")
        return cls(int((value * MICROS).to_integral_value(ROUND_HALF_EVEN)), currency)

    @property
    def amount(self) -> Decimal:
        return Decimal(self.micros) / MICROS

    def __str__(self) -> str:
        """The currency's two digits, or as many more as the amount has: ``0.045``, ``2.00``."""
        digits = f"{self.amount:.6f}".rstrip("0")
        whole, _, fraction = digits.partition(".")
        return f"{whole}.{fraction.ljust(2, '0')}"

    def __add__(self, other: Self) -> Self:
        return type(self)(self.micros + self._same(other), self.currency)

    def __sub__(self, other: Self) -> Self:
        return type(self)(self.micros - self._same(other), self.currency)

    def _same(self, other: Self) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added")
        return other.micros


def total(amounts: Iterable[Money], currency: str) -> Money:
    return sum(amounts, Money(0, currency))


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a purchase will cost at least and at most, as far as the published rules tell."""

    low: Money
    high: Money

    def __add__(self, other: Self) -> Self:
        return type(self)(self.low + other.low, self.high + other.high)


def megapixel_units(width: int, height: int, basis: int, cap: int = 4) -> int:
    """Started megapixels of one picture: at least 1, at most ``cap`` (larger pictures are scaled down first)."""
    return min(cap, max(1, -(-width * height // basis)))


class PriceRule(BaseModel):
    """The price of one model on one route from a date on; amounts are per picture in ``currency``.

    price = first_output + further_output * (U(output) - 1) + reference * sum of U(reference)
    where U counts started megapixels of ``megapixel_bases`` pixels. Where it is not known which basis a vendor
    uses, both are listed: the smaller result is the low estimate, the larger one the high. ``confirmed`` False: the
    vendor publishes no such price, and ``source`` says what was assumed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    currency: str = "USD"
    valid_from: date
    valid_until: date | None = None
    first_output: Decimal = Field(ge=0, le=CEILING)
    further_output: Decimal = Field(ge=0, le=CEILING)
    reference: Decimal = Field(ge=0, le=CEILING)
    megapixel_bases: tuple[int, ...] = Field(min_length=1)
    source: str
    confirmed: bool = True

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        if self.valid_until and self.valid_until < self.valid_from:
            raise ValueError("valid_until is before valid_from")
        return self

    def applies(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)

    def price(self, width: int, height: int, references: Sequence[tuple[int, int]] = ()) -> Estimate:
        """Low and high price of one picture of this size with references of these sizes, all in pixels."""
        prices = [
            self.first_output
            + self.further_output * (megapixel_units(width, height, basis) - 1)
            + self.reference * sum(megapixel_units(w, h, basis) for w, h in references)
            for basis in self.megapixel_bases
        ]
        return Estimate(Money.of(min(prices), self.currency), Money.of(max(prices), self.currency))


def rule_for(rules: Iterable[PriceRule], model: str, on: date) -> PriceRule | None:
    """The rule in force on a day; the youngest wins where two overlap. None: the price is not known."""
    valid = [rule for rule in rules if rule.model == model and rule.applies(on)]
    return max(valid, key=lambda rule: rule.valid_from, default=None)
