"""A digital asset pipeline in which every generated brand picture carries its papers.

For programs: ``from colophon import Client`` talks to a server that `colophon serve` runs, see docs/api.md.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from colophon.client import Client

__version__ = "0.1.0"
__all__ = ["Client", "__version__"]


def __getattr__(name: str) -> Any:
    """The client is imported when it is asked for: most of this package never needs it."""
    if name == "Client":
        from colophon.client import Client

        return Client
    raise AttributeError(f"module 'colophon' has no attribute {name!r}")
