"""Work on hostile bytes in limited child processes."""

from colophon.confined.pool import Confined

__all__ = ["Confined"]
