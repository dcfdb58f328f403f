"""Placements: where a picture is shown, as rows of a table with size, weight cap, formats and safe area."""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from colophon.errors import InvalidInput, Problem


class PictureFormat(StrEnum):
    """The picture formats this product reads and writes; values are the names used in briefs and files."""

    JPEG = "jpg"
    PNG = "png"
    WEBP = "webp"
    AVIF = "avif"

    @property
    def media_type(self) -> str:
        return "image/jpeg" if self is PictureFormat.JPEG else f"image/{self.value}"


@dataclass(frozen=True, slots=True)
class SafeArea:
    """Pixels at each edge that the channel covers with its own controls."""

    top: int
    right: int
    bottom: int
    left: int


USUAL_SIGNATURE = 10_000
"""Bytes that a signature and the vendor's manifest inside it add to a file, a little over the usual."""


@dataclass(frozen=True, slots=True)
class Size:
    """Sides in pixels, and the most bytes the signed file may have (None: no limit)."""

    width: int
    height: int
    max_bytes: int | None


@dataclass(frozen=True, slots=True)
class Placement:
    """One place a picture is shown. ``max_bytes`` None: the channel states no limit for pictures. ``widths`` are the
    narrower copies of a responsive set, in pixels; empty: the channel takes one size."""

    channel: str
    name: str
    width: int
    height: int
    max_bytes: int | None
    formats: tuple[PictureFormat, ...]
    safe_area: SafeArea | None
    notes: str
    source: str
    widths: tuple[int, ...] = ()

    @property
    def sizes(self) -> tuple[Size, ...]:
        """The placement's own size, then its narrower copies, widest first, all of one shape. The picture's part of
        the cap shrinks with the area; the signature's does not."""
        return (Size(self.width, self.height, self.max_bytes), *(self._narrowed(w) for w in sorted(self.widths)[::-1]))

    def _narrowed(self, width: int) -> Size:
        height = self.height * width // self.width
        if self.max_bytes is None:
            return Size(width, height, None)
        picture = max(0, self.max_bytes - USUAL_SIGNATURE) * (width * height) // (self.width * self.height)
        return Size(width, height, min(self.max_bytes, USUAL_SIGNATURE + picture))

    @property
    def key(self) -> str:
        return f"{self.channel}/{self.name}"

    @property
    def default_formats(self) -> tuple[PictureFormat, ...]:
        """Web pages offer every format and let the browser choose; an advertising slot takes one file, the first."""
        return self.formats if self.channel == "web" else self.formats[:1]


_NAME = re.compile(r"[a-z0-9_]+")
_FORMATS = {"jpg": PictureFormat.JPEG, "jpeg": PictureFormat.JPEG, **{f.value: f for f in PictureFormat}}


def parse_placements(text: str, *, file: str = "placements.csv") -> Mapping[str, Placement]:
    """The table by ``channel/placement``, in its own order. Raises `InvalidInput` naming every bad row."""
    placements: dict[str, Placement] = {}
    problems: list[Problem] = []
    for row in (reader := csv.DictReader(io.StringIO(text))):
        try:
            placement = _placement(row)
            if placement.key in placements:
                raise ValueError(f"{placement.key} is listed twice")
            placements[placement.key] = placement
        except (KeyError, ValueError) as error:
            problems.append(Problem("bad_placement", str(error), file=file, line=reader.line_num))
    if problems:
        raise InvalidInput.of(problems)
    return placements


def _placement(row: Mapping[str, str]) -> Placement:
    for column in ("channel", "placement"):
        if not _NAME.fullmatch(row[column] or ""):
            raise ValueError(f"{column} is a-z, 0-9 and _, not {row[column]!r}")
    width, height = int(row["width"]), int(row["height"])
    cap = int(row["max_bytes"]) if row["max_bytes"] else None
    if not (1 <= width <= 16384 and 1 <= height <= 16384) or (cap is not None and cap < 1):
        raise ValueError("sides are 1 to 16384 pixels and a weight cap is positive")
    # Other formats of a row (gif) are what the channel would also take; none is ever made here.
    formats = tuple(dict.fromkeys(_FORMATS[f] for f in row["formats"].split(";") if f in _FORMATS))
    if not formats:
        raise ValueError(f"none of {row['formats']!r} is a format this product writes")
    return Placement(
        row["channel"],
        row["placement"],
        width,
        height,
        cap,
        formats,
        _safe(row),
        row["notes"],
        row["source"],
        _widths(row, width, height),
    )


def _widths(row: Mapping[str, str], width: int, height: int) -> tuple[int, ...]:
    widths = tuple(int(part) for part in (row.get("widths") or "").split(";") if part)
    if widths and row["safe_px"]:
        raise ValueError("safe_px is in pixels of one size and widths name several; a row has one of them")
    for narrow in widths:
        if not 1 <= narrow < width or narrow * height % width:
            raise ValueError(f"a width of {narrow} is not narrower than {width}, or has no whole number of rows")
    if len(set(widths)) != len(widths):
        raise ValueError("a width is listed twice")
    return widths


def _safe(row: Mapping[str, str]) -> SafeArea | None:
    if not row["safe_px"]:
        return None
    edges = [int(part) for part in row["safe_px"].split(" ")]
    if len(edges) != 4 or min(edges) < 0:
        raise ValueError("safe_px is four pixel counts: top right bottom left")
    if edges[0] + edges[2] >= int(row["height"]) or edges[1] + edges[3] >= int(row["width"]):
        raise ValueError("safe_px leaves nothing of the picture")
    return SafeArea(*edges)
