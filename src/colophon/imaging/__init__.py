"""Pixels, bytes in and bytes out: the side that trusts neither the bytes nor the child that decodes them."""

from colophon.imaging.confined import ConfinedImaging, Confinement

__all__ = ["ConfinedImaging", "Confinement"]
