"""What small pictures for pages need of the world: somebody who makes them, and a place that may forget them."""

from typing import Protocol

from colophon.domain.sketch import Illustration


class Shrinking(Protocol):
    def shrink(self, content: bytes, side: int) -> Illustration:
        """The picture, upright, at most ``side`` pixels a side and never larger than it is. Raises `PictureError`."""


class Cache(Protocol):
    """Bytes that can be made again. What was put may be gone at any time, and never comes back as other bytes."""

    def get(self, name: str) -> bytes | None: ...

    def put(self, name: str, content: bytes) -> None: ...
