"""What somebody is told of pictures of brands that are not theirs to see: that there is one, and not which.

Findings name the pictures that look alike wherever they belong, and are kept as they were made, since decisions are
bound to their digest. What is left out is left out where they are shown.
"""

import re
from collections.abc import Mapping
from typing import Any

from colophon.domain.board import Brands
from colophon.errors import NotFound
from colophon.ports.belonging import Belonging

_NAMED = re.compile(r"asset (asset_\w+)(?: \(campaign [^()]*\))?")
_HIDDEN = "a picture of another brand"
_SHOWS = "shows"  # the member of an evidence picture that says in words what is to be seen in it


class Discretion:
    """For one who asks. ``brands`` None: they may see all, and are told all."""

    def __init__(self, brands: Brands, belonging: Belonging) -> None:
        self._brands, self._belonging = brands, belonging
        self._known: dict[str, bool] = {}

    def text(self, text: str) -> str:
        """Without the id and the campaign of a picture they may not see. One that is not there is told alike: whoever
        could write an id into a text would otherwise learn which there are."""
        if self._brands is None:
            return text
        return _NAMED.sub(lambda found: found[0] if self._sees(found[1]) else _HIDDEN, text)

    def view(self, view: Any) -> Any:
        """Plain data with all its texts told so, and without evidence pictures that show what they may not see."""
        return view if self._brands is None else self._plain(view)

    def shows_hidden(self, shown: str) -> bool:
        """Whether these words of an evidence picture name one they may not see."""
        return self.text(shown) != shown

    def _plain(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            shown = value.get(_SHOWS)
            if isinstance(shown, str) and self.shows_hidden(shown):
                return None
            return {name: self._plain(each) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._plain(each) for each in value]
        return value

    def _sees(self, asset: str) -> bool:
        if asset not in self._known:
            try:
                self._known[asset] = self._belonging.of_asset(asset) in (self._brands or ())
            except NotFound:
                self._known[asset] = False
        return self._known[asset]
