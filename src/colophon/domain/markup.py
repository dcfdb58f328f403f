"""The ``<picture>`` element of a published picture: source sets by media type and width, and a file for all others."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

# Browsers take the first source they can show: the smallest kinds of file come first.
_ORDER = ("image/avif", "image/webp", "image/png", "image/jpeg", "image/gif")
_LAST = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif")  # what every browser shows, best first
_UNSAFE = str.maketrans({" ": "%20", ",": "%2C", "\t": "%09", "\n": "%0A", "\r": "%0D"})  # they divide a source set


@dataclass(frozen=True, slots=True)
class PublicFile:
    address: str
    width: int
    height: int
    media_type: str


def picture_markup(files: Sequence[PublicFile], *, alt: str = "", sizes: str = "100vw") -> str:
    """One element for the same picture in one shape, in one or more widths and kinds of file. Without a file: empty.

    ``alt`` "" marks the picture as decoration to a screen reader, so a page that means more by it fills it in. The
    largest file of the most widely shown kind is what browsers without source sets load.
    """
    if not files:
        return ""
    ordered = sorted(files, key=lambda file: (_rank(_ORDER, file.media_type), file.media_type, file.width))
    lines = ["<picture>"]
    for media_type, group in groupby(ordered, key=lambda file: file.media_type):
        kept = {file.width: file for file in group}
        srcset = ", ".join(f"{file.address.translate(_UNSAFE)} {width}w" for width, file in sorted(kept.items()))
        lines.append(f'  <source type="{escape(media_type)}" srcset="{escape(srcset)}" sizes="{escape(sizes)}">')
    last = min(files, key=lambda file: (_rank(_LAST, file.media_type), -file.width))
    size = f'width="{last.width}" height="{last.height}"'
    lines.append(f'  <img src="{escape(last.address)}" {size} alt="{escape(alt)}" loading="lazy" decoding="async">')
    return "\n".join([*lines, "</picture>"])


def _rank(order: Sequence[str], media_type: str) -> int:
    return order.index(media_type) if media_type in order else len(order)
