"""Manifest and XMP from lineage: an action only for a step really done, text that cannot break out."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from colophon.domain.manifest import Lineage, rendition_manifest
from colophon.domain.placement import PictureFormat
from colophon.domain.provenance import TRAINED_ALGORITHMIC_MEDIA
from colophon.domain.rendition import Box, Recipe, crop_box
from colophon.domain.xmp import xmp_packet

LINEAGE = Lineage("asset-1", 1024, 768, "spring", "web/hero", model="flux-2-pro")
EXT = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}"


def recipe(crop: Box, width: int, height: int) -> Recipe:
    return Recipe(crop, width, height, PictureFormat.JPEG, None, "")


@pytest.mark.parametrize(
    ("crop", "size", "actions"),
    [
        (Box(0, 0, 1024, 768), (1024, 768), ["c2pa.transcoded"]),
        (Box(0, 0, 1024, 768), (512, 384), ["c2pa.resized.proportional", "c2pa.transcoded"]),
        (Box(0, 0, 1024, 768), (512, 512), ["c2pa.resized", "c2pa.transcoded"]),
        (Box(128, 0, 768, 768), (768, 768), ["c2pa.cropped", "c2pa.transcoded"]),
        (Box(128, 0, 768, 768), (300, 300), ["c2pa.cropped", "c2pa.resized.proportional", "c2pa.transcoded"]),
    ],
)
def test_one_action_for_each_step_done(crop: Box, size: tuple[int, int], actions: list[str]) -> None:
    order = rendition_manifest(LINEAGE, recipe(crop, *size))
    assert [step["action"] for step in order.steps] == actions


def test_the_crops_this_product_makes_count_as_proportional() -> None:
    for width, height in ((1080, 1350), (300, 250), (728, 90), (320, 50), (1200, 630), (160, 600)):
        order = rendition_manifest(LINEAGE, recipe(crop_box(1024, 768, width, height), width, height))
        assert "c2pa.resized" not in [step["action"] for step in order.steps]


def test_colour_changes_are_said_when_made_with_the_source_type_of_the_original() -> None:
    lineage = replace(LINEAGE, colours_changed=True, source_type="http://example.org/humanEdits")
    order = rendition_manifest(lineage, recipe(Box(0, 0, 1024, 768), 1024, 768))
    assert order.steps[0] == {"action": "c2pa.adjustedColor", "digitalSourceType": "http://example.org/humanEdits"}


def test_a_picture_of_no_known_model_has_no_ai_disclosure() -> None:
    order = rendition_manifest(
        replace(LINEAGE, model=None), recipe(Box(0, 0, 1024, 768), 1024, 768), training="allowed"
    )
    labels = [assertion["label"] for assertion in order.assertions]
    assert labels == ["cawg.training-mining", "org.colophon.rendition"]
    assert "'use': 'allowed'" in str(order.assertions[0])
    assert "notAllowed" not in str(order.assertions[0])


def test_the_packet_says_what_made_the_picture() -> None:
    root = ElementTree.fromstring(_xml(xmp_packet(model="flux-2-pro", provider_name="Vendor")))  # noqa: S314
    found = {element.tag.removeprefix(EXT): element.text for element in root.iter() if element.tag.startswith(EXT)}
    assert found == {
        "DigitalSourceType": TRAINED_ALGORITHMIC_MEDIA,
        "AISystemUsed": "Vendor flux-2-pro",
        "AISystemVersionUsed": "flux-2-pro",
    }


def test_hostile_text_stays_text() -> None:
    nasty = '</x:xmpmeta><?xpacket?>&<![CDATA[\x00\x0b\ud800"'
    root = ElementTree.fromstring(_xml(xmp_packet(model=nasty, provider_name="V", prompt=nasty)))  # noqa: S314
    prompt = root.find(f".//{EXT}AIPromptInformation")
    assert prompt is not None
    assert prompt.text == '</x:xmpmeta><?xpacket?>&<![CDATA["'


def _xml(packet: str) -> str:
    assert packet.startswith('<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>')
    assert packet.endswith('<?xpacket end="r"?>')
    return packet.split("?>", 1)[1].rsplit("<?xpacket", 1)[0]
