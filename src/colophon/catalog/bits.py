"""64-bit fingerprints as the integers a database holds, and which bands a near one must share."""

from collections.abc import Iterable
from functools import cache
from itertools import combinations

_WIDTH = 64
_BAND = 16
_BANDS = _WIDTH // _BAND
_ALL = (1 << _WIDTH) - 1
_BAND_ALL = (1 << _BAND) - 1


def signed(fingerprint: str) -> int:
    """16 hex digits as the signed integer a BIGINT takes. Raises ``ValueError`` for anything else."""
    if len(fingerprint) != _WIDTH // 4:
        raise ValueError("a fingerprint is 16 hex digits")
    number = int(fingerprint, 16)
    return number - (1 << _WIDTH) if number >> (_WIDTH - 1) else number


def unsigned(number: int) -> str:
    return f"{number & _ALL:016x}"


def distance(one: int, other: int) -> int:
    """Differing bits of two signed fingerprints."""
    return ((one ^ other) & _ALL).bit_count()


def bands(fingerprint: str) -> tuple[int, ...]:
    """The four 16-bit parts, the highest first."""
    number = int(fingerprint, 16)
    return tuple(number >> shift & _BAND_ALL for shift in range(_WIDTH - _BAND, -1, -_BAND))


def probes(fingerprint: str, within: int) -> tuple[list[int], ...]:
    """For each band the values it may have in a fingerprint at most ``within`` bits away: each such has one of these
    values in at least one band.

    Were each band over its share, all together would differ in more than ``within`` bits; so the shares of the four
    bands add up to ``within`` - 3 (the generalised pigeonhole principle of Qin et al., "GPH: Similarity Search in
    Hamming Space", ICDE 2018). 1 value of each band for 3 bits, 17 for 7, 137 for 11; none for a share below 0.
    """
    shares = ((within + _BANDS - place) // _BANDS - 1 for place in range(_BANDS))
    return tuple(
        [band ^ mask for mask in _masks(share)] for band, share in zip(bands(fingerprint), shares, strict=True)
    )


@cache
def _masks(most: int) -> tuple[int, ...]:
    return tuple(_mask(places) for count in range(most + 1) for places in combinations(range(_BAND), count))


def _mask(places: Iterable[int]) -> int:
    return sum(1 << place for place in places)
