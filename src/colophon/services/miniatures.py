"""Pictures as pages show them: small copies, made once in the confined child and kept where they may be forgotten."""

from dataclasses import dataclass
from typing import Literal, get_args

from colophon.domain.placement import PictureFormat
from colophon.ports import Store
from colophon.ports.miniatures import Cache, Shrinking

Size = Literal["thumbnail", "preview"]
SIZES: tuple[Size, ...] = get_args(Size)
SIDES: dict[Size, int] = {"thumbnail": 384, "preview": 1440}  # pixels of the longer side, at most
MEDIA_TYPE = PictureFormat.WEBP.media_type
VERSION = "1"  # of how they are made: another one is another name in the cache, and to browsers


@dataclass(frozen=True, slots=True)
class Miniatures:
    store: Store
    shrinking: Shrinking
    cache: Cache

    def kept(self, sha256: str, size: Size) -> bytes | None:
        """A small copy that was made before; None: none is at hand."""
        return self.cache.get(_name(sha256, size))

    def of(self, sha256: str, size: Size) -> bytes:
        """The small copy of what the store has under a digest. Raises `NotFound`, `ObjectCorrupt`,
        `StoreUnavailable`, `PictureError`."""
        if (kept := self.kept(sha256, size)) is not None:
            return kept
        made = self.shrinking.shrink(self.store.get(sha256), SIDES[size]).content
        self.cache.put(_name(sha256, size), made)
        return made


def _name(sha256: str, size: Size) -> str:
    return f"{sha256}-{size}-{VERSION}"
