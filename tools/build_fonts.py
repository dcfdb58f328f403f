"""Builds src/colophon/data/fonts from the Noto fonts of Debian: what a headline needs, in under 6 MB.

    apt-get download fonts-noto-core fonts-noto-cjk-extra    # Debian 12; each unpacked with dpkg-deb -x
    python tools/build_fonts.py FOLDER                       # the folder with usr/share/fonts below it

Latin, Greek, Cyrillic, Hebrew and Arabic become one font a weight, so that a line of several of these scripts is shaped
and ordered as a whole. Chinese, Japanese and Korean share one font of one weight, in which the language chooses the
forms that differ. A change to what comes out needs a new VERSION in domain/lettering.py.
"""

import hashlib
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from fontTools.merge import Merger
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont

TARGET = Path(__file__).parent.parent / "src" / "colophon" / "data" / "fonts"
TRUETYPE, OPENTYPE = Path("usr/share/fonts/truetype/noto"), Path("usr/share/fonts/opentype/noto")

LATIN = [*range(0x20, 0x7F), *range(0xA0, 0x250), *range(0x2B0, 0x370), *range(0x1E00, 0x1F00)]
GREEK = [*range(0x370, 0x400), *range(0x1F00, 0x2000)]
CYRILLIC = [*range(0x400, 0x530)]
COMMON = [*range(0x2000, 0x2070), *range(0x2070, 0x20D0), *range(0x2100, 0x2190), 0x2212, 0x25CC, 0xFB01, 0xFB02]
HEBREW = [*range(0x590, 0x600), *range(0xFB1D, 0xFB50)]
ARABIC = [*range(0x600, 0x700), *range(0x750, 0x780), 0x200C, 0x200D]
CJK_SIGNS = [*range(0x3000, 0x3100), *range(0x3105, 0x3130), *range(0x31F0, 0x3200), *range(0xFF01, 0xFFEF)]
LATIN_1 = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x100),
    *range(0x2010, 0x2027),
    0x20AC,
    0x2122,
    0x2190,
    0x2191,
    0x2192,
    0x2193,
]


def main(source: Path) -> None:
    TARGET.mkdir(exist_ok=True)
    for weight in ("Regular", "Bold"):
        western(source / TRUETYPE, weight).save(TARGET / f"ColophonSans-{weight}.ttf")
    cjk(source / OPENTYPE / "NotoSansCJK-Medium.ttc").save(TARGET / "ColophonSansCJK-Medium.otf")
    for file in sorted(TARGET.glob("*.[to]tf")):
        print(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}  {file.stat().st_size}")  # noqa: T201


def western(folder: Path, weight: str) -> TTFont:
    parts = [
        ("NotoSans", [*LATIN, *GREEK, *CYRILLIC, *COMMON]),
        ("NotoSansHebrew", HEBREW),
        ("NotoSansArabic", ARABIC),
    ]
    with tempfile.TemporaryDirectory() as scratch:
        files = []
        for family, characters in parts:
            font = subset(TTFont(folder / f"{family}-{weight}.ttf"), characters)
            files.append(Path(scratch) / f"{family}.ttf")
            font.save(files[-1])
        merged = Merger().merge([str(file) for file in files])
        merged["hhea"].ascent, merged["hhea"].descent = 1069, -293  # Noto Sans' own
        return named(merged, f"Colophon Sans {weight}")


def cjk(collection: Path) -> TTFont:
    fonts = TTCollection(collection).fonts
    [japanese] = [font for font in fonts if font["name"].getDebugName(1).startswith("Noto Sans CJK JP")]
    wanted = {*LATIN_1, *CJK_SIGNS, *charset("euc_jp", 2), *charset("gb2312", 2), *hangul()}
    return named(subset(japanese, wanted), "Colophon Sans CJK Medium")


def charset(codec: str, length: int) -> set[int]:
    """Every character of a national set that takes ``length`` bytes: JIS X 0208, GB 2312."""
    found = set()
    for high in range(0xA1, 0xFF):
        for low in range(0xA1, 0xFF):
            try:
                text = bytes([high, low]).decode(codec)
            except UnicodeDecodeError:
                continue
            found.update(map(ord, text))
    return {code for code in found if not 0xE000 <= code < 0xF900}


def hangul() -> set[int]:
    """The 2,350 syllables of KS X 1001."""
    return {code for code in charset("euc_kr", 2) if 0xAC00 <= code <= 0xD7A3 or 0x3130 <= code < 0x3190}


def subset(font: TTFont, characters: Iterable[int]) -> TTFont:
    options = Options()
    options.layout_features = [
        "ccmp",
        "locl",
        "kern",
        "mark",
        "mkmk",
        "liga",
        "rlig",
        "calt",
        "init",
        "medi",
        "fina",
        "isol",
    ]
    options.name_IDs = [0, 1, 2, 4, 5, 6, 13, 14]
    options.hinting = False
    options.desubroutinize = False
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "GDEF" if False else "DSIG"]
    options.notdef_outline = True
    options.glyph_names = False
    work = Subsetter(options)
    work.populate(unicodes=characters)
    work.subset(font)
    return font


def named(font: TTFont, name: str) -> TTFont:
    """Under a name of its own, since it is not the font as published."""
    for record in (1, 4):
        font["name"].setName(name, record, 3, 1, 0x409)
    font["name"].setName(name.replace(" ", ""), 6, 3, 1, 0x409)
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    return font


if __name__ == "__main__":
    main(Path(sys.argv[1]))
