"""What the confined reader reports about a file: the shape that is believed of a process that read hostile bytes."""

from datetime import datetime
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

_PREFIX = "self#jumbf=/c2pa/"

Text = Annotated[str, Field(max_length=400)]


class Status(NamedTuple):
    """One validation status: the list it was filed in, its code, the box it speaks of, and the manifest that a
    relative address belongs to."""

    filed: Literal["success", "informational", "failure"]
    code: Text
    url: Text
    about: Text

    @property
    def label(self) -> str:
        """The manifest this status speaks of."""
        return self.url.removeprefix(_PREFIX).split("/")[0] if self.url.startswith(_PREFIX) else self.about


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ActionRead(_Part):
    action: Text
    source_type: Text | None
    agent: Text | None
    when: Text | None


class IngredientRead(_Part):
    """``manifest`` is the label of the ingredient's own manifest, None when it had none. ``recorded`` is what the
    signer of the child wrote down about it."""

    title: Text | None
    relationship: Text
    manifest: Text | None
    recorded: tuple[Status, ...]


class SignerRead(_Part):
    """The signing certificate. ``chain`` has the digests of it and its issuers, as far as the file has them;
    ``entries`` of the policy vouch for it at the moment it had to be good, and ``bounds`` are the moments at which a
    certificate of its chain begins or ends."""

    chain: Annotated[tuple[Sha256, ...], Field(min_length=1, max_length=8)]
    serial: Text
    issuer: Text
    begins: datetime
    ends: datetime
    bounds: Annotated[tuple[datetime, ...], Field(max_length=32)]
    entries: tuple[Text, ...]


class ManifestRead(_Part):
    """``signer`` None: its certificates could not be read, and nobody vouches for it."""

    title: Text | None
    generator: Annotated[str, Field(max_length=700)] | None
    organisation: Text | None
    common_name: Text | None
    algorithm: Text | None
    time: Text | None
    signer: SignerRead | None
    actions: tuple[ActionRead, ...]
    ingredients: tuple[IngredientRead, ...]

    @property
    def parent(self) -> IngredientRead | None:
        return next((i for i in self.ingredients if i.relationship == "parentOf"), None)


class Report(_Part):
    """``statuses`` are the library's for the whole file; ``stamps`` are those of each stamped manifest's time stamp, by
    label, where only the time-stamp anchors count; ``judged`` is when each manifest's signer had to be good."""

    outcome: Literal["read", "none", "remote", "unsupported", "limits", "error"]
    message: Text
    library: Text
    state: Text | None = None
    active: Text | None = None
    manifests: dict[str, ManifestRead] = {}
    judged: dict[str, datetime] = {}
    statuses: tuple[Status, ...] = ()
    stamps: dict[str, tuple[Status, ...]] = {}
