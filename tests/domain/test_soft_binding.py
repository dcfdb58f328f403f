"""Soft bindings: the value others can read, and what is no value."""

import base64
from dataclasses import replace

import iscc_lib
import pytest

from colophon.domain.asset import Fingerprints
from colophon.domain.provenance import ManifestOrder
from colophon.domain.soft_binding import ISCC_ALG, binding_value, image_code, iscc_text, with_soft_binding
from colophon.errors import InvalidInput

CODE = bytes(range(200, 232)).hex()
ORDER = ManifestOrder("spring mugs", ({"action": "c2pa.transcoded"},), ({"label": "org.example", "data": {}},))


def test_the_value_is_one_unit_of_a_content_code_for_images_with_256_bits() -> None:
    maintype, subtype, version, _, body = iscc_lib.iscc_decode(iscc_text(CODE))
    assert (maintype, subtype, version, body.hex()) == (iscc_lib.MT.CONTENT, 1, 0, CODE)
    unit = iscc_text(CODE).removeprefix("ISCC:")
    assert base64.b64decode(binding_value(CODE)) == base64.b32decode(unit + "=" * (-len(unit) % 8))


def test_the_assertion_has_all_members_that_readers_want() -> None:
    order = with_soft_binding(ORDER, Fingerprints("0" * 16, "0" * 16, CODE))
    assert order.assertions[:-1] == ORDER.assertions
    assert order.assertions[-1] == {
        "label": "c2pa.soft-binding",
        "data": {"alg": ISCC_ALG, "blocks": [{"scope": {}, "value": binding_value(CODE)}], "pad": []},
    }
    assert replace(order, assertions=ORDER.assertions) == ORDER


@pytest.mark.parametrize("fingerprints", [None, Fingerprints("0" * 16, "0" * 16)])
def test_no_code_no_binding(fingerprints: Fingerprints | None) -> None:
    assert with_soft_binding(ORDER, fingerprints) == ORDER


@pytest.mark.parametrize("written", [str, lambda v: v.rstrip("="), lambda v: v.replace("+", "-").replace("/", "_")])
def test_a_value_is_read_in_every_way_it_is_written(written: object) -> None:
    assert callable(written)
    for code in (CODE, "fb" * 32, "3e" * 32, "ff" * 32):
        assert image_code(written(binding_value(code))) == code


def test_other_units_beside_the_image_code_are_passed_over() -> None:
    data = iscc_lib.gen_data_code_v0(b"data", 256)["iscc"].removeprefix("ISCC:")
    instance = iscc_lib.gen_instance_code_v0(b"data", 256)["iscc"].removeprefix("ISCC:")
    units = [base64.b32decode(unit + "=" * (-len(unit) % 8)) for unit in (data, instance)]
    ours = base64.b64decode(binding_value(CODE))
    for content in (units[0] + ours, ours + units[1], units[0] + units[1] + ours):
        assert image_code(base64.b64encode(content).decode()) == CODE
    with pytest.raises(InvalidInput):
        image_code(base64.b64encode(b"".join(units)).decode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x21",
        b"\x21\x07",
        b"\x21\x07" + b"x" * 31,
        b"\x21\x01" + b"x" * 8,  # an Image-Code of 64 bits says too little
        b"\x21\x17" + b"x" * 32,  # another version
        b"\x99\x07" + b"x" * 32,
        (b"\x31\x00" + b"x" * 4) * 17 + b"\x21\x07" + b"x" * 32,
    ],
)
def test_what_is_no_value_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        image_code(base64.b64encode(content).decode())


@pytest.mark.parametrize("text", ["%", "IQ=7", "\u00e4" * 8, "A"])
def test_what_is_not_base64_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        image_code(text)
