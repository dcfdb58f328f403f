"""Manifest and XMP from lineage: an action only for a step really done, text that cannot break out."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from colophon.domain.manifest import Lineage, Origin, rendition_manifest
from colophon.domain.placement import PictureFormat
from colophon.domain.provenance import TRAINED_ALGORITHMIC_MEDIA, ManifestOrder
from colophon.domain.rendition import Change, Recipe, crop_box
from colophon.domain.subject import Box
from colophon.domain.xmp import xmp_packet

ORIGIN = Origin("Vendor", "flux-2-pro")
LINEAGE = Lineage("asset-1", "spring", "web/hero", "Northwind", ORIGIN, datetime(2026, 11, 28, 12, 0, 0, 5, UTC))
EXT = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"
PACKET = xmp_packet(ORIGIN)


def recipe(crop: Box, width: int, height: int, xmp: str = PACKET) -> Recipe:
    return Recipe(crop, width, height, PictureFormat.JPEG, None, xmp)


WHOLE = recipe(Box(0, 0, 1024, 768), 1024, 768)


def actions(order: ManifestOrder) -> list[object]:
    return [step["action"] for step in order.steps]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ((), []),
        ((Change.TURNED,), ["c2pa.orientation"]),
        ((Change.CONVERTED,), ["c2pa.adjustedColor"]),
        ((Change.CROPPED, Change.RESIZED), ["c2pa.cropped", "c2pa.resized.proportional"]),
        ((Change.FLATTENED,), ["c2pa.adjustedColor"]),
        ((Change.CONVERTED, Change.REDUCED), ["c2pa.adjustedColor", "c2pa.adjustedColor"]),
    ],
)
def test_one_action_for_each_change_and_for_writing_the_file(changes: tuple[Change, ...], said: list[str]) -> None:
    found = actions(rendition_manifest(LINEAGE, WHOLE, changes))
    assert found == [*said, "c2pa.edited.metadata", "c2pa.transcoded"]


def test_without_a_packet_no_metadata_was_written() -> None:
    assert actions(rendition_manifest(LINEAGE, replace(WHOLE, xmp=""), ())) == ["c2pa.transcoded"]


@pytest.mark.parametrize(
    ("crop", "size", "action"),
    [
        (Box(0, 0, 1024, 768), (512, 384), "c2pa.resized.proportional"),
        (Box(128, 0, 768, 768), (300, 300), "c2pa.resized.proportional"),
        (Box(0, 0, 1024, 768), (512, 512), "c2pa.resized"),
    ],
)
def test_a_resize_is_proportional_when_the_shape_stays(crop: Box, size: tuple[int, int], action: str) -> None:
    assert actions(rendition_manifest(LINEAGE, recipe(crop, *size), (Change.RESIZED,)))[0] == action


def test_the_crops_this_product_makes_count_as_proportional() -> None:
    for width, height in ((1080, 1350), (300, 250), (728, 90), (320, 50), (1200, 630), (160, 600)):
        made = recipe(crop_box(1024, 768, width, height), width, height)
        assert "c2pa.resized" not in actions(rendition_manifest(LINEAGE, made, (Change.CROPPED, Change.RESIZED)))


def test_what_a_change_of_colours_was_is_said_in_words() -> None:
    order = rendition_manifest(LINEAGE, WHOLE, (Change.CONVERTED, Change.FLATTENED, Change.REDUCED))
    assert [step.get("description") for step in order.steps[:3]] == [
        "converted to sRGB",
        "transparency laid on white",
        "reduced to a palette",
    ]


def test_of_a_picture_we_did_not_order_nothing_says_that_a_model_made_it() -> None:
    order = rendition_manifest(replace(LINEAGE, origin=None), WHOLE, tuple(Change), training="allowed")
    assert [assertion["label"] for assertion in order.assertions] == ["cawg.training-mining", "org.colophon.rendition"]
    said = json.dumps([order.steps, order.assertions])
    for word in ("digitalSourceType", "lgorithmic", "provider", "model", "notAllowed"):
        assert word not in said


def test_the_disclosure_names_the_vendors_own_name_of_the_model_where_it_differs() -> None:
    def disclosed(origin: Origin) -> object:
        return rendition_manifest(replace(LINEAGE, origin=origin), WHOLE, ()).assertions[-1]["data"]

    plain = {"modelType": "c2pa.types.model", "modelName": "flux-2-pro"}
    assert disclosed(ORIGIN) == disclosed(replace(ORIGIN, reported="flux-2-pro")) == plain
    own = "black-forest-labs/flux-2-pro:9f1c"
    assert disclosed(replace(ORIGIN, reported=own)) == {**plain, "modelIdentifier": own}


def test_the_packet_says_what_made_the_picture() -> None:
    assert properties(xmp_packet(ORIGIN)) == {
        "DigitalSourceType": TRAINED_ALGORITHMIC_MEDIA,
        "AISystemUsed": "Vendor flux-2-pro",
        "AISystemVersionUsed": "flux-2-pro",
    }
    assert properties(xmp_packet(replace(ORIGIN, reported="flux-2-pro-0611")))["AISystemVersionUsed"] == (
        "flux-2-pro-0611"
    )


def test_the_writer_is_named_with_a_prompt_only() -> None:
    assert properties(xmp_packet(ORIGIN, writer="Ana")) == properties(PACKET)
    both = properties(xmp_packet(ORIGIN, prompt="A mug", writer="Ana"))
    assert (both["AIPromptInformation"], both["AIPromptWriterName"]) == ("A mug", "Ana")
    assert "AIPromptWriterName" not in properties(xmp_packet(ORIGIN, prompt="A mug"))


def test_hostile_text_stays_text() -> None:
    nasty = '</x:xmpmeta><?xpacket?>&<![CDATA[\x00\x0b\ud800"'
    found = properties(xmp_packet(Origin(nasty, nasty, nasty), prompt=nasty, writer=nasty))
    assert len(found) == 5
    assert found["AIPromptInformation"] == found["AIPromptWriterName"] == '</x:xmpmeta><?xpacket?>&<![CDATA["'


def properties(packet: str) -> dict[str, str]:
    """Of the packet's one description, read by an XML parser: single text values, none of them twice."""
    assert packet.startswith('<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>')
    assert packet.endswith('<?xpacket end="r"?>')
    root = ElementTree.fromstring(packet.split("?>", 1)[1].rsplit("<?xpacket", 1)[0])  # noqa: S314
    [description] = root.findall("./*/*")
    assert all(len(element) == 0 and element.tag.startswith(EXT) for element in description)
    found = {element.tag.removeprefix(EXT): element.text or "" for element in description}
    assert len(found) == len(description)
    return found
