"""Checks, the engines behind them, and the neighbours they ask about."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from colophon.domain.asked import Asked
from colophon.domain.asset import Asset, Fingerprints
from colophon.domain.detection import Detection
from colophon.domain.finding import Finding
from colophon.domain.logo_sight import LogoSight
from colophon.domain.moderation import Moderated
from colophon.domain.placement import PictureFormat
from colophon.domain.provenance import Provenance
from colophon.domain.route import Expected
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

    def detect(self, content: bytes) -> Sequence[Detection]:
        """Everything found in the picture. Raises `CheckError` when it cannot run."""

    def close(self) -> None:
        """Let go of what it holds."""


class ModerationService(Protocol):
    """Somebody outside who is shown pictures: they leave the house."""

    name: str

    def judge(self, content: bytes, form: PictureFormat) -> Moderated:
        """Show it one picture, once. Raises `CheckError` for no answer or one that makes no sense."""

    def close(self) -> None:
        """Let go of what it holds."""


class WordReader(Protocol):
    name: str
    version: str

    def read(self, content: bytes) -> Sequence[Reading]:
        """The lines of text in the picture, from top to bottom. Raises `CheckError` when it cannot run."""


class LogoFinder(Protocol):
    name: str
    version: str

    def find(self, content: bytes, logos: Sequence[str]) -> Sequence[LogoSight | None]:
        """Where each of these logo files, by digest, is likeliest in the picture; None for one without a shape to look
        for. Raises `CheckError` when it cannot run."""


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
