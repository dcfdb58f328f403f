"""Facts of a picture are those of its upright pixels, whatever wraps them."""

import hashlib
import io

import imagehash
import numpy as np
import pytest
from PIL import Image

from colophon.domain.placement import PictureFormat
from colophon.errors import PictureError
from colophon.imaging import ConfinedImaging


def saved(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    sink = io.BytesIO()
    image.save(sink, form, **options)
    return sink.getvalue()


@pytest.fixture(scope="module")
def image(draw) -> Image.Image:  # type: ignore[no-untyped-def]
    drawn: Image.Image = draw(320, 200)
    return drawn


@pytest.mark.parametrize(
    ("form", "found"),
    [
        ("PNG", PictureFormat.PNG),
        ("JPEG", PictureFormat.JPEG),
        ("WEBP", PictureFormat.WEBP),
        ("AVIF", PictureFormat.AVIF),
    ],
)
def test_format_and_size_are_found_by_content(
    imaging: ConfinedImaging, image: Image.Image, form: str, found: PictureFormat
) -> None:
    facts = imaging.inspect(saved(image, form))
    assert (facts.format, facts.width, facts.height, facts.frames) == (found, 320, 200, 1)


def test_the_digest_is_over_size_and_rgba_rows(imaging: ConfinedImaging, image: Image.Image) -> None:
    rows = (320).to_bytes(4, "big") + (200).to_bytes(4, "big") + image.convert("RGBA").tobytes()
    assert imaging.inspect(saved(image)).pixels_sha256 == hashlib.sha256(rows).hexdigest()


def test_lossless_wrappings_of_one_picture_agree(imaging: ConfinedImaging, image: Image.Image) -> None:
    wrappings = [
        saved(image),
        saved(image, compress_level=1),
        saved(image, "WEBP", lossless=True),
        saved(image.convert("RGBA")),
    ]
    assert len({imaging.inspect(content).pixels_sha256 for content in wrappings}) == 1


def test_reshaped_pixels_are_another_picture(imaging: ConfinedImaging) -> None:
    wide, tall = Image.new("RGB", (40, 10), "red"), Image.new("RGB", (10, 40), "red")
    assert imaging.inspect(saved(wide)).pixels_sha256 != imaging.inspect(saved(tall)).pixels_sha256


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_orientation_is_applied(imaging: ConfinedImaging, form: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    facts = imaging.inspect(saved(Image.new("RGB", (60, 30), "green"), form, exif=exif))
    assert (facts.width, facts.height) == ((60, 30) if orientation < 5 else (30, 60))


def test_a_turned_file_has_the_digest_of_the_upright_one(imaging: ConfinedImaging, image: Image.Image) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    turned = saved(image.transpose(Image.Transpose.ROTATE_90), exif=exif)
    assert imaging.inspect(turned).pixels_sha256 == imaging.inspect(saved(image)).pixels_sha256


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_mode_of_png_is_read(imaging: ConfinedImaging, image: Image.Image, mode: str) -> None:
    if mode == "I;16":
        made = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    else:
        made = image.convert(mode)
    facts = imaging.inspect(saved(made))
    assert facts.mode == mode
    assert facts.deviation > 5


def test_sixteen_bits_of_grey_are_the_picture_of_eight(imaging: ConfinedImaging, image: Image.Image) -> None:
    grey = image.convert("L")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    assert imaging.inspect(saved(deep)).pixels_sha256 == imaging.inspect(saved(grey)).pixels_sha256


def test_cmyk_is_read(imaging: ConfinedImaging, image: Image.Image) -> None:
    assert imaging.inspect(saved(image.convert("CMYK"), "JPEG")).mode == "CMYK"


def test_fingerprints_are_those_of_imagehash(imaging: ConfinedImaging, image: Image.Image) -> None:
    prints = imaging.inspect(saved(image)).fingerprints
    assert int(prints.phash, 16).bit_count() == 32
    assert imagehash.hex_to_hash(prints.phash) - imagehash.phash(image) <= 2
    assert imagehash.hex_to_hash(prints.dhash) - imagehash.dhash(image) <= 2


def test_deviation_tells_blank_from_full(imaging: ConfinedImaging, image: Image.Image) -> None:
    halves = Image.new("L", (10, 10), 0)
    halves.paste(255, (0, 0, 5, 10))
    assert imaging.inspect(saved(Image.new("RGB", (50, 50), "black"))).deviation == 0
    assert imaging.inspect(saved(halves)).deviation == 127.5
    assert imaging.inspect(saved(image)).deviation > 10


def test_what_transparency_hides_does_not_count_as_content(imaging: ConfinedImaging, image: Image.Image) -> None:
    hidden = image.convert("RGBA")
    hidden.putalpha(0)
    assert imaging.inspect(saved(hidden)).deviation == 0


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"width": 10**12},
        {"deviation": float("nan")},
        {"format": "svg"},
        {"phash": "../../etc/passwd"},
        {"pixels_sha256": "0" * 63},
        {"extra": 1},
        {"mode": "<script>"},
        {"frames": 2},
    ],
)
def test_an_answer_that_makes_no_sense_is_not_believed(answer: dict[str, object]) -> None:
    honest: dict[str, object] = {
        "format": "png",
        "width": 1,
        "height": 1,
        "mode": "RGB",
        "frames": 1,
        "pixels_sha256": "0" * 64,
        "phash": "0" * 16,
        "dhash": "0" * 16,
        "deviation": 1.0,
    }

    class TakenOver:
        def call(self, *arguments: object, **options: object) -> tuple[dict[str, object], list[bytes]]:
            return (honest | answer if answer else {}), []

    with pytest.raises(PictureError) as caught:
        ConfinedImaging(TakenOver()).inspect(b"\x89PNG")
    assert caught.value.reason == "limits"
