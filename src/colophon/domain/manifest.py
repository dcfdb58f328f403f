"""What a rendition's manifest says, derived from what was really done to its original."""

from dataclasses import dataclass

from colophon.domain.provenance import TRAINED_ALGORITHMIC_MEDIA, ManifestOrder
from colophon.domain.rendition import Recipe

RENDITION_LABEL = "org.colophon.rendition"
_TRAINING_USES = ("cawg.ai_generative_training", "cawg.ai_training", "cawg.ai_inference", "cawg.data_mining")


@dataclass(frozen=True, slots=True)
class Lineage:
    """A rendition's way from its original. ``source_type`` is the original's IPTC digital source type, as its own
    manifest or the order says; ``model`` None: not made by a model we know of. ``colours_changed``: converted to
    another colour space, or flattened, or reduced to a palette. Prompts are not part of it."""

    asset: str
    asset_width: int
    asset_height: int
    campaign: str
    placement: str
    model: str | None = None
    source_type: str = TRAINED_ALGORITHMIC_MEDIA
    colours_changed: bool = False


def rendition_manifest(lineage: Lineage, recipe: Recipe, *, training: str = "notAllowed") -> ManifestOrder:
    """The manifest of the rendition that ``recipe`` makes: one action per step really done, the uses in training
    that the brand allows, and how it was made. ``training`` is allowed, notAllowed or constrained."""
    assertions = [_training(training), _rendition(lineage)]
    if lineage.model is not None:
        assertions.append(_disclosure(lineage.model))
    return ManifestOrder(f"{lineage.campaign} {lineage.placement}", tuple(_steps(lineage, recipe)), tuple(assertions))


def _steps(lineage: Lineage, recipe: Recipe) -> list[dict[str, object]]:
    """In the order they are done. Actions that may change what is seen name the source type of the result."""
    crop, steps = recipe.crop, list[dict[str, object]]()
    if (crop.width, crop.height) != (lineage.asset_width, lineage.asset_height):
        steps.append({"action": "c2pa.cropped", "digitalSourceType": lineage.source_type})
    if (crop.width, crop.height) != (recipe.width, recipe.height):
        steps.append(_resized(lineage, recipe))
    if lineage.colours_changed:
        steps.append({"action": "c2pa.adjustedColor", "digitalSourceType": lineage.source_type})
    steps.append({"action": "c2pa.transcoded"})
    return steps


def _resized(lineage: Lineage, recipe: Recipe) -> dict[str, object]:
    """Proportional when the box has the target's shape to within a pixel of rounding."""
    wide = abs(recipe.crop.width * recipe.height - recipe.crop.height * recipe.width)
    if wide <= max(recipe.width, recipe.height):
        return {"action": "c2pa.resized.proportional"}
    return {"action": "c2pa.resized", "digitalSourceType": lineage.source_type}


def _training(use: str) -> dict[str, object]:
    """CAWG training and data mining assertion."""
    return {"label": "cawg.training-mining", "data": {"entries": {name: {"use": use} for name in _TRAINING_USES}}}


def _disclosure(model: str) -> dict[str, object]:
    """C2PA 2.4 AI disclosure: the general model type, since vendors do not publish a narrower one."""
    return {"label": "c2pa.ai-disclosure", "data": {"modelType": "c2pa.types.model", "modelName": model}}


def _rendition(lineage: Lineage) -> dict[str, object]:
    """Few and short: every byte here travels in every file. The brand is the signer, the original is the ingredient."""
    facts = {"campaign": lineage.campaign, "asset": lineage.asset, "placement": lineage.placement}
    return {"label": RENDITION_LABEL, "data": facts}
