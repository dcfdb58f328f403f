"""The catalog's memory of judging: rounds of checks, what they changed, what people said."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from colophon.domain.asset import Asset, AssetState
from colophon.domain.finding import Comment, Finding
from colophon.domain.gate import Dossier, Turn
from colophon.domain.judgement import Judgement, PolicyRef, Round


class Reviews(Protocol):
    def rounds(self, asset: str) -> Sequence[Round]:
        """Every round of checks, oldest first. Raises `NotFound`."""

    def dossier(self, asset: str) -> Dossier:
        """Raises `NotFound`."""

    def dossiers(self, assets: Sequence[Asset]) -> Mapping[str, Dossier]:
        """By id, of one moment; what has no asset on record is left out."""

    def check_again(
        self, asset: Asset, findings: Sequence[Finding], judgement: Judgement, *, now: datetime
    ) -> tuple[AssetState, Turn]:
        """Append a round, and do what `colophon.domain.gate.turn` says: its decision is recorded as the policy's, and
        the asset's state follows. Returns the state before, and what was done. Raises `NotFound`; `Conflict` when the
        asset's bytes are not those that were checked."""

    def lapse(self, asset: str, *, policy: PolicyRef, now: datetime) -> Turn:
        """The same without a round: for an approval that may have run out. ``policy`` is the one that decides."""

    def stale(
        self, *, before: datetime, campaign: str | None = None, limit: int, after: str | None = None
    ) -> Sequence[Asset]:
        """Assets of which the newest round was made before a moment, by id; ``after`` is the last id of the page
        before."""

    def count_stale(self, *, before: datetime, campaign: str | None = None) -> int:
        """How many `stale` would give in all."""

    def expired(self, *, now: datetime, limit: int, after: str | None = None) -> Sequence[str]:
        """Approved assets of which an approval has ended by now, by id, after this one."""

    def comment(self, comment: Comment) -> None:
        """Raises `NotFound`."""

    def comments(self, asset: str) -> Sequence[Comment]:
        """Oldest first."""

    def comments_of(self, assets: Sequence[Asset]) -> Mapping[str, Sequence[Comment]]:
        """By asset, oldest first; assets nobody spoke of are left out."""
