"""Clocks, stores, vendors and pixels: what a step needs of the world outside."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from colophon.domain.asset import PictureFacts
from colophon.domain.conversion import Conversion
from colophon.domain.generation import Job, Order
from colophon.domain.rendition import Encoded, Recipe
from colophon.domain.sketch import Illustration, Sketch


class Clock(Protocol):
    def now(self) -> datetime:
        """The time in UTC, aware."""

    def sleep(self, seconds: float) -> None: ...


class Store(Protocol):
    """Bytes under the SHA-256 of themselves."""

    def put(self, content: bytes, media_type: str) -> str:
        """Store and return the digest; putting the same twice changes nothing. Raises `StoreUnavailable`."""

    def get(self, sha256: str) -> bytes:
        """The bytes, checked against their digest. Raises `NotFound`, `ObjectCorrupt`, `StoreUnavailable`."""

    def exists(self, sha256: str) -> bool: ...

    def address(self, sha256: str) -> str:
        """The key or path by which people and tools find it."""


class Shelf(Protocol):
    """A public place of named files (the CDN's origin)."""

    def put(self, key: str, content: bytes, media_type: str) -> str:
        """Store at an immutable key; the same bytes again change nothing, other bytes raise `Conflict`.
        Returns the public address."""

    def replace(self, key: str, content: bytes, media_type: str) -> str:
        """Store at a key whose content may change (lists). Returns the public address."""

    def get(self, key: str) -> bytes:
        """Raises `NotFound`."""

    def delete(self, key: str) -> None:
        """Gone afterwards, whether or not it was there."""


class Provider(Protocol):
    """One way to buy pictures. No method retries or sleeps.

    ``can_find`` says whether the vendor can be asked for an order whose answer was lost; ``can_hook`` whether it
    takes an address to call when a task moves on (`colophon.domain.generation.Order.hook`)."""

    name: str
    can_find: bool
    can_hook: bool

    def convert(self, order: Order) -> Sequence[Conversion]:
        """What becomes of every parameter of this order, each of `Parameter` at least once. Pure: nothing is sent.
        Raises `ProviderRefused` with reason ``validation`` for an order this route cannot take at all."""

    def wire_parameters(self, order: Order) -> dict[str, object]:
        """What is sent for an order, prompt left out and references as digests: for the record."""

    def prepare(self, order: Order) -> Order:
        """The order with its references where the vendor wants them (`Order.addresses`); buys nothing and may be
        repeated. Done before an attempt begins, so that the attempt itself is one request. Raises
        `ProviderUnavailable` or `ProviderRefused`."""

    def submit(self, order: Order) -> Job:
        """Order once, a prepared order. A vendor that answers with the picture itself gives a job that is ready. Raises
        `ProviderUnavailable` (nothing was ordered), `ProviderRefused`, or `OutcomeUnknown` when the order may have
        been taken."""

    def poll(self, job: Job) -> Job:
        """Where the job stands now; costs nothing and may be repeated. Raises `ProviderUnavailable`."""

    def fetch(self, job: Job) -> bytes:
        """The picture of a ready job. Raises `ProviderUnavailable` (try again), `ProviderError` with reason
        ``expired`` when the address is no longer served."""

    def find(self, order: Order, since: datetime) -> Sequence[Job]:
        """The vendor's tasks, newest first, that were made with all members of this order and not before ``since``;
        none: its list shows that it never took one. Raises `ProviderRefused` with reason ``not_found`` where the list
        cannot show that (or there is none), `ProviderUnavailable` to be asked again."""


class Imaging(Protocol):
    """Pixels: bytes in, bytes out, decoded in a limited child process. All raise `PictureError`."""

    def inspect(self, content: bytes) -> PictureFacts: ...

    def illustrate(self, content: bytes, sketch: Sketch, other: bytes | None = None) -> Illustration:
        """The picture with what a sketch says drawn on it, small enough to look at (1024 pixels a side at most);
        ``other`` is the picture it is shown beside."""

    def render(
        self, content: bytes, recipes: Sequence[Recipe], files: Mapping[str, bytes] | None = None
    ) -> list[Encoded]:
        """``files`` are the brand's fonts and logos by digest, which letterings name."""

    def check_font(self, content: bytes) -> str:
        """The name of a font that letters can be drawn with."""
