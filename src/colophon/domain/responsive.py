"""Responsive sets: the files of one picture in one place, as the parts of a ``<picture>`` element.

A browser takes the first source whose media type it reads, and of that the narrowest file that is wide enough for
the space and the screen (HTML, sections 4.8.1 and 4.8.4.2).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from colophon.domain.asset import Rendition
from colophon.domain.placement import PictureFormat

_BEST_FIRST = (PictureFormat.AVIF, PictureFormat.WEBP, PictureFormat.JPEG, PictureFormat.PNG)
_READ_BY_ALL = (PictureFormat.JPEG, PictureFormat.PNG)
# What a URL may hold; not the comma, which ends an entry of a srcset. Per cent: addresses are encoded already.
_URL = "!#$%&'()*+/:;=?@[]~"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One file of a source: the rendition's id, its sides in pixels and its public address."""

    rendition: str
    width: int
    height: int
    address: str


@dataclass(frozen=True, slots=True)
class Source:
    """The files of one format, narrowest first."""

    format: PictureFormat
    candidates: tuple[Candidate, ...]

    @property
    def media_type(self) -> str:
        return self.format.media_type

    @property
    def srcset(self) -> str:
        """The value of the attribute: addresses with their widths. It still has to be escaped for HTML."""
        return ", ".join(f"{quote(each.address, safe=_URL)} {each.width}w" for each in self.candidates)


@dataclass(frozen=True, slots=True)
class PictureSet:
    """One asset in one placement: sources in the order a browser should be offered them, at least one."""

    asset: str
    placement: str
    sources: tuple[Source, ...]

    @property
    def fallback(self) -> Candidate:
        """The file for ``<img src>``: the widest of a format that everything reads, where there is one."""
        readable = [source for source in self.sources if source.format in _READ_BY_ALL]
        return (readable or self.sources)[-1].candidates[-1]


def picture_sets(renditions: Iterable[Rendition], addresses: Mapping[str, str]) -> list[PictureSet]:
    """The sets of ``renditions`` by asset and placement, in the order these first appear. ``addresses`` are by the id
    of a rendition; one without (it is not public) is left out. Of files of one format and width the last counts."""
    files: dict[tuple[str, str], dict[PictureFormat, dict[int, Candidate]]] = {}
    for each in renditions:
        if (address := addresses.get(each.id)) is not None:
            by_format = files.setdefault((each.asset, each.placement), {})
            by_format.setdefault(each.format, {})[each.width] = Candidate(each.id, each.width, each.height, address)
    return [
        PictureSet(asset, placement, tuple(Source(f, _narrowest_first(by[f])) for f in _BEST_FIRST if f in by))
        for (asset, placement), by in files.items()
    ]


def _narrowest_first(by_width: Mapping[int, Candidate]) -> tuple[Candidate, ...]:
    return tuple(by_width[width] for width in sorted(by_width))
