"""How this package asks a limited child process for something."""

from collections.abc import Sequence
from typing import Any, Protocol


class ConfinedCall(Protocol):
    """Runs a named function on bytes in a limited child process. A child that dies raises a `ColophonError`."""

    def call(
        self, function: str, parameters: dict[str, Any], blobs: Sequence[bytes]
    ) -> tuple[dict[str, Any], list[bytes]]: ...
