"""Messages to other programs: which changes are told of, and in what words.

A message is made of one event of the audit log, which was written in the transaction of the change itself. It holds
ids, digests, addresses and times, and nothing personal.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from colophon.domain.event import Event, canonical_value
from colophon.domain.withdrawal import Why

ASSETS, PUBLICATIONS, WITHDRAWALS = "assets", "publications", "withdrawals"
TOLD_OF = (ASSETS, PUBLICATIONS, WITHDRAWALS)
"""The tables whose changes are told of."""

_CHANGES = ("added", "changed")  # not what a migration brought into the log
_SHA = r"^[0-9a-f]{64}$"
_TIME = "RFC 3339, in UTC"


class MessageType(StrEnum):
    """``asset.held``: an approval that no longer counts, by time or by what was found since. ``rendition.withdrawn``
    and ``rendition.expired``: off the CDN store, the second because the rights ended; ``rendition.gone``: seen at none
    of its addresses any more."""

    APPROVED = "asset.approved"
    REJECTED = "asset.rejected"
    HELD = "asset.held"
    PUBLISHED = "rendition.published"
    WITHDRAWN = "rendition.withdrawn"
    EXPIRED = "rendition.expired"
    GONE = "rendition.gone"
    TEST = "target.test"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AssetTold(_Part):
    """An asset and where it stands since the event."""

    asset: str
    sha256: str = Field(pattern=_SHA, description="of the original's bytes")
    campaign: str
    brand: str | None = Field(default=None, description="missing for a picture that came from outside")
    visual: str | None = None
    variant: int | None = None
    state: Literal["approved", "rejected", "held"]
    event: int = Field(ge=1, description="number of the event in the audit log; later ones are greater")


class RenditionTold(_Part):
    """A file at its public addresses."""

    rendition: str
    sha256: str = Field(pattern=_SHA, description="of the file's bytes")
    asset: str
    publication: str
    campaign: str
    brand: str | None = None
    placement: str = Field(description="channel/placement of the table")
    format: str
    addresses: tuple[str, ...] = Field(description="the file first; then, once withdrawn, what lay beside it")
    published_from: str = Field(description=_TIME)
    published_until: str | None = Field(default=None, description=f"when it was taken down; {_TIME}")
    why: Literal["asked", "rejected", "unplanned", "rights", "expired"] | None = Field(
        default=None, description="why it was taken down; rights: under embargo, or before its rights begin"
    )
    gone_at: str | None = Field(default=None, description=f"when whole rounds of looks saw it nowhere; {_TIME}")
    event: int = Field(ge=1, description="number of the event in the audit log; later ones are greater")


class TargetTold(_Part):
    target: str


class AssetMessage(_Part):
    """What became of a picture."""

    type: Literal["asset.approved", "asset.rejected", "asset.held"]
    timestamp: str = Field(description=f"when it happened; {_TIME}")
    data: AssetTold


class RenditionMessage(_Part):
    """What became of a public file."""

    type: Literal["rendition.published", "rendition.withdrawn", "rendition.expired", "rendition.gone"]
    timestamp: str = Field(description=f"when it happened; {_TIME}")
    data: RenditionTold


class TrialMessage(_Part):
    """Sent by hand, to see whether it arrives. It tells of nothing."""

    type: Literal["target.test"]
    timestamp: str = Field(description=_TIME)
    data: TargetTold


class MessageDocument(RootModel[AssetMessage | RenditionMessage | TrialMessage]):
    """The body of a message, for whoever receives it."""


@dataclass(frozen=True, slots=True)
class Message:
    """``id`` is the same however often it is sent, and to whomever; ``body`` is what is sent, to the byte."""

    id: str
    type: MessageType
    at: datetime
    campaign: str | None
    brand: str | None
    event: int
    body: str


def type_of(event: Event, before: Mapping[str, Any], why: Why | None = None) -> MessageType | None:
    """What an event is told as; None: not at all. ``before`` is the body of the event before it about the same row,
    ``why`` why a publication was taken back."""
    draft, now = event.draft, event.draft.body
    if draft.kind not in _CHANGES:
        return None
    if draft.about == ASSETS and now.get("state") != before.get("state"):
        return _asset_type(now.get("state"), before.get("state"))
    if draft.about == PUBLICATIONS and _newly("published_until", now, before):
        return MessageType.EXPIRED if why is Why.EXPIRED else MessageType.WITHDRAWN
    if draft.about == PUBLICATIONS and draft.kind == "added":
        return MessageType.PUBLISHED
    if draft.about == WITHDRAWALS and _newly("gone_at", now, before):
        return MessageType.GONE
    return None


def message_of(kind: MessageType, event: Event, told: Mapping[str, Any]) -> Message:
    """The message about an event. ``told`` are the members of `AssetTold` or `RenditionTold`, without ``event``; times
    may be moments."""
    members = {name: canonical_value(value) for name, value in told.items()}
    timestamp = canonical_value(event.at)
    document: BaseModel
    if event.draft.about == ASSETS:
        document = AssetMessage.model_validate(
            {"type": kind.value, "timestamp": timestamp, "data": {**members, "event": event.sequence}}
        )
    else:
        document = RenditionMessage.model_validate(
            {"type": kind.value, "timestamp": timestamp, "data": {**members, "event": event.sequence}}
        )
    identity = hashlib.sha256(f"{event.hash} {kind.value}".encode()).hexdigest()[:32]
    body = document.model_dump_json(exclude_none=True)
    return Message(f"msg_{identity}", kind, event.at, told["campaign"], told["brand"], event.sequence, body)


def trial_message(identity: str, target: str, now: datetime) -> Message:
    """One that tells of nothing, for a person who wants to see it arrive."""
    timestamp = canonical_value(now.astimezone(UTC))
    body = TrialMessage(type="target.test", timestamp=timestamp, data=TargetTold(target=target)).model_dump_json()
    return Message(identity, MessageType.TEST, now, None, None, 0, body)


def _asset_type(now: object, before: object) -> MessageType | None:
    if now == "approved":
        return MessageType.APPROVED
    if now == "rejected":
        return MessageType.REJECTED
    return MessageType.HELD if now == "held" and before == "approved" else None


def _newly(name: str, now: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    return now.get(name) is not None and before.get(name) is None
