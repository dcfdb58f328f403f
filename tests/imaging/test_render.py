"""Renditions: cut, sized, coloured and encoded as ordered, within their weight, with no metadata but XMP."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from colophon.domain.placement import PictureFormat
from colophon.domain.rendition import Recipe, crop_box
from colophon.domain.subject import Box
from colophon.errors import PictureError
from colophon.imaging import ConfinedImaging

XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/></x:xmpmeta>'
)
LEAST = {PictureFormat.JPEG: 30, PictureFormat.WEBP: 25, PictureFormat.AVIF: 20, PictureFormat.PNG: 8}
LOOK = {"phash": "0" * 16, "dhash": "0" * 16, "iscc": "0" * 64, "windows": []}
TOLD = {"quality": 90, "similarity": 79.0, "tries": 3, "changes": [], "fingerprints": LOOK}


def saved(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    sink = io.BytesIO()
    image.save(sink, form, **options)
    return sink.getvalue()


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def recipe(
    form: PictureFormat,
    *,
    size: tuple[int, int] = (200, 100),
    source: tuple[int, int] = (480, 320),
    budget: int | None = None,
    xmp: str = XMP,
) -> Recipe:
    return Recipe(crop_box(*source, *size), *size, form, budget, xmp)


@pytest.fixture(scope="module")
def image(draw) -> Image.Image:  # type: ignore[no-untyped-def]
    drawn: Image.Image = draw(480, 320, noise=8.0)
    return drawn


@pytest.fixture(scope="module")
def original(image: Image.Image) -> bytes:
    return saved(image)


@pytest.mark.parametrize("form", PictureFormat)
def test_size_and_format(imaging: ConfinedImaging, original: bytes, form: PictureFormat) -> None:
    [made] = imaging.render(original, [recipe(form)])
    facts = imaging.inspect(made.content)
    assert (facts.width, facts.height, facts.format) == (200, 100, form)
    assert (made.fits, made.reached) == (True, True)


@pytest.mark.parametrize("form", PictureFormat)
@pytest.mark.parametrize("share", [0.7, 0.6, 0.45])
def test_the_budget_is_kept_with_as_much_quality_as_it_allows(
    imaging: ConfinedImaging, original: bytes, form: PictureFormat, share: float
) -> None:
    [full] = imaging.render(original, [recipe(form)])
    budget = int(len(full.content) * share)
    [made] = imaging.render(original, [recipe(form, budget=budget)])
    assert made.fits
    assert len(made.content) <= budget
    assert made.quality != full.quality
    assert (made.reached, made.similarity < full.similarity) == (False, True)  # type: ignore[operator]
    if form is not PictureFormat.PNG:
        assert len(made.content) > budget * 0.8


@pytest.mark.parametrize("form", PictureFormat)
def test_a_budget_below_the_floor_is_said(imaging: ConfinedImaging, original: bytes, form: PictureFormat) -> None:
    [made] = imaging.render(original, [recipe(form, budget=50)])
    assert not made.fits
    assert made.quality == LEAST[form]
    assert opened(made.content).size == (200, 100)


def test_the_same_input_gives_the_same_bytes(imaging: ConfinedImaging, original: bytes) -> None:
    recipes = [recipe(form, budget=budget) for form in PictureFormat for budget in (None, 9000)]
    assert imaging.render(original, recipes) == imaging.render(original, recipes)


def test_one_recipe_gives_what_it_gives_among_others(imaging: ConfinedImaging, original: bytes) -> None:
    recipes = [recipe(form, size=size) for size in ((200, 100), (90, 120)) for form in PictureFormat]
    together = imaging.render(original, recipes)
    assert together == [imaging.render(original, [one])[0] for one in recipes]


@pytest.mark.parametrize("form", PictureFormat)
def test_xmp_is_written_and_nothing_else(imaging: ConfinedImaging, image: Image.Image, form: PictureFormat) -> None:
    exif = Image.Exif()
    exif[0x010F] = "secret-maker"
    exif[0x8825] = {1: "N", 2: (52.0, 0.0, 0.0)}
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    original = saved(image, "JPEG", exif=exif, comment=b"secret-comment", xmp=b"<secret-xmp/>", icc_profile=profile)
    [made] = imaging.render(original, [recipe(form)])
    result = opened(made.content)
    packet = result.info.get("xmp") or result.info.get("XML:com.adobe.xmp")
    assert packet in (XMP, XMP.encode())
    assert b"secret" not in made.content
    assert not result.getexif()
    assert not {"icc_profile", "comment", "exif"} & set(result.info)


@pytest.mark.parametrize("form", PictureFormat)
def test_without_a_packet_there_is_none(imaging: ConfinedImaging, original: bytes, form: PictureFormat) -> None:
    [made] = imaging.render(original, [recipe(form, xmp="")])
    assert b"xmp" not in made.content.lower().replace(b"mif1miaf", b"")
    assert b"ns.adobe.com" not in made.content


def test_jpeg_is_progressive_with_half_colour_resolution(imaging: ConfinedImaging) -> None:
    """Where that is not what spoils the likeness: a smooth picture."""
    smooth = Image.merge(
        "RGB", [Image.linear_gradient("L"), Image.radial_gradient("L"), Image.new("L", (256, 256), 90)]
    )
    [made] = imaging.render(saved(smooth.resize((480, 320))), [recipe(PictureFormat.JPEG)])
    result = Image.open(io.BytesIO(made.content))
    assert result.info["progressive"]
    assert result.layer[0][1:3] == (2, 2)  # type: ignore[attr-defined]


def test_noise_in_full_colour_is_a_jpeg_too(imaging: ConfinedImaging) -> None:
    """Pillow guesses the size of a progressive file beforehand, and does not write what outgrows the guess."""
    noise = Image.fromarray(np.random.default_rng(3).integers(0, 256, (320, 480, 3), dtype=np.uint8))
    [made] = imaging.render(saved(noise), [recipe(PictureFormat.JPEG, size=(480, 320))])
    result = Image.open(io.BytesIO(made.content))
    assert result.layer[0][1:3] == (1, 1)  # type: ignore[attr-defined]
    assert len(made.content) > 480 * 320
    assert made.reached


def test_transparency_is_white_in_jpeg_and_kept_elsewhere(imaging: ConfinedImaging) -> None:
    clear = Image.new("RGBA", (480, 320), (255, 0, 0, 0))
    made = imaging.render(saved(clear), [recipe(form) for form in PictureFormat])
    for form, encoded in zip(PictureFormat, made, strict=True):
        result = opened(encoded.content)
        if form is PictureFormat.JPEG:
            assert result.convert("RGB").getpixel((50, 50)) == (255, 255, 255)
        else:
            assert result.convert("RGBA").getchannel("A").getextrema() == (0, 0)


def test_an_alpha_channel_that_hides_nothing_is_dropped(imaging: ConfinedImaging, image: Image.Image) -> None:
    made = imaging.render(saved(image.convert("RGBA")), [recipe(PictureFormat.PNG), recipe(PictureFormat.WEBP)])
    assert {opened(encoded.content).mode for encoded in made} == {"RGB"}


def test_quantising_keeps_transparency(imaging: ConfinedImaging, image: Image.Image) -> None:
    half = image.convert("RGBA")
    half.paste((0, 0, 0, 0), (0, 0, 240, 320))
    [full] = imaging.render(saved(half), [recipe(PictureFormat.PNG)])
    [made] = imaging.render(saved(half), [recipe(PictureFormat.PNG, budget=len(full.content) // 2)])
    assert made.quality in (256, 128, 64, 32, 16, 8)
    assert opened(made.content).convert("RGBA").getchannel("A").getextrema() == (0, 255)


def swapped_profile() -> bytes:
    """sRGB with the red and green primaries exchanged: red numbers in it mean green."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {bytes(profile[132 + 12 * i : 136 + 12 * i]): 132 + 12 * i for i in range(profile[131])}
    red, green = tags[b"rXYZ"], tags[b"gXYZ"]
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "test".encode("utf-16-be"))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colours_are_converted_from_the_profile_to_srgb(imaging: ConfinedImaging, mode: str) -> None:
    original = saved(Image.new(mode, (480, 320), "red"), icc_profile=swapped_profile())
    [made] = imaging.render(original, [recipe(PictureFormat.PNG)])
    pixel = opened(made.content).convert("RGB").getpixel((9, 9))
    assert isinstance(pixel, tuple)
    assert pixel[1] > 200 > 60 > pixel[0]


@pytest.mark.parametrize("profile", [b"not a profile", bytes(128), swapped_profile()[:200], b"\xff" * 5000])
def test_a_broken_profile_means_srgb(imaging: ConfinedImaging, profile: bytes) -> None:
    original = saved(Image.new("RGB", (480, 320), "red"), "JPEG", icc_profile=profile, quality=95)
    [made] = imaging.render(original, [recipe(PictureFormat.PNG)])
    pixel = opened(made.content).convert("RGB").getpixel((9, 9))
    assert isinstance(pixel, tuple)
    assert pixel[0] > 240 > 20 > pixel[1]


def test_crops_are_of_the_upright_picture(imaging: ConfinedImaging) -> None:
    stored = Image.new("RGB", (100, 200), "red")
    stored.paste("blue", (0, 0, 100, 100))  # upper half
    exif = Image.Exif()
    exif[0x0112] = 6  # turned clockwise, the upper half is at the right
    right = Recipe(Box(100, 0, 100, 100), 50, 50, PictureFormat.PNG, None, "")
    [made] = imaging.render(saved(stored, exif=exif), [right])
    assert opened(made.content).convert("RGB").getcolors() == [(2500, (0, 0, 255))]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16"])
def test_every_mode_is_rendered_in_every_format(imaging: ConfinedImaging, image: Image.Image, mode: str) -> None:
    if mode == "I;16":
        source = saved(Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257))
    else:
        source = saved(image.convert(mode), "JPEG" if mode == "CMYK" else "PNG")
    made = imaging.render(source, [recipe(form) for form in PictureFormat])
    target = np.asarray(image.convert("L").resize((200, 100), box=(0, 40, 480, 280)), dtype=float)
    for encoded in made:
        difference = np.abs(np.asarray(opened(encoded.content).convert("L"), dtype=float) - target).mean()
        assert difference < (40 if mode == "1" else 12)


def test_enlarging_is_done_when_told(imaging: ConfinedImaging, original: bytes) -> None:
    [made] = imaging.render(original, [Recipe(Box(0, 0, 10, 10), 300, 300, PictureFormat.JPEG, None, "")])
    assert opened(made.content).size == (300, 300)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (Recipe(Box(0, 0, 481, 10), 10, 10, PictureFormat.PNG, None, ""), "pixels"),
        (Recipe(Box(-1, 0, 10, 10), 10, 10, PictureFormat.PNG, None, ""), "pixels"),
        (Recipe(Box(0, 0, 0, 10), 10, 10, PictureFormat.PNG, None, ""), "pixels"),
        (Recipe(Box(0, 0, 10, 10), 10**5, 10**5, PictureFormat.PNG, None, ""), "pixels"),
        (Recipe(Box(0, 0, 10, 10), 20_000, 10, PictureFormat.WEBP, None, ""), "limits"),
        (Recipe(Box(0, 0, 10, 10), 10, 10, PictureFormat.JPEG, None, "x" * 70_000), "too_large"),
    ],
)
def test_recipes_that_cannot_be_done_are_refused(
    imaging: ConfinedImaging, original: bytes, wrong: Recipe, reason: str
) -> None:
    with pytest.raises(PictureError) as caught:
        imaging.render(original, [wrong])
    assert caught.value.reason == reason


def test_nothing_to_do(imaging: ConfinedImaging, original: bytes) -> None:
    assert imaging.render(original, []) == []


def test_a_child_that_returns_too_little_is_not_believed() -> None:
    class TakenOver:
        def call(self, *arguments: object, **options: object) -> tuple[dict[str, object], list[bytes]]:
            return {"files": [TOLD, TOLD]}, [b"x"]

    with pytest.raises(PictureError):
        ConfinedImaging(TakenOver()).render(b"\x89PNG", [recipe(PictureFormat.PNG)] * 2)


def test_whether_it_fits_and_is_good_enough_is_said_outside_the_child() -> None:
    class Boasting:
        def call(self, *arguments: object, **options: object) -> tuple[dict[str, object], list[bytes]]:
            return {"files": [TOLD]}, [b"x" * 1000]

    [made] = ConfinedImaging(Boasting()).render(b"\x89PNG", [recipe(PictureFormat.JPEG, budget=999)])
    assert (made.fits, made.reached) == (False, False)


def changes(imaging: ConfinedImaging, original: bytes, *recipes: Recipe) -> list[list[str]]:
    return [[change.value for change in made.changes] for made in imaging.render(original, recipes)]


def test_what_was_done_is_told_for_each_file(imaging: ConfinedImaging, image: Image.Image, original: bytes) -> None:
    whole, half = Box(0, 0, 480, 320), Box(0, 0, 240, 320)
    recipes = [
        Recipe(whole, 480, 320, PictureFormat.WEBP, None, ""),
        Recipe(whole, 240, 160, PictureFormat.WEBP, None, ""),
        Recipe(half, 240, 320, PictureFormat.PNG, None, ""),
        Recipe(half, 120, 160, PictureFormat.PNG, 5000, ""),
    ]
    told = changes(imaging, original, *recipes)
    assert told == [[], ["resized"], ["cropped"], ["cropped", "resized", "reduced"]]


def test_turning_and_converting_are_told_when_done(imaging: ConfinedImaging, image: Image.Image) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    whole = Recipe(Box(0, 0, 480, 320), 480, 320, PictureFormat.WEBP, None, "")
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    cases = {
        saved(image, exif=exif): ["turned"],
        saved(image, icc_profile=swapped_profile()): ["converted"],
        saved(image, icc_profile=swapped_profile(), exif=exif): ["turned", "converted"],
        saved(image, icc_profile=srgb): [],
        saved(image, icc_profile=b"not a profile"): [],
        saved(image.convert("CMYK"), "JPEG"): ["converted"],
        saved(image.convert("L")): [],
        saved(image.convert("P")): [],
    }
    assert [changes(imaging, content, whole)[0] for content in cases] == list(cases.values())


def test_flattening_is_told_where_something_was_transparent(imaging: ConfinedImaging, image: Image.Image) -> None:
    half = image.convert("RGBA")
    half.paste((0, 0, 0, 0), (0, 0, 240, 320))
    recipes = [
        Recipe(Box(0, 0, 480, 320), 480, 320, PictureFormat.JPEG, None, ""),
        Recipe(Box(0, 0, 480, 320), 480, 320, PictureFormat.WEBP, None, ""),
        Recipe(Box(260, 0, 220, 320), 220, 320, PictureFormat.JPEG, None, ""),
    ]
    assert changes(imaging, saved(half), *recipes) == [["flattened"], [], ["cropped"]]
    assert changes(imaging, saved(image.convert("RGBA")), recipes[0]) == [[]]


@pytest.mark.parametrize("told", [[["melted"]], [["turned"] * 9], [[]] * 2, [], None])
def test_changes_nobody_can_make_are_not_believed(told: object) -> None:
    class Lying:
        def call(self, *arguments: object, **options: object) -> tuple[dict[str, object], list[bytes]]:
            return {"qualities": [90], "changes": told, "fingerprints": [LOOK]}, [b"x"]

    with pytest.raises(PictureError):
        ConfinedImaging(Lying()).render(b"\x89PNG", [recipe(PictureFormat.JPEG)])
