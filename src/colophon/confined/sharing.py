"""The files of one picture over two threads: encoders let go of the interpreter while they work."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

# There is a child for each core. The second thread keeps a core busy that has no child of its own at the end of a
# campaign, or in a campaign of one picture; more would only take memory.
_THREADS = min(2, os.cpu_count() or 1)
_SLOWEST_FIRST = ("avif", "webp", "png", "jpg")
Recipe = Mapping[str, Any]
Cut = TypeVar("Cut")
Made = TypeVar("Made")


def in_turn(
    recipes: Sequence[Recipe],
    key: Callable[[Recipe], Hashable],
    cut: Callable[[Recipe], Cut],
    make: Callable[[Recipe, Cut], Made],
) -> list[Made]:
    """``make`` of each recipe, in the order of ``recipes``; worked off by size, the largest first, so that no long job
    is left for the end. What recipes of one ``key`` have in common is cut once and let go with the last of them: of
    all sizes only those in work are in memory. Those of one ``key`` and format are made by one thread, one after the
    other, so that a later one finds what an earlier one worked out. The first error ends it."""
    jobs: dict[tuple[Hashable, str], list[int]] = {}
    for index in sorted(range(len(recipes)), key=lambda index: _cost(recipes[index], key(recipes[index]))):
        jobs.setdefault((key(recipes[index]), recipes[index]["format"]), []).append(index)
    left = Counter(own for own, _ in jobs)
    cuts: dict[Hashable, Cut] = {}
    locks = {each: threading.Lock() for each in left}
    made: dict[int, Made] = {}

    def work(own: Hashable, indexes: Sequence[int]) -> None:
        with locks[own]:
            if own not in cuts:
                cuts[own] = cut(recipes[indexes[0]])
            shared = cuts[own]
        for index in indexes:
            made[index] = make(recipes[index], shared)
        with locks[own]:
            left[own] -= 1
            if not left[own]:
                del cuts[own]

    with ThreadPoolExecutor(min(_THREADS, len(jobs))) as pool:
        try:
            for done in [pool.submit(work, own, indexes) for (own, _), indexes in jobs.items()]:
                done.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return [made[index] for index in range(len(recipes))]


def _cost(recipe: Recipe, key: Hashable) -> tuple[int, str, int]:
    """Sorts the slowest first, all files of one cut together."""
    return -recipe["width"] * recipe["height"], str(key), _SLOWEST_FIRST.index(recipe["format"])
