"""The fonts and logos a brief's brand names: read, and looked at before anything is planned with them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from colophon.domain.asset import sha256
from colophon.domain.brand import BrandFont, BrandLogo
from colophon.domain.brief import Brief
from colophon.errors import ColophonError, InvalidInput, PictureError, Problem
from colophon.ports import Imaging

MAX_FILE_BYTES = 20_000_000
_FONT_TYPE = "font/sfnt"

Files = Mapping[str, tuple[bytes, str]]
"""Contents and media types by digest."""


def read_brand_files(brief: Brief, folder: Path, *, imaging: Imaging) -> Files:
    """Raises `InvalidInput` naming each that is not a usable font or picture."""
    found: dict[str, tuple[bytes, str]] = {}
    problems: list[Problem] = []
    brand = brief.brand
    listed: tuple[tuple[str, Sequence[BrandFont | BrandLogo]], ...] = (("fonts", brand.fonts), ("logos", brand.logos))
    for member, files in listed:
        for i, file in enumerate(files):
            if file.sha256 is None or file.sha256 in found:
                continue
            try:
                content = _content(file, folder)
                found[file.sha256] = content, _media_type(file, content, imaging)
            except (ColophonError, OSError) as error:
                message = error.message if isinstance(error, ColophonError) else f"cannot be read: {error.strerror}"
                problems.append(Problem("bad_brand_file", message, path=f"brand.{member}[{i}]", found=file.name[:80]))
    if problems:
        raise InvalidInput.of(problems, hint="give a TrueType or OpenType font, a PNG, WebP, AVIF or JPEG logo")
    return found


def _content(file: BrandFont | BrandLogo, folder: Path) -> bytes:
    with (folder / file.name).open("rb") as stream:
        content = stream.read(MAX_FILE_BYTES + 1)
    if sha256(content) != file.sha256:
        raise PictureError("the file changed while it was being read", reason="format")
    return content


def _media_type(file: BrandFont | BrandLogo, content: bytes, imaging: Imaging) -> str:
    if isinstance(file, BrandFont):
        imaging.check_font(content)
        return _FONT_TYPE
    return imaging.inspect(content).format.media_type
