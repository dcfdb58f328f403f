"""Ids made at a moment."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from colophon.domain.identity import new_id

NOW = datetime(2027, 3, 4, 5, 6, 7, 890000, tzinfo=UTC)


def test_ids_sort_by_time_to_the_millisecond() -> None:
    moments = [NOW + timedelta(milliseconds=number) for number in range(50)]
    ids = [new_id("asset", moment) for moment in moments]
    assert ids == sorted(ids)
    assert (
        new_id("asset", datetime(1970, 1, 1, tzinfo=UTC)) < ids[0] < new_id("asset", datetime(9999, 1, 1, tzinfo=UTC))
    )


def test_ids_are_urlsafe_and_their_time_can_be_read() -> None:
    made = new_id("pub", NOW)
    assert re.fullmatch(r"pub_[0-9a-hjkmnp-tv-z]{26}", made)
    digits = "0123456789abcdefghjkmnpqrstvwxyz"
    milliseconds = 0
    for digit in made[4:14]:
        milliseconds = milliseconds * 32 + digits.index(digit)
    assert milliseconds == int(NOW.timestamp() * 1000)


def test_the_zone_does_not_matter_and_ten_thousand_of_a_moment_differ() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-8)))
    assert new_id("a", NOW)[:12] == new_id("a", elsewhere)[:12]
    assert len({new_id("a", NOW) for _ in range(10_000)}) == 10_000


@pytest.mark.parametrize("prefix", ["", "A", "a_b", "a1", "x" * 17])
def test_prefixes_are_letters(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        new_id(prefix, NOW)


def test_times_without_zone_or_before_1970_are_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        new_id("a", NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="1970"):
        new_id("a", datetime(1969, 12, 31, tzinfo=UTC))
