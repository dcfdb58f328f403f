"""How much of all bodies may be here at once, and how slowly one may come.

A body is in memory from its first byte to the end of its request. Each address bounds one body; here is the bound on
all of them together, so that many at once are told to come again instead of taking the machine's memory.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from colophon.web.problems import Refused

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Pace:
    """A body has ``grace`` seconds, and then has to have come at ``rate`` bytes a second on average. Only the time is
    counted that was spent waiting for it. The rate is half a megabit: a picture of 64 MiB may take 17 minutes."""

    grace: float = 15.0
    rate: float = 64 * 1024

    def left(self, waited: float, received: int) -> float:
        """Seconds until it was too slow."""
        return max(0.0, self.grace + received / self.rate - waited)


@dataclass(slots=True)
class Room:
    """``most`` bytes and ``places`` bodies at once. For one event loop: nothing here waits."""

    most: int
    places: int
    taken: int = 0
    bodies: int = 0

    @contextmanager
    def place(self) -> Iterator["Place"]:
        """Whatever a body took is given back, however its request ends."""
        held = Place(self)
        try:
            yield held
        finally:
            held.give_back()


@dataclass(slots=True)
class Place:
    room: Room
    size: int = 0
    _in: bool = field(default=False)

    def grow(self, size: int) -> None:
        """Room for ``size`` bytes in all. Raises `Refused` where there is none, and keeps what it had."""
        if size <= self.size:
            return
        room = self.room
        if room.taken + size - self.size > room.most or (not self._in and room.bodies >= room.places):
            raise Refused(503, "busy", "too much is being sent here at this moment; come again", retry_after=5)
        room.taken += size - self.size
        room.bodies += not self._in
        self.size, self._in = size, True

    def move(self, room: Room, size: int) -> None:
        """Into another room, with ``size`` bytes. Raises `Refused`."""
        if room is self.room:
            self.grow(size)
            return
        there = Place(room)
        there.grow(size)
        self.give_back()
        self.room, self.size, self._in = room, there.size, there._in

    def give_back(self) -> None:
        self.room.taken -= self.size
        self.room.bodies -= self._in
        self.size, self._in = 0, False


@dataclass(frozen=True, slots=True)
class Rooms:
    """Small bodies, pictures of people who are signed in, and pictures of the public look-up, each with room of their
    own: uploads keep nobody from signing in, and strangers keep no upload out.

    ``small`` counts what has come, so that a body that is only announced takes nothing: 64 whole ones, thousands of
    forms. ``pictures`` are four of the largest, or 16 of 16 MiB; ``public`` two of the largest, or four of half
    their size, which is as many as are looked at there at once."""

    small: Room = field(default_factory=lambda: Room(128 * _MIB, 4096))
    pictures: Room = field(default_factory=lambda: Room(4 * 66 * _MIB, 16))
    public: Room = field(default_factory=lambda: Room(2 * 66 * _MIB, 4))
