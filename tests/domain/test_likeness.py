"""When a picture is named as another one's copy."""

import pytest

from colophon.domain.asset import Fingerprints
from colophon.domain.likeness import HASH_BITS, ISCC_BITS, Likeness, codes


@pytest.mark.parametrize(
    ("distances", "same"),
    [
        ({"iscc": ISCC_BITS, "phash": 40, "dhash": 40}, True),
        ({"iscc": ISCC_BITS + 1, "phash": 0, "dhash": 0}, False),
        ({"phash": HASH_BITS, "dhash": HASH_BITS}, True),
        ({"phash": HASH_BITS + 1, "dhash": 0}, False),
        ({"phash": 0, "dhash": HASH_BITS + 1}, False),
        ({}, False),
    ],
)
def test_the_iscc_decides_where_there_is_one(distances: dict[str, int], same: bool) -> None:
    assert Likeness("asset", None, distances).same is same


def test_the_score_is_the_share_of_bits_that_agree() -> None:
    assert Likeness("a", None, {"iscc": 0, "phash": 64}).score == 1.0
    assert Likeness("a", None, {"iscc": 64}).score == 0.75
    assert Likeness("a", None, {"phash": 32, "dhash": 0}).score == 0.75
    assert Likeness("a", None, {}).score == 0.0


def test_what_was_not_made_is_no_code() -> None:
    assert codes(Fingerprints("1" * 16, "2" * 16)) == {"phash": "1" * 16, "dhash": "2" * 16}
    assert codes(Fingerprints("1" * 16, "2" * 16, "3" * 64, ("4" * 64,)))["iscc"] == "3" * 64
