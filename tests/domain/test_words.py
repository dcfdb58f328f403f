"""Words that were read, beside the words that were meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colophon.domain.words import Slip, distance, find_phrase, misspelt


@pytest.mark.parametrize(
    ("one", "other", "letters"),
    [
        ("", "", 0),
        ("northwind", "northwind", 0),
        ("nortwind", "northwind", 1),
        ("norhtwind", "northwind", 1),
        ("nordwynd", "northwind", 3),
        ("", "abc", 3),
        ("abc", "", 3),
    ],
)
def test_distance_counts_letters(one: str, other: str, letters: int) -> None:
    assert distance(one, other) == letters


@given(st.text(max_size=12), st.text(max_size=12))
def test_distance_is_the_same_both_ways_and_at_most_the_longer(one: str, other: str) -> None:
    assert distance(one, other) == distance(other, one) <= max(len(one), len(other))
    assert (distance(one, other) == 0) == (one == other)


@pytest.mark.parametrize(
    ("phrase", "lines", "found"),
    [
        ("Northwind", ["NORTHWIND"], Slip("NORTHWIND", "Northwind", 0)),
        ("Northwind", ["by Nortwind, since 1920"], Slip("Nortwind", "Northwind", 1)),
        ("Open late", ["Openlate"], Slip("Openlate", "Open late", 0)),
        ("Open late", ["OPEN", "LATE"], Slip("OPEN LATE", "Open late", 0)),
        ("Café crème", ["Cafe creme!"], Slip("Cafe creme", "Café crème", 0)),
        ("50 % off", ["now 50% off"], Slip("50% off", "50 % off", 0)),
        ("Northwind", ["Southbound"], None),
        ("Northwind", [], None),
        ("Northwind", ["..."], None),
        ("Sale", ["Salt"], Slip("Salt", "Sale", 1)),
        ("Now", ["New"], None),
        ("...", ["..."], None),
    ],
)
def test_a_phrase_is_found_with_its_slips(phrase: str, lines: list[str], found: Slip | None) -> None:
    assert find_phrase(phrase, lines) == found


@given(st.text(max_size=20), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_is_taken(phrase: str, lines: list[str]) -> None:
    find_phrase(phrase, lines)
    for line in lines:
        list(misspelt(line, [phrase]))


@pytest.mark.parametrize(
    ("line", "slips"),
    [
        ("Nortwind Ceramics", [Slip("Nortwind", "northwind", 1)]),
        ("Northwind Ceramics", []),
        ("northwinds", []),
        ("Norhtwind Ceramcis", [Slip("Norhtwind", "northwind", 1), Slip("Ceramcis", "ceramics", 1)]),
        ("Northwestern", []),
        ("wind", []),
    ],
)
def test_misspelt_words_are_named(line: str, slips: list[Slip]) -> None:
    assert list(misspelt(line, ["Northwind Ceramics"])) == slips
    assert list(misspelt(line, [])) == []
