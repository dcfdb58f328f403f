"""What the confined reader reports about a file: the shape that is believed of a process that read hostile bytes."""

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


Own = dict[str, tuple[Status, ...]]


class ManifestRead(_Part):
    title: Text | None
    generator: Annotated[str, Field(max_length=700)] | None
    organisation: Text | None
    common_name: Text | None
    serial: Text | None
    algorithm: Text | None
    time: Text | None
    actions: tuple[ActionRead, ...]
    ingredients: tuple[IngredientRead, ...]

    @property
    def parent(self) -> IngredientRead | None:
        return next((i for i in self.ingredients if i.relationship == "parentOf"), None)


class Report(_Part):
    """``statuses`` are the library's for the whole file. The others are each manifest's own, by label, under the whole
    policy (``fresh``), under one claim anchor and all time-stamp anchors (``views``, by anchor), and under the
    time-stamp anchors alone."""

    outcome: Literal["read", "none", "remote", "unsupported", "limits", "error"]
    message: Text
    library: Text
    state: Text | None = None
    active: Text | None = None
    manifests: dict[str, ManifestRead] = {}
    statuses: tuple[Status, ...] = ()
    fresh: Own = {}
    views: dict[str, Own] = {}
    stamps_only: Own = {}
