"""Bytes that are no picture we accept: each is refused for the right reason, quickly, and the same each time."""

import gzip
import io
import json
import random
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from PIL import Image

from colophon.confined import Confined
from colophon.errors import PictureError
from colophon.imaging import ConfinedImaging

FORMATS = ("PNG", "JPEG", "WEBP", "AVIF")
Make = Callable[[], bytes]


@cache
def picture(form: str, side: int = 160) -> bytes:
    noise = np.random.default_rng(7).integers(0, 256, (side // 4, side // 4, 3), dtype=np.uint8)
    return saved(Image.fromarray(noise).resize((side, side), Image.Resampling.BICUBIC), form)


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    sink = io.BytesIO()
    image.save(sink, form, **options)
    return sink.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")


def png(width: int, height: int, *between: bytes, data: bytes | None = None, interlaced: bool = False) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, interlaced))
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1000) if data is None else data)
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(between) + body + chunk(b"IEND", b"")


def jpeg_of_size(width: int, height: int) -> bytes:
    """A real JPEG whose frame header states another size."""
    content = bytearray(picture("JPEG"))
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def webp_of_canvas(width: int, height: int) -> bytes:
    inner = picture("WEBP")[12:]
    canvas = b"VP8X" + struct.pack("<I", 10) + bytes(4) + (width - 1).to_bytes(3, "little")
    body = b"WEBP" + canvas + (height - 1).to_bytes(3, "little") + inner
    return b"RIFF" + struct.pack("<I", len(body)) + body


def avif_of_size(width: int, height: int) -> bytes:
    content = bytearray(picture("AVIF"))
    at = content.index(b"ispe")
    content[at + 8 : at + 16] = struct.pack(">II", width, height)
    return bytes(content)


def frames(form: str) -> bytes:
    still, other = Image.new("RGB", (20, 20), "red"), Image.new("RGB", (20, 20), "blue")
    return saved(still, form, save_all=True, append_images=[other, still], duration=100)


def archive() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as file:
        file.writestr("picture.png", picture("PNG"))
    return sink.getvalue()


def flipped(content: bytes) -> bytes:
    """The compressed data damaged in the middle."""
    middle = len(content) // 2
    return content[:middle] + bytes(255 - b for b in content[middle : middle + 64]) + content[middle + 64 :]


def part(form: str, share: float) -> Make:
    return lambda: picture(form)[: int(len(picture(form)) * share)]


# Each: the bytes, and the reasons a refusal may give.
REFUSED: dict[str, tuple[Make, set[str]]] = {
    "empty": (lambda: b"", {"empty"}),
    "one byte": (lambda: b"\x89", {"format"}),
    "html": (lambda: b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>", {"format"}),
    "json": (lambda: json.dumps({"error": "expired"}).encode(), {"format"}),
    "xml": (lambda: b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', {"format"}),
    "svg": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', {"format"}),
    "svg after a byte-order mark": (lambda: b"\xef\xbb\xbf  <svg/>", {"format"}),
    "svg gzipped": (lambda: gzip.compress(b"<svg/>"), {"format"}),
    "zip": (archive, {"format"}),
    "pdf": (lambda: b"%PDF-1.7\n", {"format"}),
    "postscript": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 60000 60000\n", {"format"}),
    "random": (lambda: random.Random(1).randbytes(5000), {"format"}),
    "zeros": (lambda: bytes(5000), {"format"}),
    "psd": (lambda: b"8BPS\0\1" + bytes(100), {"format"}),
    "ico": (lambda: saved(Image.new("RGB", (16, 16)), "ICO"), {"format"}),
    "ppm": (lambda: saved(Image.new("RGB", (16, 16)), "PPM"), {"format"}),
    **{
        f"a {form}": (lambda form=form: saved(Image.new("RGB", (16, 16)), form), {"format"})  # type: ignore[misc]
        for form in ("GIF", "BMP", "TIFF", "JPEG2000", "TGA", "PCX")
    },
    **{
        f"{form} cut at {share:.0%}": (part(form, share), {"undecodable"})
        for form in FORMATS
        for share in (0.1, 0.5, 0.9, 0.99)
    },
    **{f"{form} signature only": (lambda form=form: picture(form)[:16], {"undecodable"}) for form in FORMATS},  # type: ignore[misc]
    "PNG with damaged data": (lambda: flipped(picture("PNG")), {"undecodable"}),
    "PNG with half of its rows": (lambda: png(100, 100, data=zlib.compress(bytes(50 * 101))), {"undecodable"}),
    "PNG, interlaced, without its last pass": (
        lambda: png(64, 64, data=zlib.compress(bytes(64 * 65)), interlaced=True),
        {"undecodable"},
    ),
    "PNG without data": (lambda: png(100, 100, data=b""), {"undecodable"}),
    "PNG of no pixels": (lambda: png(0, 100), {"undecodable"}),
    "PNG of colour type 5": (lambda: picture("PNG")[:25] + b"\5" + picture("PNG")[26:], {"undecodable"}),
    "PNG with a chunk of 4 GB": (lambda: png(9, 9, b"\xff\xff\xff\xfftEXt"), {"undecodable"}),
    "PNG with bytes for a header": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(500), {"undecodable"}),
    "JPEG of zeros": (lambda: b"\xff\xd8\xff" + bytes(500) + b"\xff\xd9", {"undecodable"}),
    "JPEG without tables": (lambda: picture("JPEG")[:20] + picture("JPEG")[-200:], {"undecodable"}),
    "WebP with zeros inside": (lambda: picture("WEBP")[:20] + bytes(len(picture("WEBP")) - 20), {"undecodable"}),
    "AVIF with zeros inside": (lambda: picture("AVIF")[:40] + bytes(len(picture("AVIF")) - 40), {"undecodable"}),
    "AVIF of another brand": (lambda: picture("AVIF").replace(b"ftypavif", b"ftypheic"), {"format"}),
    "a video": (lambda: b"\0\0\0\x18ftypmp42" + bytes(100), {"format"}),
    "an audio RIFF": (lambda: b"RIFF\x24\0\0\0WAVEfmt " + bytes(30), {"format"}),
    "PNG bomb by header": (lambda: png(60_000, 60_000), {"pixels"}),
    "PNG bomb by width": (lambda: png(2**31 - 1, 1), {"pixels"}),
    "PNG bomb that inflates": (lambda: png(60_000, 60_000, data=zlib.compress(bytes(30_000_000))), {"pixels"}),
    "PNG just above the cap": (lambda: png(10_000, 5_001), {"pixels"}),
    "JPEG bomb": (lambda: jpeg_of_size(65_500, 65_500), {"pixels"}),
    "JPEG just above the cap": (lambda: jpeg_of_size(10_000, 5_001), {"pixels"}),
    "WebP bomb": (lambda: webp_of_canvas(16_383, 16_383), {"pixels", "undecodable"}),
    "AVIF bomb": (lambda: avif_of_size(60_000, 60_000), {"pixels", "undecodable"}),
    "PNG of many frames": (lambda: frames("PNG"), {"frames"}),
    "WebP of many frames": (lambda: frames("WEBP"), {"frames"}),
    "AVIF of many frames": (lambda: frames("AVIF"), {"frames"}),
    "JPEG of many pictures": (lambda: frames("MPO"), {"frames"}),
    "PNG with text that inflates": (
        lambda: png(9, 9, chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(200_000_000), 1))),
        {"undecodable"},
    ),
    "PNG with countless chunks": (lambda: png(9, 9, chunk(b"tEXt", b"k\0v") * 400_000), {"limits"}),
    "JPEG with countless comments": (
        lambda: b"\xff\xd8" + b"\xff\xfe\0\2" * 400_000 + picture("JPEG")[2:],
        {"limits"},
    ),
    "WebP with countless chunks": (
        lambda: b"RIFF" + struct.pack("<I", 4 + 8 * 400_000) + b"WEBPVP8X" + bytes(4) + b"junk\0\0\0\0" * 399_999,
        {"limits", "undecodable"},
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused(imaging: ConfinedImaging, name: str) -> None:
    make, reasons = REFUSED[name]
    content = make()
    started = time.monotonic()
    messages = set()
    for _ in range(2):
        with pytest.raises(PictureError) as caught:
            imaging.inspect(content)
        assert caught.value.reason in reasons
        messages.add(caught.value.message)
    assert len(messages) == 1
    assert messages.pop()
    assert time.monotonic() - started < 2 * 5


def test_there_are_enough_of_them() -> None:
    assert len(REFUSED) >= 60


@pytest.mark.parametrize("form", FORMATS)
def test_the_same_pictures_whole_are_accepted(imaging: ConfinedImaging, form: str) -> None:
    assert imaging.inspect(picture(form)).width == 160


@pytest.mark.parametrize("side", [1, 3, 8, 64])
def test_interlaced_pictures_are_accepted(imaging: ConfinedImaging, side: int) -> None:
    steps = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = b""
    for left, top, across, down in steps:
        columns = len(range(left, side, across))
        rows += (b"\0" + b"\x80" * columns) * (len(range(top, side, down)) if columns else 0)
    assert imaging.inspect(png(side, side, data=zlib.compress(rows), interlaced=True)).deviation == 0
    with pytest.raises(PictureError):
        imaging.inspect(png(side, side, data=zlib.compress(rows[:-1]), interlaced=True))


def test_what_it_is_instead_is_said(imaging: ConfinedImaging) -> None:
    with pytest.raises(PictureError, match="this is a GIF"):
        imaging.inspect(saved(Image.new("RGB", (9, 9)), "GIF"))


def test_bombs_cost_little_memory() -> None:
    small = Confined(1, memory_bytes=400 * 2**20)
    try:
        for name in [name for name in REFUSED if "bomb" in name]:
            with pytest.raises(PictureError) as caught:
                ConfinedImaging(small).inspect(REFUSED[name][0]())
            assert caught.value.reason in REFUSED[name][1]
    finally:
        small.close()


def test_a_picture_just_under_the_cap_fits_the_limits(imaging: ConfinedImaging) -> None:
    large = saved(Image.new("RGBA", (8000, 4999), (10, 20, 30, 128)), "WEBP", method=0, quality=10)
    assert imaging.inspect(large).width == 8000


def test_a_file_over_the_cap_is_not_even_sent() -> None:
    class Unreachable:
        def call(self, *arguments: object, **options: object) -> tuple[dict[str, object], list[bytes]]:
            raise AssertionError("the child was asked")

    with pytest.raises(PictureError) as caught:
        ConfinedImaging(Unreachable(), max_bytes=100).inspect(bytes(101))
    assert caught.value.reason == "too_large"


def test_large_but_honest_metadata_is_no_harm(imaging: ConfinedImaging) -> None:
    content = saved(Image.open(io.BytesIO(picture("JPEG"))), "JPEG", comment=b"x" * 60_000, xmp=b"y" * 60_000)
    assert imaging.inspect(content).width == 160


def test_hostile_exif_does_not_matter(imaging: ConfinedImaging) -> None:
    for exif in (b"Exif\0\0MM\0*\xff\xff\xff\xff", b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12\1" * 600, b"Exif\0\0"):
        content = saved(Image.open(io.BytesIO(picture("JPEG"))), "JPEG", exif=exif)
        assert imaging.inspect(content).width == 160


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("seed", range(6))
def test_random_damage_is_refused_or_decoded_the_same_each_time(imaging: ConfinedImaging, form: str, seed: int) -> None:
    dice, content = random.Random(seed), bytearray(picture(form))
    for _ in range(8):
        content[dice.randrange(len(content))] = dice.randrange(256)

    def outcome() -> object:
        try:
            return imaging.inspect(bytes(content))
        except PictureError as error:
            return error.reason, error.message

    first = outcome()
    assert first == outcome()
    assert not isinstance(first, tuple) or first[0] != "limits"
