"""The history of a file's verdicts: on what grounds each was reached, when it must be reached again, what changed."""

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from colophon.domain.provenance import Provenance, ProvenanceState


class Occasion(StrEnum):
    """ingest: an original came in. sign: a rendition was made. publish: it was read back from its public address.
    again: it was verified once more later."""

    INGEST = "ingest"
    SIGN = "sign"
    PUBLISH = "publish"
    AGAIN = "again"


class Cause(StrEnum):
    """Why a verdict may differ from the one before. policy: another trust policy. lists: the same policy over other
    certificate lists. library: another version of the library that reads. clock: nothing but time."""

    POLICY = "policy"
    LISTS = "lists"
    LIBRARY = "library"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a verdict rests on beside the bytes and the time: digest of the policy, digest of its certificate lists,
    version of the reading library."""

    policy: str
    lists: str
    library: str

    @classmethod
    def of(cls, provenance: Provenance) -> "Grounds":
        return cls(provenance.policy.get("digest", ""), _digest(sorted(provenance.lists.items())), provenance.library)

    @property
    def digest(self) -> str:
        """SHA-256 of all three: verdicts of one digest differ by bytes and time only."""
        return _digest([self.policy, self.lists, self.library])


@dataclass(frozen=True, slots=True)
class Change:
    """From one verdict to the next of the same file. ``parts`` are the members of `Provenance` that differ, its
    grounds left out; none: judged anew, with the same answer."""

    because: tuple[Cause, ...]
    before: ProvenanceState
    after: ProvenanceState
    parts: tuple[str, ...] = ()
    problems_new: tuple[str, ...] = ()
    problems_gone: tuple[str, ...] = ()


_GROUNDS = frozenset({"policy", "lists", "library", "holds_until"})
_PARTS = tuple(field.name for field in fields(Provenance) if field.name not in _GROUNDS)


def compare(before: Provenance, after: Provenance) -> Change:
    return Change(
        because=_causes(before, after),
        before=before.state,
        after=after.state,
        parts=tuple(name for name in _PARTS if getattr(before, name) != getattr(after, name)),
        problems_new=tuple(p for p in after.problems if p not in before.problems),
        problems_gone=tuple(p for p in before.problems if p not in after.problems),
    )


def _causes(before: Provenance, after: Provenance) -> tuple[Cause, ...]:
    old, new = Grounds.of(before), Grounds.of(after)
    causes = []
    if old.policy != new.policy:
        causes.append(Cause.LISTS if _only_lists_differ(before, after) else Cause.POLICY)
    elif old.lists != new.lists:
        causes.append(Cause.LISTS)
    if old.library != new.library:
        causes.append(Cause.LIBRARY)
    return tuple(causes) or (Cause.CLOCK,)


def _only_lists_differ(before: Provenance, after: Provenance) -> bool:
    """A policy's digest covers its lists. The same edition of it over the same anchors, of which some have other
    certificates now, is a list that was renewed."""
    edition = ("name", "version", "issued")
    return (
        before.lists != after.lists
        and before.lists.keys() == after.lists.keys()
        and all(before.policy.get(name) == after.policy.get(name) for name in edition)
    )


@dataclass(frozen=True, slots=True)
class RecordedVerdict:
    """One entry of the history, never rewritten. ``rendition`` None: about the original. ``confirmed_at`` is when the
    same verdict was last reached. ``change`` is against the entry before; None: the first of its file."""

    id: str
    asset: str
    rendition: str | None
    occasion: Occasion
    judged_at: datetime
    confirmed_at: datetime
    provenance: Provenance
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict just reached, to be put on record."""

    asset: str
    rendition: str | None
    provenance: Provenance

    @property
    def subject(self) -> str:
        return self.rendition or self.asset


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one file stands: its bytes (``manifest_sha256``: its detached manifest's), and the latest verdict on it.

    ``state`` and ``verdict`` None: none is on record. ``grounds`` is the digest of what it rests on; from ``due_at``
    on time alone may change it (None: never). ``public``: served at an address."""

    asset: str
    rendition: str | None
    sha256: str
    manifest_sha256: str | None
    approved: bool
    public: bool
    state: ProvenanceState | None
    verdict: str | None
    grounds: str
    due_at: datetime | None

    @property
    def subject(self) -> str:
        """The id of the file: the rendition's, or the asset's for an original."""
        return self.rendition or self.asset

    @property
    def relied_on(self) -> bool:
        """Somebody approved it, or it is public: then it should be trusted."""
        return self.approved or self.public


@dataclass(frozen=True, slots=True)
class Scope:
    """Which files: those of these assets, of this campaign, or all."""

    assets: tuple[str, ...] = ()
    campaign: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What makes a verdict out of date: it rests on other grounds than these, or its time had come by ``now``."""

    grounds: Grounds
    now: datetime


def _digest(value: object) -> str:
    canonical = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
