"""The tables of pictures: what they are, what was found and decided, what was made of them and published."""

from typing import Annotated, Any

from sqlalchemy import JSON, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from colophon.catalog.columns import Finite, LabelText, Word
from colophon.catalog.tables import (
    Big,
    BigKey,
    Id,
    Key,
    MaybeId,
    MaybeMoment,
    MaybeName,
    MaybeSha,
    Moment,
    Name,
    NumberKey,
    Prose,
    Row,
    Sha,
    Structure,
)


class AssetRow(Row, table=True):
    """``phash`` and ``dhash`` are the 64 bits as signed integers; both together are the asset's `LookRow`. ``subject``
    is what was found in the picture; ``focus_x`` and ``focus_y`` are the newest focal point of `FocusRow`,
    ``synthetic_person`` what the newest round of checks says of people."""

    __tablename__ = "assets"
    __table_args__ = (
        ForeignKeyConstraint(["generation"], ["generations.id"]),
        UniqueConstraint("generation"),
        Index(None, "generation", "state"),  # counts of a campaign read nothing else
        Index(None, "campaign", "id"),
        Index(None, "campaign", "state", "id"),
        Index(None, "state", "id"),
        Index(None, "sha256", "id"),
        Index(None, "pixels_sha256", "id"),
        Index(None, "phash", "dhash", "id"),
    )

    id: Key
    sha256: Sha
    bytes: Big
    campaign: Id
    visual: MaybeName = None
    variant: int | None = None
    generation: MaybeId = None
    state: Name
    format: Name
    width: int
    height: int
    mode: Name
    frames: int
    pixels_sha256: Sha
    phash: Big
    dhash: Big
    deviation: Annotated[float, Field(sa_type=Finite)]
    outcome: Name
    provenance: Structure
    created_at: Moment
    subject: Annotated[Any, Field(sa_type=JSON(none_as_null=True), nullable=True)] = None
    focus_x: int | None = None
    focus_y: int | None = None
    synthetic_person: bool | None = None


class FocusRow(Row, table=True):
    """A person's word on an asset's focal point, in pixels; both null: taken back."""

    __tablename__ = "focuses"
    __table_args__ = (ForeignKeyConstraint(["asset"], ["assets.id"]), Index(None, "asset"))

    id: Key
    asset: Id
    x: int | None = None
    y: int | None = None
    chosen_by: Prose
    chosen_at: Moment


class LookRow(Row, table=True):
    """What at least one asset looks like, once for all that look the same. ``b0`` to ``b3`` are the 16-bit bands of the
    phash, the highest first, each the head of an index that answers a search on its own."""

    __tablename__ = "looks"
    __table_args__ = tuple(Index(None, band, "phash", "dhash") for band in ("b0", "b1", "b2", "b3"))

    phash: BigKey
    dhash: BigKey
    b0: int
    b1: int
    b2: int
    b3: int


class RenditionRow(Row, table=True):
    __tablename__ = "renditions"
    __table_args__ = (
        ForeignKeyConstraint(["asset"], ["assets.id"]),
        UniqueConstraint("asset", "placement", "format", "recipe"),
        Index(None, "sha256"),
    )

    id: Key
    asset: Id
    placement: Name
    format: Name
    width: int
    height: int
    sha256: Sha
    bytes: Big
    recipe: Sha
    quality: int | None = None
    signer: Prose
    manifest_sha256: MaybeSha = None
    created_at: Moment
    similarity: Annotated[float | None, Field(sa_type=Finite)] = None
    floor: Annotated[float | None, Field(sa_type=Finite)] = None
    locale: MaybeName = None


class PublicationRow(Row, table=True):
    """At most one open row for a rendition and key."""

    __tablename__ = "publications"
    __table_args__ = (
        ForeignKeyConstraint(["rendition"], ["renditions.id"]),
        Index(None, "campaign", "id"),
        Index(None, "rendition"),
        Index(
            None,
            "rendition",
            "key",
            unique=True,
            sqlite_where=text("published_until IS NULL"),
            postgresql_where=text("published_until IS NULL"),
        ),
    )

    id: Key
    campaign: Id
    rendition: Id
    key: Prose
    address: Prose
    sha256: Sha
    published_from: Moment
    published_until: MaybeMoment = None


class ManifestRow(Row, table=True):
    """The manifest store whose active manifest has this label. ``rendition`` None: it is the asset's original's.
    ``state`` is the verdict on the picture it came with, when it was kept."""

    __tablename__ = "manifests"
    __table_args__ = (
        ForeignKeyConstraint(["asset"], ["assets.id"]),
        ForeignKeyConstraint(["rendition"], ["renditions.id"]),
        Index(None, "asset"),
        Index(None, "rendition"),
    )

    label: Annotated[str, Field(sa_type=LabelText, primary_key=True)]
    sha256: Sha
    asset: Id
    rendition: MaybeId = None
    state: Name
    created_at: Moment


class FingerprintRow(Row, table=True):
    """One fingerprint of an asset or of a rendition (``subject`` is the id of either): of the whole picture (``view``
    0) or of a window of it. ``bits`` are its first 64 as a signed integer, ``rest`` its further hex digits, ``b0`` to
    ``b3`` the bands of ``bits`` as in `LookRow`."""

    __tablename__ = "fingerprints"
    __table_args__ = (
        ForeignKeyConstraint(["asset"], ["assets.id"]),
        Index(None, "asset"),
        *(Index(None, "alg", band, "subject", "view", "bits") for band in ("b0", "b1", "b2", "b3")),
    )

    subject: Key
    alg: Annotated[str, Field(sa_type=Word, primary_key=True)]
    view: NumberKey
    asset: Id
    bits: Big
    rest: MaybeSha = None
    b0: int
    b1: int
    b2: int
    b3: int
