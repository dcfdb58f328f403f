"""What pages follow: one look for all who follow, a part for each change, an end where nothing moves any more."""

import asyncio
from collections.abc import AsyncGenerator, Iterator

import pytest

from colophon.web import live
from colophon.web.live import Places, SharedLooks, event, follow


def _collected(values: list[str], over: str) -> list[str]:
    left: Iterator[str] = iter(values)

    async def run() -> list[str]:
        stream = follow(lambda: next(left), lambda value: f"<p>{value}</p>", lambda value: value == over, every=0)
        return [each async for each in stream]

    return asyncio.run(run())


def test_a_part_for_each_change_and_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_CALM", -1.0)
    found = _collected(["a", "a", "b", "end"], "end")
    assert found == [event("part", f"<p>{value}</p>") for value in ("a", "b", "end")] + [event("done", "")]


def test_what_is_over_from_the_first_ends_at_once() -> None:
    assert _collected(["end"], "end") == [event("part", "<p>end</p>"), event("done", "")]


def test_what_ends_on_the_way_is_watched_a_little_longer() -> None:
    with pytest.raises(RuntimeError):  # the values ran out while it went on looking
        _collected(["a", "end", "end"], "end")


def test_who_may_no_longer_see_it_is_told_nothing_more() -> None:
    answers = iter([True, False])

    async def run() -> list[str]:
        left = iter(["a", "b", "c"])
        stream = follow(lambda: next(left), str, lambda _: False, allowed=lambda: next(answers), every=0)
        return [each async for each in stream]

    assert asyncio.run(run()) == [event("part", "a")]


def test_places_to_follow_from_have_an_end_and_are_given_back() -> None:
    places = Places(most=3, each=2)

    async def forever() -> AsyncGenerator[str]:
        while True:
            yield "x"

    async def run() -> list[str]:
        held = [places.seated(name, forever()) for name in ("Ada", "Ada", "Ada", "Eve", "Ben")]
        first = [await anext(each) for each in held]
        await held[0].aclose()
        return [*first, await anext(places.seated("Ben", forever()))]

    later = "retry: 30000\n\n"
    assert asyncio.run(run()) == ["x", "x", later, "x", later, "x"]


def test_each_line_of_a_part_is_data() -> None:
    assert event("part", "a\n\nevent: done\rb") == "event: part\ndata: a\ndata: \ndata: event: done\ndata: b\n\n"


def test_many_followers_are_one_look() -> None:
    asked: list[str] = []

    def look(name: str) -> int:
        asked.append(name)
        return len(asked)

    looks = SharedLooks(look, every=60)
    assert [looks.latest("a") for _ in range(5)] == [1] * 5
    assert looks.latest("b") == 2
    assert asked == ["a", "b"]
    fresh = SharedLooks(look, every=0)
    assert (fresh.latest("a"), fresh.latest("a")) == (3, 4)
