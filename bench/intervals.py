"""How sure a measured share is."""

import math

_Z95 = 1.959964  # of the standard normal distribution, for 95 %


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The Wilson score interval of a share, 95 % (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927). Unlike the textbook
    interval it also says something at 0 and at 100 %. Raises `ValueError` unless 0 <= hits <= count and count > 0."""
    if not 0 <= hits <= count or count < 1:
        raise ValueError("a share is of at least one, and none of it is negative")
    share, square = hits / count, _Z95**2
    middle = share + square / (2 * count)
    reach = _Z95 * math.sqrt(share * (1 - share) / count + square / (4 * count**2))
    whole = 1 + square / count
    return max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)
