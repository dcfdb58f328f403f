"""What the C2PA conformance programme asks of a generator, asked of our renditions in all four formats through the
library's own conformance view (crJSON), and by the specification's text where the library does not look."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import c2pa
import pytest
from PIL import Image

from colophon.confined.manifests import context_settings
from colophon.domain.lettering import Laid, Slot
from colophon.domain.manifest import Lineage, Origin, rendition_manifest
from colophon.domain.placement import PictureFormat
from colophon.domain.provenance import COMPOSITE_WITH_TRAINED_MEDIA, TRAINED_ALGORITHMIC_MEDIA
from colophon.domain.rendition import Change, Recipe
from colophon.domain.subject import Box
from colophon.domain.xmp import xmp_packet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.provenance.conftest import World

ORIGIN = Origin("Vendor", "flux-2-pro")
LINEAGE = Lineage("asset_1", "spring", "web/hero", "Northwind", ORIGIN, datetime(2026, 11, 28, 12, 0, 0, 7, UTC))
PILLOW = {f: "JPEG" if f is PictureFormat.JPEG else f.name for f in PictureFormat}
SHAPES = [
    (),
    (Change.CROPPED, Change.RESIZED),
    tuple(Change),
]

# C2PA 2.4, table 8 without what it calls deprecated; those of the second line carry no digital source type.
WITH_SOURCE = {"addedText", "created", "cropped", "orientation", "resized", "adjustedColor", "edited", "filtered"}
WITHOUT_SOURCE = {"opened", "edited.metadata", "resized.proportional", "transcoded", "converted", "repackaged"}
DEPRECATED = re.compile(
    r"c2pa\.(actions|ingredient(\.v2)?|claim|training-mining|asset-type|hash\.bmff(\.v2)?|thumbnail\..*_1|font.*)"
    r"|stds\..*"
)
SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
PREDEFINED_PARAMETERS = {"ingredients", "redacted", "relatedAssertions", "multipleInstances"}
MODEL_TYPE = re.compile(r"c2pa\.types\.model(\.[a-z0-9_.]+)?")  # C2PA 2.4, table 12


def unsigned(fmt: PictureFormat) -> bytes:
    sink = io.BytesIO()
    picture, packet = Image.linear_gradient("L").resize((64, 64)).convert("RGB"), xmp_packet(ORIGIN)
    if fmt is PictureFormat.PNG:
        from PIL.PngImagePlugin import PngInfo

        text = PngInfo()
        text.add_itxt("XML:com.adobe.xmp", packet)
        picture.save(sink, "PNG", pnginfo=text)
    else:
        picture.save(sink, PILLOW[fmt], xmp=packet.encode())
    return sink.getvalue()


def rendition(
    world: World, fmt: PictureFormat, changes: Sequence[Change] = SHAPES[1], lineage: Lineage = LINEAGE
) -> bytes:
    recipe = Recipe(Box(0, 0, 64, 48), 40, 30, fmt, None, xmp_packet(ORIGIN))
    laid = [Laid(slot=Slot.LEGAL, box=(1, 2, 3, 4), ground=0.5)] if Change.LETTERED in changes else []
    order = rendition_manifest(lineage, recipe, changes, laid)
    original = world.original()
    signed = world.signer().sign(unsigned(fmt), fmt.media_type, order, parent=original, parent_media_type="image/png")
    return signed.content


def crjson(content: bytes, fmt: PictureFormat) -> list[dict[str, Any]]:
    settings = context_settings([], ("1.3.6.1.5.5.7.3.4",))
    with (
        c2pa.Context.from_dict(settings) as context,
        c2pa.Reader(fmt.media_type, io.BytesIO(content), context=context) as reader,
    ):
        manifests: list[dict[str, Any]] = json.loads(reader.crjson())["manifests"]
        return manifests


@pytest.mark.parametrize("changes", SHAPES)
@pytest.mark.parametrize("fmt", PictureFormat)
def test_actions_are_version_2_created_by_us_and_all_of_them(
    world: World, fmt: PictureFormat, changes: tuple[Change, ...]
) -> None:
    manifest = crjson(rendition(world, fmt, changes), fmt)[0]
    labels = _created(manifest)
    assert [label for label in labels if label.startswith("c2pa.actions")] == ["c2pa.actions.v2"]
    assert manifest["claim.v2"]["gathered_assertions"] == []
    data = manifest["assertions"]["c2pa.actions.v2"]
    assert data["allActionsIncluded"] is True
    assert len(data["actions"]) == 1 + len(changes) + 2
    assert data["actions"][0]["action"] == "c2pa.opened"
    assert not {a["action"] for a in data["actions"][1:]} & {"c2pa.opened", "c2pa.created"}


@pytest.mark.parametrize("fmt", PictureFormat)
def test_the_claim_generator_says_which_specification_it_follows(world: World, fmt: PictureFormat) -> None:
    generator = crjson(rendition(world, fmt), fmt)[0]["claim.v2"]["claim_generator_info"]
    assert generator["name"] == "colophon"
    assert SEMVER.fullmatch(generator["specVersion"])
    assert generator["specVersion"].startswith("2.4.")


@pytest.mark.parametrize("changes", SHAPES)
@pytest.mark.parametrize("fmt", PictureFormat)
def test_a_source_type_stands_on_the_actions_that_ask_for_one_and_on_no_other(
    world: World, fmt: PictureFormat, changes: tuple[Change, ...]
) -> None:
    data = crjson(rendition(world, fmt, changes), fmt)[0]["assertions"]["c2pa.actions.v2"]
    for action in data["actions"]:
        name = action["action"].removeprefix("c2pa.")
        assert name in WITH_SOURCE | WITHOUT_SOURCE
        result = COMPOSITE_WITH_TRAINED_MEDIA if name == "addedText" else TRAINED_ALGORITHMIC_MEDIA
        assert action.get("digitalSourceType") == (result if name in WITH_SOURCE else None)
    assert all("digitalSourceType" not in template for template in data["templates"])


@pytest.mark.parametrize("fmt", PictureFormat)
def test_opened_has_one_ingredient_which_is_the_vendors_picture(world: World, fmt: PictureFormat) -> None:
    manifest, vendor = crjson(rendition(world, fmt), fmt)
    opened = manifest["assertions"]["c2pa.actions.v2"]["actions"][0]
    [reference] = opened["parameters"]["ingredients"]
    assert reference["url"].endswith("/c2pa.ingredient.v3")
    ingredient = manifest["assertions"]["c2pa.ingredient.v3"]
    assert ingredient["relationship"] == "parentOf"
    assert vendor["label"] in ingredient["activeManifest"]["url"]
    assert ingredient["instanceID"] == "asset_1"
    assert "dc:title" not in ingredient
    assert [label for label in manifest["assertions"] if "ingredient" in label] == ["c2pa.ingredient.v3"]


@pytest.mark.parametrize("changes", SHAPES)
@pytest.mark.parametrize("fmt", PictureFormat)
def test_own_names_have_a_dot_and_no_name_is_deprecated(
    world: World, fmt: PictureFormat, changes: tuple[Change, ...]
) -> None:
    manifest = crjson(rendition(world, fmt, changes), fmt)[0]
    labels = set(manifest["assertions"]) | set(_created(manifest))
    assert all("." in label and not DEPRECATED.fullmatch(label) for label in labels)
    for action in manifest["assertions"]["c2pa.actions.v2"]["actions"]:
        assert "." in action["action"]
        assert all(p in PREDEFINED_PARAMETERS or "." in p for p in action.get("parameters", {}))


@pytest.mark.parametrize("fmt", PictureFormat)
def test_the_software_is_named_for_every_action_and_the_time_for_the_first(world: World, fmt: PictureFormat) -> None:
    data = crjson(rendition(world, fmt), fmt)[0]["assertions"]["c2pa.actions.v2"]
    agents = [_agent(action, data["templates"]) for action in data["actions"]]
    assert {agent["name"] for agent in agents} == {"colophon"}
    assert all(agent["version"] for agent in agents)
    assert data["actions"][0]["when"] == "2026-11-28T12:00:00Z"


@pytest.mark.parametrize("fmt", PictureFormat)
def test_our_own_facts_and_the_disclosure(world: World, fmt: PictureFormat) -> None:
    assertions = crjson(rendition(world, fmt), fmt)[0]["assertions"]
    own = {"brand": "Northwind", "campaign": "spring", "placement": "web/hero", "provider": "Vendor"}
    assert assertions["org.colophon.rendition"] == own
    disclosure = assertions["c2pa.ai-disclosure"]
    assert MODEL_TYPE.fullmatch(disclosure["modelType"])
    assert disclosure.keys() <= {"modelType", "modelName", "modelIdentifier"}
    uses = assertions["cawg.training-mining"]["entries"]
    assert {name: entry["use"] for name, entry in uses.items()} == dict.fromkeys(
        ("cawg.ai_generative_training", "cawg.ai_training", "cawg.ai_inference", "cawg.data_mining"), "notAllowed"
    )


@pytest.mark.parametrize("fmt", PictureFormat)
def test_a_picture_we_did_not_order_is_nowhere_called_ai_made_by_us(world: World, fmt: PictureFormat) -> None:
    content = rendition(world, fmt, tuple(Change), replace(LINEAGE, origin=None))
    own = json.dumps(crjson(content, fmt)[0]["assertions"])
    assert "lgorithmic" not in own
    assert "ai-disclosure" not in own


@pytest.mark.parametrize("fmt", PictureFormat)
def test_the_packet_survives_signing_and_parses(world: World, fmt: PictureFormat) -> None:
    with Image.open(io.BytesIO(rendition(world, fmt))) as picture:
        found = picture.info.get("xmp") or picture.info["XML:com.adobe.xmp"]
    packet = found.decode() if isinstance(found, bytes) else found
    assert packet == xmp_packet(ORIGIN)
    root = ElementTree.fromstring(packet.split("?>", 1)[1].rsplit("<?xpacket", 1)[0])  # noqa: S314 - our own
    assert [e.text for e in root.iter() if e.tag.endswith("}DigitalSourceType")] == [TRAINED_ALGORITHMIC_MEDIA]


def _created(manifest: Mapping[str, Any]) -> list[str]:
    return [entry["url"].rsplit("/", 1)[1] for entry in manifest["claim.v2"]["created_assertions"]]


def _agent(action: dict[str, Any], templates: Sequence[dict[str, Any]]) -> Any:
    """An action's software, after C2PA 2.4, section 18.15.6.1: templates for all actions first, then its own."""
    merged: dict[str, Any] = {}
    for template in sorted(templates, key=lambda t: t["action"] != "*"):
        if template["action"] in ("*", action["action"]):
            merged |= template
    return (merged | action)["softwareAgent"]
