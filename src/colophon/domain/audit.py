"""What an audit reads and what it finds."""

from dataclasses import dataclass

from colophon.domain.gate import Dossier
from colophon.domain.provenance import Provenance
from colophon.domain.record import Publication


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One thing that is not as the records say. ``kind`` is the table, or ``object``, ``event``, ``checkpoint``;
    ``id`` the row's key, the object's digest, the event's number or the checkpoint's name."""

    code: str
    kind: str
    id: str
    message: str


@dataclass(frozen=True, slots=True)
class Held:
    """An object that a row refers to."""

    kind: str
    id: str
    sha256: str


@dataclass(frozen=True, slots=True)
class SignedFile:
    """A rendition, and the verdict on the original that people decided about."""

    id: str
    sha256: str
    manifest_sha256: str | None
    original: Provenance


@dataclass(frozen=True, slots=True)
class Decided:
    """An asset with what was found and decided about it; ``public``: something of it is published."""

    dossier: Dossier
    public: bool


@dataclass(frozen=True, slots=True)
class Published:
    """A publication, and the digest of the manifest beside its file; None: there is none."""

    publication: Publication
    manifest_sha256: str | None


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was looked at, of the kind ``objects``, ``signatures``, ``public`` or ``lists``."""

    what: str
