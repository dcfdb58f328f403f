"""What a rendition's manifest says, derived from what was really done to its original."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from colophon.domain.lettering import Laid, Slot
from colophon.domain.provenance import COMPOSITE_WITH_TRAINED_MEDIA, TRAINED_ALGORITHMIC_MEDIA, ManifestOrder
from colophon.domain.rendition import Change, Recipe

RENDITION_LABEL = "org.colophon.rendition"
_TRAINING_USES = ("cawg.ai_generative_training", "cawg.ai_training", "cawg.ai_inference", "cawg.data_mining")

# C2PA 2.4, table 8. Those that alter what is seen name the source type of the result; a proportional resize counts as
# not editorial and names none. A free description says what the standard's name leaves open.
_ACTIONS: dict[Change, dict[str, object]] = {
    Change.TURNED: {"action": "c2pa.orientation"},
    Change.CONVERTED: {"action": "c2pa.adjustedColor", "description": "converted to sRGB"},
    Change.CROPPED: {"action": "c2pa.cropped"},
    Change.RESIZED: {"action": "c2pa.resized"},
    Change.FLATTENED: {"action": "c2pa.adjustedColor", "description": "transparency laid on white"},
    Change.REDUCED: {"action": "c2pa.adjustedColor", "description": "reduced to a palette"},
}

_LONGEST_WORDS = 201  # what is longer is only read in the picture: every byte of a manifest counts against the cap
_LAID = {
    Slot.HEADLINE: "headline laid on",
    Slot.SUBLINE: "subline laid on",
    Slot.CALL_TO_ACTION: "call to action laid on, as a button",
    Slot.LEGAL: "legal line laid on",
    Slot.LOGO: "brand logo laid on",
    Slot.LABEL: "AI label laid on",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Who made a picture that we ordered from a model, and with what. ``reported`` is the vendor's own name of the
    model where its answer gave one. Only such a picture has an origin, so only it is called AI-made."""

    provider: str
    model: str
    reported: str | None = None
    source_type: str = TRAINED_ALGORITHMIC_MEDIA


@dataclass(frozen=True, slots=True)
class Lineage:
    """A rendition's way from its original. ``origin`` None: not ordered by us, so nothing is said about who or what
    made it. Prompts are not part of it."""

    asset: str
    campaign: str
    placement: str
    brand: str
    origin: Origin | None
    made_at: datetime | None = None


def rendition_manifest(
    lineage: Lineage,
    recipe: Recipe,
    changes: Sequence[Change],
    laid: Sequence[Laid] = (),
    *,
    training: str = "notAllowed",
) -> ManifestOrder:
    """The manifest of the rendition that ``recipe`` made with these ``changes``, among them what was ``laid`` on: one
    action per step really done, the uses in training that the brand allows, and how it was made. ``training`` is
    allowed, notAllowed or constrained.

    It has no title: the specification advises against one in the claim, and campaign and placement are in our own
    assertion.
    """
    assertions = [_training(training), _rendition(lineage)]
    if lineage.origin is not None:
        assertions.append(_disclosure(lineage.origin))
    return ManifestOrder(
        title=None,
        steps=tuple(_steps(lineage.origin, recipe, changes, laid)),
        assertions=tuple(assertions),
        parent=lineage.asset,
        when=lineage.made_at,
    )


def _steps(
    origin: Origin | None, recipe: Recipe, changes: Sequence[Change], laid: Sequence[Laid]
) -> list[dict[str, object]]:
    """In the order they are done; writing the file comes last, and changes its metadata and its encoding."""
    steps: list[dict[str, object]] = []
    for change in changes:
        steps += _laid_on(origin, recipe, laid) if change is Change.LETTERED else [_step(change, origin, recipe)]
    if recipe.xmp:
        steps.append({"action": "c2pa.edited.metadata"})
    return [*steps, {"action": "c2pa.transcoded"}]


def _step(change: Change, origin: Origin | None, recipe: Recipe) -> dict[str, object]:
    if change is Change.RESIZED and _proportional(recipe):
        return {"action": "c2pa.resized.proportional"}
    return _ACTIONS[change] | ({"digitalSourceType": origin.source_type} if origin else {})


def _laid_on(origin: Origin | None, recipe: Recipe, laid: Sequence[Laid]) -> list[dict[str, object]]:
    """An action for each thing that was laid on, with its words or the logo's digest, and where. Words are text that
    was added; a logo is an edit, since `c2pa.placed` has to name an ingredient, and a logo has no history of its own to
    carry. The ground under them is told with the first."""
    source = {"digitalSourceType": COMPOSITE_WITH_TRAINED_MEDIA} if origin else {}
    texts = dict(recipe.lettering.texts) if recipe.lettering else {}
    steps: list[dict[str, object]] = []
    for one in laid:
        facts: dict[str, object] = {"org.colophon.slot": one.slot.value, "org.colophon.box": list(one.box)}
        if len(texts.get(one.slot, "")) in range(1, _LONGEST_WORDS):
            facts["org.colophon.text"] = texts[one.slot]
        if one.ground and not steps:
            facts["org.colophon.ground"] = one.ground
        action = "c2pa.edited" if one.slot is Slot.LOGO else "c2pa.addedText"
        steps.append({"action": action, "description": _LAID[one.slot], "parameters": facts, **source})
    return steps


def _proportional(recipe: Recipe) -> bool:
    """The box has the target's shape to within a pixel of rounding."""
    excess = abs(recipe.crop.width * recipe.height - recipe.crop.height * recipe.width)
    return excess <= max(recipe.width, recipe.height)


def _training(use: str) -> dict[str, object]:
    """CAWG training and data mining assertion."""
    return {"label": "cawg.training-mining", "data": {"entries": {name: {"use": use} for name in _TRAINING_USES}}}


def _disclosure(origin: Origin) -> dict[str, object]:
    """AI disclosure after C2PA 2.4, section 18.28: ``modelType`` is required and comes from its table 12, where
    "c2pa.types.model" is for a model that no other entry describes; the others name file formats (ONNX, PyTorch ...),
    which vendors do not tell. ``modelIdentifier`` is optional: what the vendor itself called the model.

    ``contentProfile.humanOversightLevel`` is left out. Its values say whether a person approved the final output, and
    people decide about a file after it has been signed: any value would be wrong for some of them.
    """
    facts = {"modelType": "c2pa.types.model", "modelName": origin.model}
    if origin.reported is not None and origin.reported != origin.model:
        facts["modelIdentifier"] = origin.reported
    return {"label": "c2pa.ai-disclosure", "data": facts}


def _rendition(lineage: Lineage) -> dict[str, object]:
    """Few and short: every byte here travels in every file, so nothing is said twice. What California's SB 942 asks of
    a latent disclosure is all there: the provider here, the system and its version in the AI disclosure, the time with
    the first action, and as identifier the asset's, by which the ingredient is known."""
    facts = {"brand": lineage.brand, "campaign": lineage.campaign, "placement": lineage.placement}
    if lineage.origin is not None:
        facts["provider"] = lineage.origin.provider
    return {"label": RENDITION_LABEL, "data": facts}
