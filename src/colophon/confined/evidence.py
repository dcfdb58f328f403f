"""Evidence of findings, drawn in the confined child: a small copy of the picture with what is meant marked on it."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from colophon.confined.clusters import lab
from colophon.confined.decode import decode, upright
from colophon.confined.seen import seen as small_copy
from colophon.confined.technique import spread

SIDE = 1024  # of the longer side, at most
_BAD, _GOOD, _PAPER, _INK = (214, 40, 57), (20, 132, 80), (255, 255, 255), (24, 24, 24)
_LETTERS = 18  # pixels high
_MARGIN = 12
_QUALITY = 80


def illustrate(parameters: Mapping[str, Any], blobs: Sequence[bytes]) -> tuple[dict[str, object], list[bytes]]:
    """One WebP of ``blobs[0]``, for ``beside`` with ``blobs[1]`` at its right. Raises `PictureError`."""
    pictures = [_shown(blob, parameters["max_pixels"]) for blob in blobs]
    drawn = _DRAWN[parameters["kind"]](pictures, parameters)
    drawn.thumbnail((SIDE, SIDE))
    file = io.BytesIO()
    drawn.save(file, "WEBP", quality=_QUALITY, method=4)
    return {"width": drawn.width, "height": drawn.height}, [file.getvalue()]


def _shown(content: bytes, max_pixels: int) -> Image.Image:
    """In sRGB, on white."""
    _, picture = decode(content, max_pixels)
    copy = small_copy(upright(picture), SIDE)
    paper = Image.new("RGB", copy.size, _PAPER)
    paper.paste(copy, mask=copy.getchannel("A"))
    return paper


def _patches(pictures: Sequence[Image.Image], parameters: Mapping[str, Any]) -> Image.Image:
    picture = pictures[0]
    for patch in parameters["patches"]:
        if patch["blurred"]:
            box = _box(patch, picture.size)
            if min(box[2] - box[0], box[3] - box[1]) > 1:
                hidden = picture.crop(box).filter(ImageFilter.GaussianBlur(max(4, max(picture.size) // 24)))
                picture.paste(hidden, box[:2])
    pen = ImageDraw.Draw(picture)
    for patch in parameters["patches"]:
        colour = _BAD if patch["bad"] else _GOOD
        box = _box(patch, picture.size)
        pen.rectangle(box, outline=colour, width=3)
        if patch["label"]:
            _tag(pen, (box[0], box[1]), patch["label"], colour, picture.size)
    return picture


def _box(patch: Mapping[str, Any], size: tuple[int, int]) -> tuple[int, int, int, int]:
    width, height = size
    left, right = sorted(min(width - 1, max(0, round(patch[side] * width))) for side in ("left", "right"))
    top, bottom = sorted(min(height - 1, max(0, round(patch[side] * height))) for side in ("top", "bottom"))
    return left, top, right, bottom


def _tag(
    pen: ImageDraw.ImageDraw, at: tuple[int, int], text: str, colour: tuple[int, int, int], size: tuple[int, int]
) -> None:
    """Words on a plate above a place, or below its upper edge where there is no room."""
    font = ImageFont.load_default(_LETTERS)
    left, top, right, bottom = pen.textbbox((0, 0), text, font=font)
    wide, high = right - left + 8, bottom - top + 8
    x = max(0, min(at[0], size[0] - int(wide)))
    y = at[1] - high if at[1] >= high else at[1]
    pen.rectangle((x, y, x + wide, y + high), fill=colour)
    pen.text((x + 4 - left, y + 4 - top), text, font=font, fill=_PAPER)


def _colours(pictures: Sequence[Image.Image], parameters: Mapping[str, Any]) -> Image.Image:
    """The marked colours as they are, hatched, the rest pale grey."""
    picture = pictures[0]
    picture.thumbnail((SIDE // 2, SIDE // 2))
    rgb = np.asarray(picture, dtype=np.float64)
    centres = np.array([*parameters["marked"], *parameters["others"]], dtype=np.float64)
    pixels = lab(rgb.reshape(-1, 3) / 255)
    nearest = np.empty(len(pixels), dtype=np.int64)
    for start in range(0, len(pixels), 2**14):  # bounded: all pixels by all colours would be hundreds of megabytes
        part = pixels[start : start + 2**14]
        nearest[start : start + 2**14] = np.argmin(((part[:, None, :] - centres[None]) ** 2).sum(axis=2), axis=1)
    marked = (nearest < len(parameters["marked"])).reshape(rgb.shape[:2])
    grey = (rgb @ np.array((0.299, 0.587, 0.114)))[:, :, None] * 0.45 + 140
    rows, columns = np.indices(marked.shape)
    hatched = marked & ((rows + columns) % 12 < 2)
    drawn = np.where(marked[:, :, None], rgb, np.broadcast_to(grey, rgb.shape))
    drawn[hatched] = _BAD
    return Image.fromarray(drawn.clip(0, 255).astype(np.uint8))


def _beside(pictures: Sequence[Image.Image], parameters: Mapping[str, Any]) -> Image.Image:
    left, right = pictures
    if parameters["mirrored"]:
        right = right.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    high = min(left.height, right.height, SIDE // 2)
    halves = [half.resize((max(1, round(half.width * high / half.height)), high)) for half in (left, right)]
    titles = ("this picture", "the other one, mirrored" if parameters["mirrored"] else "the other one")
    plate = _LETTERS + 2 * _MARGIN
    drawn = Image.new("RGB", (sum(half.width for half in halves) + 3 * _MARGIN, high + plate + _MARGIN), _PAPER)
    pen, x = ImageDraw.Draw(drawn), _MARGIN
    for half, title in zip(halves, titles, strict=True):
        drawn.paste(half, (x, plate))
        pen.text((x, _MARGIN), title, font=ImageFont.load_default(_LETTERS), fill=_INK)
        x += half.width + _MARGIN
    return drawn


def _tiles(pictures: Sequence[Image.Image], parameters: Mapping[str, Any]) -> Image.Image:
    """Each tile with its number, the sharper the greener its frame."""
    picture = pictures[0]
    table = spread(small_copy(picture))
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(_LETTERS - 2)
    rows, columns = len(table), len(table[0])
    for row, values in enumerate(table):
        for column, value in enumerate(values):
            box = (
                round(column * picture.width / columns) + 1,
                round(row * picture.height / rows) + 1,
                round((column + 1) * picture.width / columns) - 2,
                round((row + 1) * picture.height / rows) - 2,
            )
            if box[2] <= box[0] or box[3] <= box[1]:
                continue
            colour = _GOOD if value >= parameters["sharp_from"] else _BAD
            pen.rectangle(box, outline=colour, width=1)
            words = f"{value:.1f}"
            wide = pen.textlength(words, font=font)
            pen.rectangle((box[0], box[1], box[0] + wide + 6, box[1] + _LETTERS + 2), fill=colour)
            pen.text((box[0] + 3, box[1] + 1), words, font=font, fill=_PAPER)
    return picture


_DRAWN: dict[str, Callable[[Sequence[Image.Image], Mapping[str, Any]], Image.Image]] = {
    "patches": _patches,
    "colours": _colours,
    "beside": _beside,
    "tiles": _tiles,
}
