"""Amounts are integers; prices follow dated rules."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colophon import data
from colophon.domain.money import Estimate, Money, PriceRule, megapixel_units, rule_for, total
from colophon.domain.route import parse_prices

TODAY = date(2026, 11, 21)
PRICES = parse_prices(data.text("prices.toml"))

# The vendor's published formula per model; a megapixel is 1024 x 1024 (github.com/black-forest-labs/skills).
VECTORS = [
    ((512, 512), [], ("0.03", "0.07", "0.05", "0.014", "0.015")),
    ((1024, 1024), [], ("0.03", "0.07", "0.05", "0.014", "0.015")),
    ((1920, 1080), [], ("0.045", "0.10", "0.10", "0.015", "0.017")),
    ((2048, 2048), [], ("0.075", "0.16", "0.20", "0.017", "0.021")),
    ((1024, 1024), [(1024, 1024)], ("0.045", "0.10", "0.10", "0.015", "0.017")),
    ((1024, 1024), [(2048, 2048), (2048, 2048)], ("0.15", "0.31", "0.45", "0.022", "0.031")),
]
MODELS = ("flux-2-pro", "flux-2-max", "flux-2-flex", "flux-2-klein-4b", "flux-2-klein-9b")


@pytest.mark.parametrize(("size", "references", "expected"), VECTORS)
def test_the_published_prices_come_out(
    size: tuple[int, int], references: list[tuple[int, int]], expected: tuple[str, ...]
) -> None:
    for model, price in zip(MODELS, expected, strict=True):
        rule = rule_for(PRICES["sandbox"], model, TODAY)
        assert rule is not None
        assert rule.price(*size, references).low == Money.of(price)


def test_where_the_megapixel_is_not_certain_high_is_the_dearer_reading() -> None:
    rule = rule_for(PRICES["bfl"], "flux-2-pro", TODAY)
    assert rule is not None
    assert rule.price(1024, 1024) == Estimate(Money.of("0.03"), Money.of("0.045"))


def test_the_rule_in_force_is_the_youngest_that_applies() -> None:
    def rule(start: str, first: str, end: str | None = None) -> PriceRule:
        return PriceRule.model_validate(
            {
                "model": "m",
                "valid_from": start,
                "valid_until": end,
                "first_output": first,
                "further_output": "0",
                "reference": "0",
                "megapixel_bases": [1048576],
                "source": "test",
            }
        )

    rules = [rule("2025-01-01", "1"), rule("2026-01-01", "2", "2026-06-30"), rule("2027-01-01", "3")]
    found = [rule_for(rules, "m", on) for on in (date(2026, 6, 30), date(2026, 7, 1), date(2024, 1, 1))]
    assert [r and r.first_output for r in found] == [Decimal(2), Decimal(1), None]


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-1", "-0.000001", "1e9", "1000000.01", "abc", ""])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        Money.of(text)


@pytest.mark.parametrize(
    ("micros", "text"), [(0, "0.00"), (45_000, "0.045"), (2_000_000, "2.00"), (1, "0.000001"), (1_500_000, "1.50")]
)
def test_amounts_are_written_with_the_usual_digits_or_more(micros: int, text: str) -> None:
    assert str(Money(micros)) == text


@given(st.integers(min_value=0, max_value=10**12))
def test_writing_and_reading_an_amount_loses_nothing(micros: int) -> None:
    assert Money.of(str(Money(micros))) == Money(micros)


@given(st.lists(st.integers(min_value=-(10**9), max_value=10**9)))
def test_sums_are_those_of_integers(micros: list[int]) -> None:
    assert total((Money(m) for m in micros), "USD").micros == sum(micros)


def test_two_currencies_are_never_added() -> None:
    with pytest.raises(ValueError, match="cannot be added"):
        Money(1, "USD") + Money(1, "EUR")


@pytest.mark.parametrize(
    ("width", "height", "units"), [(64, 64, 1), (1024, 1024, 1), (1024, 1025, 2), (2048, 2048, 4), (9000, 9000, 4)]
)
def test_started_megapixels_count_and_four_is_the_most(width: int, height: int, units: int) -> None:
    assert megapixel_units(width, height, 1048576) == units
