"""The catalog read for audits: everything about a campaign's pictures, page by page."""

from collections.abc import Sequence
from typing import Protocol

from colophon.domain.dossier import Dossier, Revision, RunStart
from colophon.domain.record import LedgerEntry


class Dossiers(Protocol):
    def revisions(self, campaign: str) -> Sequence[Revision]:
        """Every revision that was registered, oldest first. Raises `NotFound` for an unknown campaign."""

    def runs(self, campaign: str) -> Sequence[RunStart]:
        """Who started its runs, oldest first."""

    def bought(self, campaign: str, *, limit: int, after: str | None = None) -> Sequence[Dossier]:
        """One for each generation of any revision, by its id; ``after`` is the last id of the page before."""

    def brought(self, campaign: str, *, limit: int, after: str | None = None) -> Sequence[Dossier]:
        """One for each asset that came from outside, by its id."""

    def of_asset(self, asset: str) -> Dossier:
        """Raises `NotFound`."""

    def loose_money(self, campaign: str) -> Sequence[LedgerEntry]:
        """Ledger rows that belong to no generation, oldest first."""
