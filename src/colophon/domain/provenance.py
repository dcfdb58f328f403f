"""What a picture's C2PA manifests say and how far that holds: a verdict in parts, never one tick."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

TRAINED_ALGORITHMIC_MEDIA = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
COMPOSITE_WITH_TRAINED_MEDIA = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"


class ProvenanceState(StrEnum):
    """trusted: intact, and the signer chains to an anchor of our policy. valid: intact, signer not known to us.
    none: no manifest. error: it could not be read."""

    TRUSTED = "trusted"
    VALID = "valid"
    INVALID = "invalid"
    NONE = "none"
    ERROR = "error"


Integrity = Literal["intact", "broken", "absent", "unknown"]
Stamp = Literal["trusted", "untrusted", "invalid", "absent"]
Revocation = Literal["not_checked", "not_revoked", "revoked", "absent"]


@dataclass(frozen=True, slots=True)
class Signer:
    """The active manifest's signer. ``anchor`` names the entry of the trust policy that vouches for it, ``basis`` says
    how: this very certificate is listed (``pin``) or its ``authority`` is. ``expired``: the certificate has ended; a
    trusted stamp from before then keeps the signature good."""

    organisation: str | None
    common_name: str | None
    serial: str | None
    trusted: bool
    anchor: str | None
    algorithm: str | None = None
    basis: Literal["pin", "authority"] | None = None
    issuer: str | None = None
    sha256: str | None = None
    valid_until: datetime | None = None
    expired: bool = False


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One manifest on the way from the active one to the oldest parent, with the parts of a verdict of its own.

    ``integrity`` is that of the manifest: whether an ancestor fits its pixels could only be seen when it was a file.
    ``problems`` are C2PA status codes and our own ``policy.*`` ones. ``anchor`` names the entry of the trust policy
    that vouches for its signer."""

    label: str
    title: str | None
    organisation: str | None
    trusted: bool
    problems: tuple[str, ...]
    actions: tuple[str, ...]
    source_types: tuple[str, ...] = ()
    agent: str | None = None  # softwareAgent of the first action
    generator: str | None = None
    anchor: str | None = None
    common_name: str | None = None
    basis: Literal["pin", "authority"] | None = None
    integrity: Integrity = "unknown"
    timestamp: Stamp = "absent"
    signed_at: datetime | None = None
    revocation: Revocation = "not_checked"
    expired: bool = False
    date: str | None = None  # as its first action or its stamp says


@dataclass(frozen=True, slots=True)
class Provenance:
    """The verdict on one picture. Parts:

    integrity   intact | broken | absent | unknown
    signer      who signed the active manifest, None without one
    timestamp   trusted | untrusted | invalid | absent
    revocation  not_checked (no service is asked, nothing is known) | not_revoked | revoked (a response stapled into the
                manifest or the policy's own list says so) | absent
    claim       what the oldest manifest of the chain says it is (vendor, model, source type), as said, not as proven
    policy      name and digest of the trust policy this was judged under
    lists       SHA-256 of each certificate list of that policy, by the name of its anchor
    holds_until the first moment at which time alone may change this verdict (a certificate or an entry of the policy
                begins or ends); None: time alone changes nothing
    """

    state: ProvenanceState
    integrity: Integrity
    signer: Signer | None
    timestamp: Stamp
    signed_at: datetime | None
    revocation: Revocation
    claim: dict[str, str | None]
    policy: dict[str, str]
    library: str
    chain: tuple[ChainLink, ...] = ()
    problems: tuple[str, ...] = field(default=())
    lists: dict[str, str] = field(default_factory=dict)
    holds_until: datetime | None = None

    @property
    def clean(self) -> bool:
        """Trusted, and no problem anywhere in the chain."""
        return self.state is ProvenanceState.TRUSTED and not self.problems

    @property
    def doubts(self) -> str:
        """The problems in one line, or the state where there are none."""
        return ", ".join(self.problems) or self.state.value


@dataclass(frozen=True, slots=True)
class ManifestOrder:
    """What a rendition's manifest is to say: a child of one parent, one action per step.

    ``steps`` are C2PA actions after ``c2pa.opened`` (each a mapping with ``action`` and optional ``parameters``,
    ``digitalSourceType``); ``assertions`` are further labelled assertions. ``parent`` is our own identifier of the
    parent, ``when`` the time of ``c2pa.opened``."""

    title: str | None
    steps: tuple[dict[str, object], ...]
    assertions: tuple[dict[str, object], ...] = ()
    parent: str | None = None
    when: datetime | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed file. ``manifest`` is the manifest store itself; with ``detached`` the file's own bytes are unchanged
    and the manifest must travel beside it. ``stamp_missing``: a time stamp was wanted, its service was out of reach,
    and the settings say to sign all the same."""

    content: bytes
    manifest: bytes
    detached: bool
    signer: str
    stamp_missing: bool = False
