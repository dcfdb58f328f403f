"""Small pictures inside a page, made in the confined child and bounded in number and size."""

import base64
from dataclasses import dataclass

from colophon.domain.lineage import Node
from colophon.domain.placement import PictureFormat
from colophon.domain.rendition import Recipe
from colophon.domain.subject import Box
from colophon.errors import ColophonError
from colophon.ports import Imaging, Store

_LARGEST = 100_000  # bytes that one picture may need


@dataclass
class Thumbnails:
    """``pictures`` and ``room`` (bytes) are what may still be put into this page."""

    store: Store
    imaging: Imaging
    pictures: int = 400
    room: int = 12_000_000

    def of(self, node: Node, side: int) -> tuple[str | None, str]:
        """The picture a node stands for as a data URI, at most ``side`` pixels; or None, and why."""
        width, height = node.facts.get("width"), node.facts.get("height")
        if not (node.sha256 and isinstance(width, int) and isinstance(height, int)):
            return None, "its size is not on record"
        if not self.pictures or self.room < _LARGEST:
            return None, "left out: the page has as many pictures as it may hold"
        scale = min(1.0, side / max(width, height))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        recipe = Recipe(Box(0, 0, width, height), *size, PictureFormat.JPEG, None, "")
        try:
            content = self.imaging.render(self.store.get(node.sha256), [recipe])[0].content
        except ColophonError as error:
            return None, f"cannot be shown: {error.message}"
        self.pictures -= 1
        self.room -= len(content)
        return f"data:image/jpeg;base64,{base64.b64encode(content).decode()}", ""
