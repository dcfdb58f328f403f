"""What was worked out for one cut, so that files which several placements want alike are encoded and measured once."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Value = TypeVar("Value")


class Memo:
    """Results by everything that decides them, which a key has to name; they live as long as its cut does. Threads
    share it: two that ask for the same at once both make it, and what they make must not be changed by its use."""

    def __init__(self) -> None:
        self._known: dict[Hashable, Any] = {}

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The result under this key, made when it is not known yet."""
        if key not in self._known:
            self._known[key] = make()
        value: Value = self._known[key]
        return value
