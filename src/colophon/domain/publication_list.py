"""What publishing jobs read: the list of one campaign, and the signed list of all lists."""

import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

LIST_NAME = "publications.json"
CURRENT_KEY = "current.json"
SIGNATURE_KEY = "current.json.jws"

_SHA = r"^[0-9a-f]{64}$"
_TIME = "RFC 3339, in UTC"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class ListedFile(_Part):
    """One public file. It was read back through its address, and its signature verified, before it was listed."""

    rendition: str
    asset: str
    placement: str = Field(description="channel/placement of the table")
    address: str
    sha256: str = Field(pattern=_SHA)
    bytes: int = Field(ge=1)
    media_type: str
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    signer: str = Field(description="organisation that signed it")
    locale: str | None = Field(description="language of the words laid on it; null: none were")
    manifest: str = Field(description='"embedded", or the address of the C2PA manifest beside the file')
    from_: str = Field(alias="from", description=f"public since; {_TIME}")
    alt: str = Field(default="", description="text for screen readers, in the brief's words; empty: the brief has none")


class ListedPicture(_Part):
    """The ``<picture>`` element of one picture in one web placement."""

    asset: str
    placement: str
    locale: str | None
    markup: str = Field(description="HTML; every value in it is escaped")
    alt: str = Field(description="text for screen readers; empty: the brief has none, and the page says it")


class PublicationList(_Part):
    """What is public of one campaign. Only renewed when something of it changes."""

    schema_version: Literal[1] = 1
    campaign: str
    title: str
    territories: tuple[str, ...] = Field(
        description="where the pictures may be shown, in the brief's words; empty: the brief states no limit. Not "
        "enforced by the CDN store: whoever shows the pictures acts on it"
    )
    valid_from: str | None = Field(description=f"not to be shown before; {_TIME}")
    valid_until: str | None = Field(description=f"not to be shown from then on, when the files are withdrawn; {_TIME}")
    publications: tuple[ListedFile, ...]
    pictures: tuple[ListedPicture, ...]


class ListedCampaign(_Part):
    """Where a campaign's list is, and the digest of its present bytes."""

    campaign: str
    list: str = Field(description="address of its publications.json")
    sha256: str = Field(pattern=_SHA, description="of the list's bytes")
    bytes: int = Field(ge=1)
    publications: int = Field(ge=0)


class CurrentList(_Part):
    """The list of all lists; ``current.json.jws`` is its detached signature. ``sequence`` counts up by one and
    ``previous`` is the digest of the list before, so that an old list shown again is noticed."""

    schema_version: Literal[1] = 1
    sequence: int = Field(ge=1)
    issued: str = Field(description=_TIME)
    previous: str | None = Field(pattern=_SHA, description="SHA-256 of the bytes of the list before; null: the first")
    campaigns: tuple[ListedCampaign, ...]


def list_bytes(content: PublicationList | CurrentList) -> bytes:
    """The one form in which a list is written, so that equal content has equal bytes."""
    view = content.model_dump(mode="json", by_alias=True)
    return json.dumps(view, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n"
