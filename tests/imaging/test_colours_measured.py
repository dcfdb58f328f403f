"""The colours of a picture are clusters with their shares of the area, never an average."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from colophon.domain.colour import difference, hex_of_lab, lab_of_hex
from colophon.domain.measures import GRID, ColourArea, Measures
from colophon.errors import PictureError
from colophon.imaging import ConfinedImaging

SAGE, RUST, LINEN = "#8A9E87", "#B5583A", "#EEE8DE"


def saved(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    sink = io.BytesIO()
    image.save(sink, form, **options)
    return sink.getvalue()


def striped(*parts: tuple[str, int], mode: str = "RGB") -> Image.Image:
    """Upright stripes of these widths in hundredths of 1000 pixels."""
    image, left = Image.new(mode, (1000, 400)), 0
    for colour, width in parts:
        image.paste(colour, (left, 0, left + 10 * width, 400))
        left += 10 * width
    return image


def measured(imaging: ConfinedImaging, content: bytes) -> tuple[ColourArea, ...]:
    measures = imaging.inspect(content).measures
    assert measures is not None
    assert sum(area.share for area in measures.colours) == pytest.approx(1)
    assert [a.share for a in measures.colours] == sorted((a.share for a in measures.colours), reverse=True)
    return measures.colours


def test_flat_colours_come_back_with_their_shares(imaging: ConfinedImaging) -> None:
    areas = measured(imaging, saved(striped((SAGE, 60), (LINEN, 30), (RUST, 10))))
    for colour, share in ((SAGE, 0.6), (LINEN, 0.3), (RUST, 0.1)):
        [found] = [area for area in areas if difference(area.lab, lab_of_hex(colour)) < 1.5]
        assert found.share == pytest.approx(share, abs=0.02)


def test_red_and_green_are_not_told_as_their_average(imaging: ConfinedImaging) -> None:
    areas = measured(imaging, saved(striped(("#D01020", 50), ("#10A030", 50))))
    assert {hex_of_lab(area.lab)[1] for area in areas[:2]} == {"D", "1"}
    assert sum(area.share for area in areas[:2]) > 0.98


def test_grain_does_not_split_a_colour(imaging: ConfinedImaging) -> None:
    noise = np.random.default_rng(5).normal(0, 6, (400, 1000, 3))
    pixels = np.asarray(striped((SAGE, 100)), dtype=float) + noise
    [largest, *_] = measured(imaging, saved(Image.fromarray(pixels.clip(0, 255).astype(np.uint8))))
    assert largest.share > 0.95
    assert difference(largest.lab, lab_of_hex(SAGE)) < 1


def test_what_is_transparent_has_no_colour(imaging: ConfinedImaging) -> None:
    image = striped((SAGE, 25), mode="RGBA")
    areas = measured(imaging, saved(image))
    assert areas[0].share > 0.98
    assert difference(areas[0].lab, lab_of_hex(SAGE)) < 1
    nothing = imaging.inspect(saved(Image.new("RGBA", (40, 40)))).measures
    assert nothing is not None
    assert nothing.colours == ()


def swapped_profile() -> bytes:
    """sRGB with the red and green primaries exchanged: red numbers in it mean green."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {bytes(profile[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i for i in range(profile[131])}
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "test".encode("utf-16-be"))


def test_colours_are_those_of_the_profile(imaging: ConfinedImaging) -> None:
    [red, *_] = measured(imaging, saved(striped(("#FF0000", 100))))
    [green, *_] = measured(imaging, saved(striped(("#FF0000", 100)), icc_profile=swapped_profile()))
    assert red.lab[1] > 70
    assert green.lab[1] < -70
    broken = measured(imaging, saved(striped(("#FF0000", 100)), icc_profile=b"no profile at all"))
    assert broken[0] == red  # sRGB is assumed


def test_inks_and_greys_and_palettes_are_measured(imaging: ConfinedImaging) -> None:
    for content in (
        saved(striped((RUST, 100)).convert("CMYK"), "JPEG", quality=95),
        saved(striped((RUST, 100)).quantize(8)),
        saved(striped((RUST, 100)), "WEBP"),
    ):
        assert difference(measured(imaging, content)[0].lab, lab_of_hex(RUST)) < 3
    assert abs(measured(imaging, saved(Image.new("L", (30, 30), 128)))[0].lab[1]) < 0.1


def test_the_same_pixels_give_the_same_clusters_and_never_too_many(imaging: ConfinedImaging) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (600, 600, 3), dtype=np.uint8)
    blocks = Image.fromarray(noise[::30, ::30]).resize((600, 600), Image.Resampling.NEAREST)
    first = measured(imaging, saved(blocks))
    assert len(first) == 32
    assert measured(imaging, saved(blocks, compress_level=1)) == first


class _Lying:
    """A child that answers colours which make no sense."""

    def __init__(self, truth: dict[str, object], colours: object) -> None:
        rest = {"sharpness": 9.0, "brightest": 200.0, "shadows": 0.1, "highlights": 0.2, "blown": 0.1}
        calm = [[0.0] * GRID for _ in range(GRID)]
        measures = {"colours": colours, "busyness": calm, "profile_broken": False, **rest}
        self.answer = {**truth, "subject": None, "measures": measures}

    def call(self, *_: object, **__: object) -> tuple[dict[str, object], list[bytes]]:
        return self.answer, []


@pytest.mark.parametrize(
    "colours", [[[50, 0, 0]], [[50, 0, 0, 2]], [[500, 0, 0, 1]], [["x", 0, 0, 1]], [[50, 0, 0, 0.1]] * 33, "none"]
)
def test_an_answer_that_makes_no_sense_is_not_believed(colours: object) -> None:
    truth: dict[str, object] = {
        "format": "png",
        "width": 1,
        "height": 1,
        "mode": "RGB",
        "frames": 1,
        "pixels_sha256": "0" * 64,
        "deviation": 0.0,
        "fingerprints": {"phash": "0" * 16, "dhash": "0" * 16, "iscc": "0" * 64, "windows": []},
    }
    good = ConfinedImaging(_Lying(truth, [[50, 0, 0, 1]])).inspect(b"x").measures
    assert good == Measures(
        (ColourArea((50, 0, 0), 1),), 9.0, 200.0, 0.1, 0.2, tuple((0.0,) * GRID for _ in range(GRID)), blown=0.1
    )
    with pytest.raises(PictureError):
        ConfinedImaging(_Lying(truth, colours)).inspect(b"x")


def test_a_colour_profile_that_cannot_be_used_is_said(imaging: ConfinedImaging) -> None:
    whole = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for icc, broken in ((None, False), (whole, False), (whole[:150] + bytes(len(whole) - 150), True), (b"none", True)):
        sink = io.BytesIO()
        Image.new("RGB", (40, 40), "#c8102e").save(sink, "PNG", icc_profile=icc)
        measures = imaging.inspect(sink.getvalue()).measures
        assert measures is not None
        assert measures.profile_broken is broken
