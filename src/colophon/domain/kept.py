"""Manifest stores that are kept, so that a copy without its credentials can have them again."""

import re
from dataclasses import dataclass

from colophon.domain.provenance import Provenance, ProvenanceState

_LABEL = re.compile(r"[!-~]{1,300}")  # labels are URNs (C2PA 2.4, 8.2); one that is something else is not looked up


@dataclass(frozen=True, slots=True)
class KeptManifest:
    """The store whose active manifest is ``label``; ``sha256`` names its bytes in the object store. It came with the
    original of ``asset``, or with ``rendition`` made of it. ``state`` is the verdict on the file it came with: it says
    nothing about any other file."""

    label: str
    sha256: str
    asset: str
    rendition: str | None
    state: ProvenanceState

    @property
    def subject(self) -> str:
        """The id of the asset or rendition it came with."""
        return self.rendition or self.asset

    @property
    def kind(self) -> str:
        return "rendition" if self.rendition else "original"


def active_label(verdict: Provenance) -> str | None:
    """The label of the active manifest; None without one, or where it is no label that could be looked up."""
    label = verdict.chain[0].label if verdict.chain else ""
    return label if is_label(label) else None


def labels(verdict: Provenance) -> tuple[str, ...]:
    """Labels of the active manifest and its ancestors, as far as they could be kept."""
    return tuple(link.label for link in verdict.chain if is_label(link.label))


def is_label(text: str) -> bool:
    return _LABEL.fullmatch(text) is not None
