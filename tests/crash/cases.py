"""Which cases of the matrix are run: all of them for ``make crash``, the money points and a seeded choice otherwise."""

import random
import re
from collections.abc import Sequence

# Where money moves: intent, request, record, questions, delivery, original, end.
_MONEY = re.compile(
    r"orders\.(begin_attempt|record_job|record_original|record_unknown|take_back|end)\b|provider\.|http\.|store\.put\b"
)
# Places of each part of a run, for the acts that are not repeated everywhere.
_ELSEWHERE = re.compile(
    r"orders\.(register|claim|let_go|expire_leases)/commit|assets\.(add|add_rendition|decide)(/commit|:after)"
    r"|publications\.open(/commit|:after)|shelf\.(put|replace)|signer\.sign|imaging\.|reader\.read|check\.|store\.get"
)
SEED = 20270304


def names(points: Sequence[str]) -> list[str]:
    """Each place once, in the order in which a run reaches them."""
    return list(dict.fromkeys(point.partition("#")[0] for point in points))


def money(points: Sequence[str]) -> list[str]:
    return [name for name in names(points) if _MONEY.match(name)]


def kills_everywhere(points: Sequence[str]) -> list[str]:
    """The first time at every place, and the second time where money moves: the other variant is under way then."""
    found = [f"{name}#1:kill" for name in names(points)]
    return found + [f"{name}#2:kill" for name in money(points) if f"{name}#2" in points and "/sql" not in name]


def other_acts(points: Sequence[str]) -> list[str]:
    """The acts that end a run otherwise, or delay it for longer than its lease lasts."""
    places = [name for name in names(points) if _MONEY.match(name) or _ELSEWHERE.match(name)]
    acts = {
        "raise": places[::2],
        "hang": places[1::2],
        "enospc": places[::2],
        "exit": places[::4],
        "slow": places[1::4],
    }
    return [f"{name}#1:{act}" for act, chosen in acts.items() for name in chosen]


def money_kills(points: Sequence[str]) -> list[str]:
    return [f"{name}#1:kill" for name in money(points)]


def chosen(cases: Sequence[str], count: int) -> list[str]:
    """The same choice every time."""
    return random.Random(SEED).sample(list(cases), count)
