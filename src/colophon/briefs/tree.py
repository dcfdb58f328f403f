"""A document as plain values that remember their lines, and how places and values are named in messages."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from colophon.errors import Problem

SHOWN = 80

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem before it has a file and a line: only where in the document it is."""

    path: Path
    code: str
    message: str
    found: str = ""
    allowed: str = ""


@dataclass(frozen=True, slots=True)
class Tree:
    """One document: its value, the line of every node, and what was wrong with its form.

    ``unread`` are the nodes whose value could not be taken as written; judging them further would mislead."""

    file: str
    value: Mapping[str, object]
    lines: Mapping[Path, int]
    problems: tuple[Problem, ...]
    unread: tuple[Path, ...]

    def nearest(self, path: Path) -> Path:
        """The longest part of a path that is in the document."""
        while path and path not in self.lines:
            path = path[:-1]
        return path

    def at(self, path: Path) -> object:
        """The value at a path that is in the document."""
        node: object = self.value
        for step in path:
            node = node[step]  # type: ignore[index]  # paths come from this very document
        return node

    def problem(self, fault: Fault) -> Problem:
        place = self.nearest(fault.path)
        # A member that is missing is named; what a short form stands for (a string for a mapping) is not.
        absent = fault.path[len(place) : len(place) + 1] if isinstance(self.at(place), dict) else ()
        return Problem(
            fault.code,
            fault.message,
            file=self.file,
            line=self.lines.get(place),
            path=spelled(place + absent),
            found=fault.found,
            allowed=fault.allowed,
        )


def parts(value: Mapping[str, object]) -> Iterator[tuple[Path, object]]:
    """A brief's raw value itself and each of its visuals, with their places."""
    yield (), value
    for i, visual in enumerate(entries(value, "visuals")):
        yield ("visuals", i), visual


def entries(part: object, name: str) -> list[object]:
    """The list a member holds; an empty one where it holds anything else."""
    listed = part.get(name) if isinstance(part, Mapping) else None
    return listed if isinstance(listed, list) else []


def shown(value: object) -> str:
    """A short description of a value for a message; text is escaped, so it cannot pose as anything else."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case dict():
            return "a mapping"
        case list():
            return f"a list of {len(value)}"
        case str():
            text = repr(value[:SHOWN])
            return text if len(text) <= SHOWN and len(value) <= SHOWN else text[: SHOWN - 1] + "…"
        case _:
            return str(value)[:SHOWN]


def spelled(path: Path) -> str:
    """A path as people write it: ``visuals[0].variants``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            name = step if re.fullmatch(r"[\w-]{1,64}", step, re.ASCII) else shown(step)
            text += f".{name}" if text else name
    return text
