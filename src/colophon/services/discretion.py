"""What somebody is told of pictures of brands that are not theirs to see: that there is one, and not which.

Findings name the pictures that look alike wherever they belong, and are kept as they were made, since decisions are
bound to their digest. What is left out is left out where they are shown.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from colophon.domain.board import Brands
from colophon.ports.belonging import Belonging

_NAMED = re.compile(r"asset (asset_\w+)(?: \(campaign [^()]*\))?")
_HIDDEN = "a picture of another brand"
_SHOWS = "shows"  # the member of an evidence picture that says in words what is to be seen in it


class Discretion:
    """For one who asks. ``brands`` None: they may see all, and are told all."""

    def __init__(self, brands: Brands, belonging: Belonging) -> None:
        self._brands, self._belonging = brands, belonging
        self._seen: dict[str, bool] = {}

    def text(self, text: str) -> str:
        """Without the id and the campaign of a picture they may not see. One that is not there is told alike: whoever
        could write an id into a text would otherwise learn which there are."""
        if self._brands is None:
            return text
        self._look_up([text])
        return self._told(text)

    def view(self, view: Any) -> Any:
        """Plain data with all its texts told so, and without evidence pictures that show what they may not see."""
        if self._brands is None:
            return view
        self._look_up(_texts(view))
        return self._plain(view)

    def shows_hidden(self, shown: str) -> bool:
        """Whether these words of an evidence picture name one they may not see."""
        return self.text(shown) != shown

    def _told(self, text: str) -> str:
        return _NAMED.sub(lambda found: found[0] if self._seen[found[1]] else _HIDDEN, text)

    def _plain(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._told(value)
        if isinstance(value, Mapping):
            shown = value.get(_SHOWS)
            if isinstance(shown, str) and self._told(shown) != shown:
                return None
            return {name: self._plain(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._plain(each) for each in value]
        return value

    def _look_up(self, texts: Iterable[str]) -> None:
        """Whose all these pictures are, asked at once."""
        named = {asset for text in texts for asset in _NAMED.findall(text)} - self._seen.keys()
        if named:
            brands, theirs = self._brands or frozenset[str](), self._belonging.of_assets(named)
            self._seen |= {asset: theirs.get(asset) in brands for asset in named}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(each)
