"""Contact sheets of renditions: a page with every file's figures, and one small picture of them all."""

import base64
import html
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from colophon.domain.placement import Size

_THUMB = 220
_STYLE = """body{font:13px sans-serif;background:#ddd;margin:1em}figure{display:inline-block;margin:4px;padding:4px;
background:#fff;vertical-align:top;max-width:230px}figcaption{font-size:10px}.bad{outline:2px solid #c00}"""
_BLOCKS, _CELL, _NAME, _GAP = 3, (78, 62), 150, 3
_HEAD = 18


@dataclass(frozen=True)
class Shown:
    """A file as it is judged: its likeness to the cut in points, how far its colours are off, and what is wrong."""

    placement: str
    size: Size
    form: str
    content: bytes
    similarity: float | None
    away: float | None
    wrong: tuple[str, ...]

    def small(self, size: tuple[int, int]) -> Image.Image:
        """Within a size, transparent parts on grey, where they are seen."""
        with Image.open(io.BytesIO(self.content)) as file:
            whole = file.convert("RGBA")
        whole.thumbnail(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
        ground = Image.new("RGBA", whole.size, "#9a9a9a")
        ground.alpha_composite(whole)
        return ground.convert("RGB")


def page(sheets: Mapping[str, Sequence[Shown]]) -> str:
    """One page that needs no other file: each placement's first format, and every file with something wrong."""
    parts = [f"<!doctype html><meta charset=utf-8><title>Renditions</title><style>{_STYLE}</style>"]
    for name, files in sheets.items():
        parts.append(f"<h2>{html.escape(name)}</h2>")
        firsts = {id(one) for one in _firsts(files).values()}
        parts += [_figure(one) for one in files if id(one) in firsts or one.wrong]
    return "".join(parts)


def picture(sheets: Mapping[str, Sequence[Shown]]) -> Image.Image:
    """A row for each placement with its first format of each kind, in three blocks."""
    columns = {name: _firsts(files) for name, files in sheets.items()}
    keys = list(next(iter(columns.values())))
    rows = -(-len(keys) // _BLOCKS)
    width, height = _NAME + len(columns) * (_CELL[0] + _GAP) + 3 * _GAP, _CELL[1] + _GAP
    sheet = Image.new("RGB", (_BLOCKS * width, _HEAD + rows * height), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(10)
    for index, key in enumerate(keys):
        left, top = index // rows * width, _HEAD + index % rows * height
        channel, _, name = key.partition("/")
        draw.multiline_text((left + _GAP, top + 12), f"{channel}\n{name}", "black", font)
        for place, (kind, found) in enumerate(columns.items()):
            x = left + _NAME + place * (_CELL[0] + _GAP)
            if index % rows == 0:
                draw.text((x, 3), kind, "black", font)
            if (one := found.get(key)) and one.content:
                small = one.small(_CELL)
                sheet.paste(small, (x + (_CELL[0] - small.width) // 2, top + (_CELL[1] - small.height) // 2))
    return sheet


def _firsts(files: Sequence[Shown]) -> dict[str, Shown]:
    found: dict[str, Shown] = {}
    for one in files:
        found.setdefault(one.placement, one)
    return found


def _figure(one: Shown) -> str:
    source = ""
    if one.content:
        sink = io.BytesIO()
        one.small((_THUMB, _THUMB)).save(sink, "JPEG", quality=85)
        source = base64.b64encode(sink.getvalue()).decode()
    cap = f" of {one.size.max_bytes:,}" if one.size.max_bytes else ""
    said = f"{one.placement} {one.size.width}x{one.size.height} {one.form}, {len(one.content):,}{cap} bytes"
    said += f", {one.similarity or 0:.0f} points {' '.join(one.wrong)}"
    bad = " class=bad" if one.wrong else ""
    return (
        f'<figure{bad}><img src="data:image/jpeg;base64,{source}"><figcaption>{html.escape(said)}</figcaption></figure>'
    )
