"""Tables and defaults that ship with the package, read as text."""

from importlib.resources import files


def text(name: str) -> str:
    """The content of one data file, by its name in this folder."""
    return (files(__name__) / name).read_text(encoding="utf-8")
