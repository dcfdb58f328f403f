"""Bodies of many requests at once: bounded in sum and number, refused before they are read, waited for a while."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from colophon.web.problems import Refused, add_problems
from colophon.web.protection import MAX_BODY, MAX_UPLOAD, Protection
from colophon.web.room import Pace, Place, Room, Rooms

MIB = 1024 * 1024
LARGE = 3 * MIB
UPLOAD, PUBLIC, FORM = "/verify", "/api/v1/c2pa/matches/byContent", "/sign-in"


def rooms(*, small: int = 64 * MIB, pictures: int = 4 * MIB, places: int = 9) -> Rooms:
    return Rooms(Room(small, 100), Room(pictures, places), Room(pictures, places))


@dataclass
class Sender:
    """A request that sends pieces, and then nothing more until it is told to end."""

    path: str = UPLOAD
    pieces: list[bytes] = field(default_factory=list)
    announced: str | None = None
    ends: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0
    gone: bool = False

    async def receive(self) -> dict[str, Any]:
        self.asked += 1
        if self.pieces:
            return {"type": "http.request", "body": self.pieces.pop(0), "more_body": True}
        await self.ends.wait()
        return {"type": "http.disconnect"} if self.gone else {"type": "http.request", "body": b"", "more_body": False}

    @property
    def scope(self) -> dict[str, Any]:
        headers = [(b"content-length", self.announced.encode())] if self.announced else []
        return {"type": "http", "method": "POST", "path": self.path, "headers": headers}


async def reads(scope: Any, receive: Callable[[], Awaitable[Any]], send: Any) -> None:
    """An application that reads a body to its end."""
    while (message := await receive())["type"] == "http.request" and message["more_body"]:
        pass


def sent(protection: Protection, sender: Sender) -> asyncio.Task[None]:
    async def nothing(message: Any) -> None:
        pass

    return asyncio.ensure_future(protection(sender.scope, sender.receive, nothing))


async def begun() -> None:
    """Whatever can go on has done so."""
    for _ in range(20):
        await asyncio.sleep(0)


async def refusal(protection: Protection, sender: Sender) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        await sent(protection, sender)
    return caught.value.status_code, caught.value.code


@pytest.mark.parametrize("how", ["ends", "disconnects", "fails"])
@pytest.mark.parametrize("chunked", [False, True])
def test_uploads_at_once_are_bounded_in_sum_and_the_room_is_given_back(how: str, chunked: bool) -> None:
    async def run() -> None:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await reads(scope, receive, send)
            if how == "fails":
                raise RuntimeError("an error of ours")

        place = rooms()
        protection = Protection(app, place)
        size = None if chunked else str(LARGE)
        first = Sender(pieces=[b"x" * MIB] * 3 if chunked else [], announced=size, gone=how == "disconnects")
        held = sent(protection, first)
        await begun()
        assert place.pictures.taken == LARGE
        second = Sender(announced=str(LARGE))
        assert await refusal(protection, second) == (503, "busy")
        assert second.asked == 0, "it is refused before its body is read"
        third = Sender(pieces=[b"x" * MIB] * 3)
        assert await refusal(protection, third) == (503, "busy")
        assert third.asked == 3, "a body of unknown size is refused when it is too much"
        first.ends.set()
        await asyncio.gather(held, return_exceptions=True)
        assert (place.pictures.taken, place.pictures.bodies, place.small.taken, place.small.bodies) == (0, 0, 0, 0)
        last = sent(protection, Sender(announced=str(LARGE), ends=first.ends))
        assert await asyncio.gather(last, return_exceptions=how == "fails")

    asyncio.run(run())


def test_large_ones_are_bounded_in_number_and_small_ones_go_on() -> None:
    async def run() -> None:
        place = rooms(pictures=64 * MIB, places=2)
        protection = Protection(reads, place)
        held = [Sender(announced=str(LARGE)) for _ in range(2)]
        tasks = [sent(protection, each) for each in held]
        await begun()
        assert await refusal(protection, Sender(announced=str(LARGE))) == (503, "busy")
        form = Sender(FORM, pieces=[b"name=Ada"], announced="8")
        form.ends.set()
        await sent(protection, form)
        public = Sender(PUBLIC, announced=str(LARGE))
        public.ends.set()
        await sent(protection, public)  # strangers and people who are signed in have room of their own
        for each in held:
            each.ends.set()
        await asyncio.gather(*tasks)

    asyncio.run(run())


def test_small_ones_are_bounded_too_and_keep_no_upload_out() -> None:
    async def run() -> None:
        place = rooms(small=MIB)
        protection = Protection(reads, place)
        announcing = Sender(FORM, announced=str(MAX_BODY))
        full = Sender(FORM, pieces=[b"x" * MIB])
        tasks = [sent(protection, each) for each in (announcing, full)]
        await begun()
        assert place.small.taken == MIB, "what is only announced takes nothing"
        assert await refusal(protection, Sender(FORM, pieces=[b"x"])) == (503, "busy")
        upload = Sender(announced=str(LARGE))
        upload.ends.set()
        await sent(protection, upload)
        for each in (announcing, full):
            each.ends.set()
        await asyncio.gather(*tasks)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("path", "announced", "pieces"),
    [
        (UPLOAD, str(MAX_UPLOAD + 1), 0),
        (FORM, str(MAX_BODY + 1), 0),
        (FORM, "9" * 400, 0),
        (FORM, None, 3),
        (FORM, "-1", 3),
        (FORM, "0x1", 3),
    ],
)
def test_what_is_too_large_for_its_address_is_refused_once_it_is_known(
    path: str, announced: str | None, pieces: int
) -> None:
    async def run() -> None:
        place = rooms()
        sender = Sender(path, pieces=[b"x" * MIB] * 9, announced=announced)
        assert await refusal(Protection(reads, place), sender) == (413, "too_large")
        assert (sender.asked, place.small.taken, place.pictures.taken) == (pieces, 0, 0)

    asyncio.run(run())


def test_a_body_that_comes_too_slowly_is_not_waited_for() -> None:
    async def run() -> None:
        place = rooms()
        protection = Protection(reads, place, Pace(grace=0.01, rate=1e9))
        assert await refusal(protection, Sender(pieces=[b"x"], announced=str(LARGE))) == (408, "too_slow")
        assert (place.pictures.taken, place.pictures.bodies) == (0, 0)

    asyncio.run(run())


def test_a_body_may_take_as_long_as_it_is_large_and_an_answer_as_long_as_it_likes() -> None:
    pace = Pace(grace=10.0, rate=100.0)
    assert [pace.left(waited, received) for waited, received in ((0, 0), (9, 0), (11, 0), (11, 500))] == [10, 1, 0, 4]

    async def run() -> None:
        async def app(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            await asyncio.sleep(0.03)  # work of ours
            await reads(scope, receive, send)
            assert (await receive())["type"] == "http.request", "after its end a body is not waited for"

        sender = Sender(FORM, pieces=[b"x", b"y"])
        sender.ends.set()
        await sent(Protection(app, rooms(), Pace(grace=0.02, rate=1e9)), sender)

    asyncio.run(run())


def test_a_place_keeps_what_it_had_when_there_is_no_more() -> None:
    room = Room(10, 2)
    with room.place() as one, room.place() as other:
        one.grow(6)
        with pytest.raises(Refused):
            other.grow(5)
        other.grow(4)
        with pytest.raises(Refused):
            one.grow(7)
        with pytest.raises(Refused):
            Place(room).grow(1)
        assert (room.taken, room.bodies) == (10, 2)
    assert (room.taken, room.bodies) == (0, 0)


@pytest.fixture
def full() -> TestClient:
    """An application that has no room at all."""
    app = FastAPI()
    add_problems(app)
    app.add_middleware(Protection, rooms=rooms(small=0, pictures=0))

    @app.post("/api/v1/assets")
    @app.post("/sign-in")
    async def take(request: Request) -> int:
        return len(await request.body())

    return TestClient(app)


@pytest.mark.parametrize(("path", "body"), [("/api/v1/assets", b"x" * LARGE), ("/sign-in", b"name=Ada")])
def test_whoever_finds_no_room_is_told_when_to_come_again(full: TestClient, path: str, body: bytes) -> None:
    answer = full.post(path, content=body)
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert (answer.headers["retry-after"], answer.headers["connection"]) == ("5", "close")
    assert (answer.json()["code"], answer.json()["status"]) == ("busy", 503)
    assert answer.headers["x-content-type-options"] == "nosniff"
