# ruff: noqa: RUF001 - other scripts are the point
"""Words on pictures through the confined child: of many scripts, clear of edges and readable wherever they lie."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from colophon import data
from colophon.domain.asset import sha256
from colophon.domain.disclosure import Label
from colophon.domain.lettering import LEAST_CONTRAST, FontFile, Inks, Laid, Lettering, Slot, inks_of
from colophon.domain.placement import PictureFormat, SafeArea
from colophon.domain.rendition import Change, Encoded, Recipe, crop_box
from colophon.domain.template import parse_layouts, shape_of
from colophon.errors import PictureError
from colophon.imaging import ConfinedImaging

LAYOUTS = parse_layouts(data.text("templates.toml"))
SIZES = {"square": (250, 250), "wide": (400, 210), "tall": (160, 600), "strip": (728, 90), "box": (300, 250)}
LABEL = Label(words=("AI-generated", "AI"))

# The labelled set: what is written, in which language, and the fewest lines it can need in a narrow picture.
SCRIPTS: Mapping[str, tuple[str, str, str]] = {
    "latin": ("en", "Made for every morning", "See the mug"),
    "long german words": ("de", "Frühstückstischdekorationen für jeden Morgen", "Zum Becher"),
    "accents": ("cs", "Příliš žluťoučký kůň, ėęïõ", "Číst dál"),
    "greek": ("el", "Φτιαγμένο για κάθε πρωί", "Δείτε την"),
    "cyrillic": ("ru", "Сделано для каждого утра", "Смотреть"),
    "arabic": ("ar", "صُنع لكل صباح", "شاهد الكوب"),
    "arabic with latin and digits": ("ar", "خصم 25% من Northwind حتى 2027", "شاهد"),
    "hebrew": ("he", "נוצר לכל בוקר ב-2027", "לספל"),
    "japanese": ("ja", "毎朝のための、うつわ。", "マグを見る"),
    "chinese": ("zh-Hans", "为每一个早晨而生", "查看马克杯"),
    "korean": ("ko", "매일 아침을 위해 만든 머그", "머그 보기"),
}


def lettering(language: str, texts: Mapping[Slot, str], size: tuple[int, int], **members: object) -> Lettering:
    shape = shape_of(LAYOUTS.templates["standard"], *size)
    assert shape is not None
    return Lettering.model_validate({"language": language, "texts": tuple(texts.items()), "shape": shape, **members})


def recipe(size: tuple[int, int], source: Image.Image, what: Lettering | None, **members: object) -> Recipe:
    made = Recipe(crop_box(*source.size, *size), *size, PictureFormat.PNG, None, "", lettering=what)
    return replace(made, **members)  # type: ignore[arg-type]


def png(picture: Image.Image) -> bytes:
    sink = io.BytesIO()
    picture.save(sink, "PNG")
    return sink.getvalue()


@pytest.fixture(scope="module")
def photo(draw: object) -> Image.Image:
    return draw(760, 760, noise=0.0).filter(ImageFilter.GaussianBlur(6))  # type: ignore[operator, no-any-return]


@pytest.fixture(scope="module")
def photo_png(photo: Image.Image) -> bytes:
    return png(photo)


def pixels(made: Encoded) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    return np.asarray(Image.open(io.BytesIO(made.content)).convert("RGB"))


def inside(laid: Sequence[Laid], size: tuple[int, int], safe: SafeArea) -> bool:
    return all(
        one.box[0] >= safe.left
        and one.box[1] >= safe.top
        and one.box[0] + one.box[2] <= size[0] - safe.right
        and one.box[1] + one.box[3] <= size[1] - safe.bottom
        for one in laid
    )


def test_every_script_is_laid_on(imaging: ConfinedImaging, photo: Image.Image, photo_png: bytes) -> None:
    """On the shapes in turn; each is tried from left to right and from right to left."""
    names = list(SIZES)
    cases = [(script, SIZES[names[place % len(names)]]) for place, script in enumerate(SCRIPTS)]
    recipes = []
    for script, size in cases:
        language, headline, action = SCRIPTS[script]
        texts = {Slot.HEADLINE: headline, Slot.CALL_TO_ACTION: action}
        recipes.append(recipe(size, photo, lettering(language, texts, size, label=LABEL)))
    bare = [recipe(size, photo, None) for size in SIZES.values()]
    made = imaging.render(photo_png, [*recipes, *bare])
    plain = dict(zip(SIZES.values(), made[len(cases) :], strict=True))
    for (script, size), lettered in zip(cases, made, strict=False):
        assert lettered.problem is None, (script, size)
        assert {one.slot for one in lettered.laid} == {Slot.HEADLINE, Slot.CALL_TO_ACTION, Slot.LABEL}
        assert inside(lettered.laid, size, SafeArea(4, 4, 4, 4)), (script, size)
        assert all(one.contrast >= LEAST_CONTRAST and one.size >= 8 for one in lettered.laid), (script, size)
        assert Change.LETTERED in lettered.changes
        for one in lettered.laid:  # something was really drawn where it says so
            left, top, width, height = one.box
            box = np.s_[top : top + height, left : left + width]
            assert (pixels(lettered)[box] != pixels(plain[size])[box]).any(), (script, size, one.slot)


def test_right_to_left_is_flush_right(imaging: ConfinedImaging, photo: Image.Image, photo_png: bytes) -> None:
    size = SIZES["square"]
    texts = {Slot.HEADLINE: "خزف", Slot.SUBLINE: "نص أطول قليلاً من العنوان"}
    [arabic] = imaging.render(photo_png, [recipe(size, photo, lettering("ar", texts, size, side="top"))])
    headline, subline = arabic.laid
    assert headline.box[0] + headline.box[2] == subline.box[0] + subline.box[2]
    assert headline.box[0] > subline.box[0]


def test_letters_of_arabic_join_and_lines_are_ordered(
    imaging: ConfinedImaging, photo: Image.Image, photo_png: bytes
) -> None:
    """Joined, a word is narrower than its letters apart (which a zero-width non-joiner keeps apart)."""
    size = SIZES["square"]
    joined, apart = "بببببب", "\u200c".join("بببببب")
    made = imaging.render(
        photo_png, [recipe(size, photo, lettering("ar", {Slot.HEADLINE: word}, size)) for word in (joined, apart)]
    )
    assert made[0].laid[0].box[2] < made[1].laid[0].box[2]


def test_han_takes_the_forms_of_its_language(imaging: ConfinedImaging, photo: Image.Image, photo_png: bytes) -> None:
    size = SIZES["square"]
    made = imaging.render(
        photo_png,
        [recipe(size, photo, lettering(lang, {Slot.HEADLINE: "直骨角"}, size)) for lang in ("ja", "zh-Hans", "ja")],
    )
    assert made[0].laid[0].font == "Colophon Sans CJK Medium"
    assert made[0].content != made[1].content
    assert made[0].content == made[2].content


def test_japanese_breaks_between_phrases(imaging: ConfinedImaging, photo: Image.Image, photo_png: bytes) -> None:
    size = (300, 250)
    what = lettering("ja", {Slot.HEADLINE: "毎朝のためのうつわをつくるひと"}, size, side="left")
    [made] = imaging.render(photo_png, [recipe(size, photo, what)])
    assert made.laid[0].lines > 1


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(
        st.sampled_from(["morning", "stoneware", "Töpferhandwerk", "a", "mug", "glazed"]), min_size=1, max_size=7
    ),
    size=st.sampled_from(list(SIZES.values())),
    safe=st.sampled_from([SafeArea(0, 0, 0, 0), SafeArea(9, 14, 11, 22)]),
    low=st.integers(0, 255),
    high=st.integers(0, 255),
    colour=st.sampled_from(["#8A9E87", "#B5583A", "#777777", "#FFFF00", "#101010"]),
)
def test_words_stay_clear_and_readable(
    imaging: ConfinedImaging,
    words: list[str],
    size: tuple[int, int],
    safe: SafeArea,
    low: int,
    high: int,
    colour: str,
) -> None:
    """On any ground: noise between two greys, which is what defeats a mean. Contrast is measured again here, of the
    words' lightest and darkest pixels to the ground around them, in the file itself."""
    noise = np.random.default_rng(low * 256 + high).integers(min(low, high), max(low, high) + 1, (60, 60, 3))
    ground = Image.fromarray(noise.astype(np.uint8)).resize((750, 750), Image.Resampling.NEAREST)
    texts = {Slot.HEADLINE: " ".join(words), Slot.CALL_TO_ACTION: "See it"}
    what = lettering("en", texts, size, inks=inks_of([(colour, "primary")]), label=LABEL)
    [made] = imaging.render(png(ground), [recipe(size, ground, what, safe=safe)])
    if made.problem is not None:
        assert made.problem.reason == "does_not_fit"
        return
    assert inside(made.laid, size, safe)
    assert all(one.contrast >= LEAST_CONTRAST for one in made.laid)
    [headline] = [one for one in made.laid if one.slot is Slot.HEADLINE]
    assert contrast_seen(made, headline) >= LEAST_CONTRAST


def contrast_seen(made: Encoded, one: Laid) -> float:
    """Of the ink, which is the extreme of luminance that ground does not have, to the worst pixel of the rim around."""
    left, top, width, height = one.box
    whole = luminance(pixels(made))
    box = whole[top : top + height, left : left + width]
    rim = np.concatenate([whole[top - 1, left : left + width], whole[top + height, left : left + width]])
    lightest, darkest = float(box.max()), float(box.min())
    light = (lightest + 0.05) / (float(rim.max()) + 0.05)
    dark = (float(rim.min()) + 0.05) / (darkest + 0.05)
    return max(light, dark)


def luminance(
    values: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]",
) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    part = values / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    found: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = linear @ np.array([0.2126, 0.7152, 0.0722])
    return found


def test_characters_without_a_glyph_are_named(imaging: ConfinedImaging, photo: Image.Image, photo_png: bytes) -> None:
    """And the files beside it are made."""
    size = SIZES["square"]
    thai, english = (lettering("en", {Slot.HEADLINE: text}, size) for text in ("Made กาแฟ", "Made"))
    broken, made = imaging.render(photo_png, [recipe(size, photo, thai), recipe(size, photo, english)])
    assert broken.problem is not None
    assert broken.problem.reason == "missing_glyphs"
    assert "U+0E01" in broken.problem.message
    assert "Colophon Sans" in broken.problem.message
    assert (broken.content, made.problem) == (b"", None)


@pytest.mark.parametrize(
    ("size", "text", "why"),
    [
        (SIZES["strip"], "so many words that no leaderboard of this size could ever show them " * 3, "headline"),
        (SIZES["box"], "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft", "headline"),
    ],
)
def test_words_that_cannot_fit_are_said(
    imaging: ConfinedImaging, photo: Image.Image, photo_png: bytes, size: tuple[int, int], text: str, why: str
) -> None:
    [made] = imaging.render(photo_png, [recipe(size, photo, lettering("de", {Slot.HEADLINE: text}, size))])
    assert made.problem is not None
    assert made.problem.reason == "does_not_fit"
    assert why in made.problem.message
    assert f"{size[0]}x{size[1]}" in made.problem.message


def test_a_soft_hyphen_says_where_a_long_word_may_break(
    imaging: ConfinedImaging, photo: Image.Image, photo_png: bytes
) -> None:
    size = SIZES["box"]
    word = "Donaudampfschiff\u00adfahrtselektrizitäten\u00adhauptbetriebswerk"
    [made] = imaging.render(photo_png, [recipe(size, photo, lettering("de", {Slot.HEADLINE: word}, size))])
    assert made.problem is None
    assert made.laid[0].lines >= 2


def test_the_same_words_give_the_same_bytes(imaging: ConfinedImaging, photo: Image.Image, photo_png: bytes) -> None:
    size = SIZES["wide"]
    recipes = [recipe(size, photo, lettering("en", {Slot.HEADLINE: "Made"}, size), format=f) for f in PictureFormat]
    assert imaging.render(photo_png, recipes) == imaging.render(photo_png, recipes)


def test_words_keep_off_the_subject_where_no_side_was_asked_for(imaging: ConfinedImaging) -> None:
    ground = Image.new("RGB", (600, 600), "#88aa99")
    ground.paste(Image.new("RGB", (300, 200), "#553311"), (150, 30))
    size = (600, 600)
    what = lettering("en", {Slot.HEADLINE: "Made for every morning"}, size)
    made = imaging.render(
        png(ground),
        [recipe(size, ground, what, subject=crop) for crop in (crop_box(600, 300, 600, 300), None)],
    )
    assert all(one.box[1] >= 300 or one.box[1] + one.box[3] <= 30 for one in made[1].laid)
    assert all(one.box[1] >= 290 for one in made[0].laid)


def font_of(letters: str) -> bytes:
    font = TTFont(io.BytesIO((files("colophon.data") / "fonts" / "ColophonSans-Regular.ttf").read_bytes()))
    cut = Subsetter(Options())
    cut.populate(text=letters)
    cut.subset(font)
    font["name"].setName("House Grotesk", 4, 3, 1, 0x409)
    sink = io.BytesIO()
    font.save(sink)
    return sink.getvalue()


def logo_png(colour: str) -> bytes:
    picture = Image.new("RGBA", (240, 80), (0, 0, 0, 0))
    picture.paste(colour, (10, 10, 230, 70))
    return png(picture)


def test_a_brands_font_and_logo_are_used(imaging: ConfinedImaging, photo: Image.Image, photo_png: bytes) -> None:
    """Its font for what it has; a text it lacks a letter of is set in the shipped one as a whole."""
    size, font, logo = SIZES["square"], font_of("Made for"), logo_png("#FFFFFF")
    brand = {sha256(font): font, sha256(logo): logo}
    texts = {Slot.HEADLINE: "Made for", Slot.SUBLINE: "Made für"}
    fonts = (FontFile(sha256=sha256(font), weight="bold"),)
    what = lettering("en", texts, size, fonts=fonts, logos=(sha256(logo),), inks=Inks(dark="#102030"))
    [made] = imaging.render(photo_png, [recipe(size, photo, what)], brand)
    assert {one.slot: one.font for one in made.laid} == {
        Slot.LOGO: "",
        Slot.HEADLINE: "House Grotesk",
        Slot.SUBLINE: "Colophon Sans Regular",
    }
    left, top, width, height = made.laid[0].box
    seen = pixels(made)[top + height // 2, left + width // 2]
    assert seen.min() > 240


@pytest.mark.parametrize("content", [b"\0\1\0\0" + b"\xff" * 500, b"OTTO" + bytes(60), b"wOF2 not here", b"plain text"])
def test_what_is_no_font_is_refused(imaging: ConfinedImaging, content: bytes) -> None:
    with pytest.raises(PictureError) as refused:
        imaging.check_font(content)
    assert refused.value.reason in ("font", "undecodable", "limits")


def test_a_font_that_is_damaged_inside_fails_its_file_alone(
    imaging: ConfinedImaging, photo: Image.Image, photo_png: bytes
) -> None:
    size, good = SIZES["square"], font_of("Made")
    broken = good[:400] + bytes(len(good) - 400)
    what = lettering("en", {Slot.HEADLINE: "Made"}, size, fonts=(FontFile(sha256="b" * 64),))
    plain = lettering("en", {Slot.HEADLINE: "Made"}, size)
    failed, made = imaging.render(photo_png, [recipe(size, photo, w) for w in (what, plain)], {"b" * 64: broken})
    assert failed.problem is not None
    assert made.problem is None


def test_a_label_alone_is_laid_on_as_small_as_it_must(imaging: ConfinedImaging, photo: Image.Image) -> None:
    what = Lettering(language="de", label=Label(words=("KI-generiert", "KI"), share=0.05))
    sizes = [(600, 400), (120, 60), (120, 20)]
    made = imaging.render(png(photo), [recipe(size, photo, what) for size in sizes])
    for size, one in zip(sizes, made, strict=True):
        [label] = one.laid
        assert label.size >= max(9, round(0.05 * min(size)))
        assert inside(one.laid, size, SafeArea(2, 2, 2, 2))


def test_words_on_a_transparent_picture_have_a_ground(imaging: ConfinedImaging) -> None:
    clear = Image.new("RGBA", (600, 600), (20, 20, 20, 0))
    size = SIZES["square"]
    what = lettering("en", {Slot.HEADLINE: "Made"}, size)
    [made] = imaging.render(png(clear), [recipe(size, clear, what)])
    assert {Change.FLATTENED, Change.LETTERED} <= set(made.changes)
    assert Image.open(io.BytesIO(made.content)).mode in ("RGB", "P")
