"""Checks, the engines behind them, and the neighbours they ask about."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from colophon.domain.asked import Asked
from colophon.domain.asset import Asset, Fingerprints
from colophon.domain.finding import Finding
from colophon.domain.provenance import Provenance
from colophon.domain.route import Expected
from colophon.domain.sketch import Sighting
from colophon.domain.words import Reading


class Candidate(Protocol):
    """A picture under test, with what its checks may need."""

    @property
    def content(self) -> bytes: ...
    @property
    def asset(self) -> Asset: ...
    @property
    def provenance(self) -> Provenance: ...
    @property
    def ordered_size(self) -> tuple[int, int] | None: ...
    @property
    def expected(self) -> Expected | None:
        """What the papers of a bought picture should say; None: brought in from outside, or its route is gone."""

    @property
    def asked(self) -> Asked | None:
        """What its brief asks of its look; None: brought in from outside."""


class Check(Protocol):
    name: str
    version: str

    def __call__(self, candidate: Candidate) -> Finding:
        """Raises `CheckError` when no verdict can be reached; it is recorded as ``unknown``."""


class SafetyEngine(Protocol):
    name: str
    version: str

    def detect(self, content: bytes) -> Mapping[str, float]:
        """Highest score (0 to 1) per class found in the picture. Raises `CheckError` when it cannot run."""

    def locate(self, content: bytes) -> Sequence[Sighting]:
        """Where in the picture each was found, for people to look at. Raises `CheckError`."""


class WordReader(Protocol):
    name: str
    version: str

    def read(self, content: bytes) -> Sequence[Reading]:
        """The lines of text in the picture, from top to bottom. Raises `CheckError` when it cannot run."""


class Neighbours(Protocol):
    """The catalog's answer to a duplicate check. Any number of pictures may be alike: all are read in pages, as they
    are asked for."""

    def same_bytes(self, sha256: str) -> Iterator[Asset]: ...

    def rendered_as(self, sha256: str) -> Iterator[Asset]:
        """Assets of which this is a rendition's digest."""

    def same_pixels(self, pixels_sha256: str) -> Iterator[Asset]: ...

    def near(self, fingerprints: Fingerprints, within: tuple[int, int]) -> Iterator[tuple[Asset, tuple[int, int]]]:
        """Every asset whose phash and dhash both differ in at most so many bits, with these distances, the nearest
        (by phash, then by dhash) first."""
