"""The catalog's memory of pictures: assets, publications, manifests, looks and verdicts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from colophon.domain.asset import Asset, Fingerprints, Rendition
from colophon.domain.finding import Finding
from colophon.domain.history import Change, Due, Judged, Occasion, RecordedVerdict, Scope, Standing
from colophon.domain.judgement import Decision, Judgement
from colophon.domain.kept import KeptManifest
from colophon.domain.likeness import Likeness
from colophon.domain.provenance import Provenance
from colophon.domain.record import Publication
from colophon.domain.subject import FocusChoice


class Assets(Protocol):
    """The catalog's memory of pictures, what was found about them, and what people decided."""

    def add(
        self,
        asset: Asset,
        *,
        provenance: Provenance,
        findings: Sequence[Finding],
        judgement: Judgement,
        now: datetime,
        manifest: KeptManifest | None = None,
    ) -> Asset:
        """Register with everything found (its first round), its fingerprints and its manifest store, and move its
        generation from delivered to asset (or rejected, where the judgement rejects it). A generation that has its
        asset keeps it: the one on record is returned."""

    def get(self, asset: str) -> Asset:
        """Raises `NotFound`."""

    def of_campaign(self, campaign: str) -> Sequence[Asset]: ...

    def page(self, *, limit: int, after: str | None = None, campaign: str | None = None) -> Sequence[Asset]:
        """Newest first; ``after`` is the last id of the page before."""

    def provenance(self, asset: str) -> Provenance: ...

    def findings(self, asset: str) -> Sequence[Finding]:
        """Of its newest round of checks."""

    def decisions(self, asset: str) -> Sequence[Decision]: ...

    def decide(self, decision: Decision) -> None:
        """Record it and set the asset's state as `colophon.domain.gate.settled` has it, unless its bytes are not the
        ones decided on, or an approval is of other findings than its newest round has (`Conflict`)."""

    def focus(self, choice: FocusChoice) -> None:
        """Record it and make its point the asset's focal point."""

    def focuses(self, asset: str) -> Sequence[FocusChoice]:
        """What people said about its focal point, oldest first."""

    def waiting(self, *, limit: int, after: str = "") -> Sequence[Asset]:
        """Assets that wait for a person, oldest first; ``after`` is the last id of the page before."""

    def renditions(self, asset: str) -> Sequence[Rendition]: ...

    def renditions_of(self, assets: Sequence[str]) -> Sequence[Rendition]:
        """Of these assets, at most some hundreds: by asset, oldest first."""

    def renditions_named(self, renditions: Sequence[str]) -> Mapping[str, Rendition]:
        """Those of these ids, at most some hundreds, that are on record."""

    def renditions_of_campaign(self, campaign: str) -> Sequence[Rendition]: ...

    def rendition(self, rendition: str) -> Rendition:
        """Raises `NotFound`."""

    def add_rendition(
        self,
        rendition: Rendition,
        *,
        now: datetime,
        manifest: KeptManifest | None = None,
        fingerprints: Fingerprints | None = None,
        provenance: Provenance | None = None,
    ) -> Rendition:
        """One per asset, placement, format and recipe: the one on record is returned when there is one, and nothing
        is kept of this one. ``provenance`` is the verdict on it, the first of its history; None: not judged, so it is
        due."""


class Publications(Protocol):
    def open(self, publication: Publication) -> Publication:
        """Record it; an open one of the same rendition and key is returned as it is."""

    def close(self, publication: str, *, at: datetime) -> None: ...

    def of_campaign(self, campaign: str, *, only_open: bool = False) -> Sequence[Publication]: ...

    def campaigns(self) -> Sequence[str]:
        """Those with something public now."""

    def of_asset(self, asset: str) -> Sequence[Publication]:
        """Of all its renditions, those that ended too."""

    def page(
        self, campaign: str, *, public: bool, limit: int, after: str | None = None
    ) -> Sequence[tuple[Publication, Rendition]]:
        """Those that are public now, or those that ended, the newest first, each with its file; ``after`` is the last
        id of the page before."""

    def count(self, campaign: str) -> int:
        """How many there are or were."""

    def public_though_rejected(self, campaign: str, *, limit: int) -> Sequence[tuple[str, Publication]]:
        """What is public of assets that are rejected, of any revision, each with its asset; oldest first."""

    def public_of(self, assets: Sequence[str]) -> Sequence[tuple[str, Publication]]:
        """What is public now of these assets, at most some hundreds, each with its asset; oldest first."""


class Manifests(Protocol):
    """The catalog's memory of manifest stores. ``public``: only of renditions that are or were published, and of the
    originals they were made of."""

    def labelled(self, labels: Sequence[str], *, public: bool = False) -> Sequence[KeptManifest]:
        """Those with these labels, in the order asked."""

    def of(self, subjects: Sequence[str], *, public: bool = False) -> Sequence[KeptManifest]:
        """Those that came with these assets' originals and these renditions, in the order asked."""


class Lookalikes(Protocol):
    """The catalog's answer to what a picture looks like: assets and renditions by their fingerprints."""

    def alike(self, codes: Mapping[str, str], *, public: bool = False) -> Sequence[Likeness]:
        """Those near enough to be named, the nearest first. ``codes`` are fingerprints by algorithm, in hex digits,
        ``iscc`` or ``phash`` or both. ``public`` as with `Manifests`."""

    def distances(self, codes: Mapping[str, str], subjects: Sequence[str]) -> Sequence[Likeness]:
        """How far these assets and renditions are, near or not; those without fingerprints are left out."""

    def code(self, subject: str, alg: str) -> str | None:
        """A fingerprint on record; None where there is none."""


class Verdicts(Protocol):
    """The history of verdicts: each original and each rendition has one, which is only added to."""

    def record(self, judged: Sequence[Judged], *, occasion: Occasion, now: datetime) -> Sequence[Change | None]:
        """Append each verdict to its file's history, all in one transaction. One that equals the latest there,
        grounds included, is not appended: that one is confirmed. Returns for each what changed against the latest;
        None: it was confirmed, or is the first."""

    def history(self, asset: str) -> Sequence[RecordedVerdict]:
        """Of its original and its renditions, oldest first."""

    def latest(self, subjects: Sequence[str]) -> Mapping[str, RecordedVerdict]:
        """By the id of the asset (for its original) or rendition; those without a verdict are left out."""

    def standings(
        self, scope: Scope, *, due: Due | None = None, limit: int, after: Standing | None = None
    ) -> Sequence[Standing]:
        """The files of a scope, only those that are ``due`` where that is given; ``after`` is the last one of the page
        before. What was recorded meanwhile does not come again."""

    def count(self, scope: Scope, *, due: Due | None = None) -> int:
        """How many `standings` would give in all."""

    def doubted(self, scope: Scope, *, limit: int) -> Sequence[Standing]:
        """Approved or public files whose latest verdict is not ``trusted``, or that have none."""
