"""What picture bytes say before any decoder sees them: their format, whether they are whole, how many parts they have.

Only the outermost structure is walked, so this costs little even for a hostile file. Layouts: PNG (W3C, third edition),
JPEG (ITU-T T.81, annex B), WebP (RFC 9649), AVIF boxes (ISO/IEC 14496-12).
"""

from collections.abc import Iterator
from typing import Literal

from colophon.errors import PictureError

Format = Literal["PNG", "JPEG", "WEBP", "AVIF"]

# Decoders walk parts one by one in slow code; a real 64 MB PNG has about 8,000 parts of 8 kB.
MAX_PARTS = 20_000
_OTHERS = {
    b"GIF8": "a GIF",
    b"BM": "a BMP",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
    b"8BPS": "a Photoshop document",
    b"%PDF": "a PDF",
    b"PK\3\4": "a ZIP archive",
    b"\x1f\x8b": "a gzip archive",
    b"\xff\x0a": "a JPEG XL",
    b"\0\0\0\x0cjP  ": "a JPEG 2000",
    b"\0\0\0\x0cJXL ": "a JPEG XL",
    b"{": "JSON text",
    b"<": "markup text (an HTML, XML or SVG document)",
}


def sniff(content: bytes) -> Format:
    """The format by content. Raises `PictureError` with reason ``format``, naming what it is instead if known."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp" and content[8:12] in (b"avif", b"avis", b"mif1", b"msf1"):
        return "AVIF"
    start = content[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    found = next((name for mark, name in _OTHERS.items() if start.startswith(mark)), "not a picture format known here")
    raise PictureError(f"only PNG, JPEG, WebP and AVIF are accepted; this is {found}", reason="format")


def require_whole(content: bytes, form: Format) -> None:
    """Raises `PictureError` with reason ``undecodable`` when the file ends early, ``limits`` when its parts are
    countless."""
    if form == "PNG":
        whole = _has_last_chunk(content)
    elif form == "JPEG":
        whole = _has_end_marker(content)
    else:
        parts = _riff_ends(content) if form == "WEBP" else _box_ends(content)
        whole = _last(parts) <= len(content)
    if not whole:
        raise PictureError("the file is cut off: its end is missing; fetch it again", reason="undecodable")


def _last(ends: Iterator[int]) -> int:
    """The last of the ends of parts; stops counting at the cap."""
    end = 0
    for count, end in enumerate(ends):  # noqa: B007 - the last one is the answer
        if count > MAX_PARTS:
            raise PictureError(f"the file has more than {MAX_PARTS} parts", reason="limits")
    return end


def _has_last_chunk(content: bytes) -> bool:
    end = _last(_png_ends(content))
    return end <= len(content) and content[end - 8 : end - 4] == b"IEND"


def _png_ends(content: bytes) -> Iterator[int]:
    at = 8
    while at + 8 <= len(content):
        last = content[at + 4 : at + 8] == b"IEND"
        at += 12 + int.from_bytes(content[at : at + 4], "big")
        yield at
        if last:
            return


def _has_end_marker(content: bytes) -> bool:
    scan = _last(_jpeg_ends(content))
    return content.find(b"\xff\xd9", scan) != -1


def _jpeg_ends(content: bytes) -> Iterator[int]:
    """Ends of the segments up to and with the first scan's header."""
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # fill bytes may stand before a marker
            at += 1
        else:
            alone = marker == 0x01 or 0xD0 <= marker <= 0xD8
            at += 2 if alone else 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        yield at
        if marker == 0xDA:
            return


def _riff_ends(content: bytes) -> Iterator[int]:
    whole = 8 + int.from_bytes(content[4:8], "little")
    at = 12
    while at + 8 <= min(whole, len(content)):
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
        yield min(at, whole)
    yield whole


def _box_ends(content: bytes) -> Iterator[int]:
    at = 0
    while at + 8 <= len(content):
        size, head = int.from_bytes(content[at : at + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(content[at + 8 : at + 16], "big"), 16
        at = len(content) if size == 0 else at + max(size, head)
        yield at
