"""Building a tree from a document's parts, within bounds of depth and size."""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from colophon.briefs.tree import Path, Tree, spelled
from colophon.errors import InvalidInput, Problem

MAX_DEPTH = 20
MAX_NODES = 50_000
MAX_PROBLEMS = 100  # a person corrects the first few and runs again; more only makes a hostile file expensive

# YAML 1.2 core without octal and hexadecimal; anything longer or of another form stays text.
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,29})")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,29})?(\.[0-9]{0,30})?([eE][-+]?[0-9]{1,2})?")


def number(text: str) -> int | Decimal | None:
    """The number a plain scalar writes, kept to its last digit; None when it writes none."""
    if _INTEGER.fullmatch(text):
        return int(text)
    if any(digit in text for digit in "0123456789") and (match := _DECIMAL.fullmatch(text)):
        whole, fraction = match.group(1), match.group(2)
        if whole is not None or (fraction and len(fraction) > 1):
            return Decimal(text)
    return None


@dataclass(slots=True)
class _Frame:
    node: dict[str, object] | list[object]
    path: Path
    real: bool  # False inside a value that is dropped
    key: str | None = None
    kept: bool = True


@dataclass(slots=True)
class TreeBuilder:
    """Takes a document's parts in their order. Raises `InvalidInput` at once where going on has no sense."""

    file: str
    _stack: list[_Frame] = field(default_factory=list)
    _lines: dict[Path, int] = field(default_factory=dict)
    _problems: list[Problem] = field(default_factory=list)
    _unread: list[Path] = field(default_factory=list)
    _root: object = None
    _nodes: int = 0

    def refuse(self, code: str, message: str, line: int | None, *, found: str = "") -> None:
        """Note a problem with the node that comes next, and read on."""
        problem = Problem(code, message, file=self.file, line=line, path=spelled(self._here()), found=found)
        self._problems.append(problem)
        if len(self._problems) >= MAX_PROBLEMS:
            raise InvalidInput.of(self._problems)

    def stop(self, code: str, message: str, line: int | None) -> InvalidInput:
        """The error that ends reading, with all that was noted before it."""
        problem = Problem(code, message, file=self.file, line=line)
        return InvalidInput.of([*self._problems, problem])

    def doubt(self) -> None:
        """The node that comes next cannot be taken as written."""
        self._unread.append(self._here())

    def awaits_key(self) -> bool:
        return bool(self._stack) and isinstance(self._stack[-1].node, dict) and self._stack[-1].key is None

    def open(self, node: dict[str, object] | list[object], line: int) -> None:
        if self.awaits_key():
            raise self.stop("key_not_text", "the name of a member is text, not a mapping or list", line)
        if len(self._stack) >= MAX_DEPTH:
            raise self.stop("too_deep", f"the document is nested more than {MAX_DEPTH} deep", line)
        path, real = self._here(), self._counts()
        self._store(node, line)
        self._stack.append(_Frame(node, path, real))

    def close(self) -> None:
        self._stack.pop()

    def key(self, name: str, line: int) -> None:
        """A member's name; one that is there already is refused and its value is dropped."""
        frame = self._stack[-1]
        frame.key, frame.kept = name, True
        if isinstance(frame.node, dict) and name in frame.node:
            first = self._lines.get((*frame.path, name))
            self.refuse("duplicate_member", f"this member is given twice, first in line {first}", line)
            frame.kept = False
        elif frame.real:
            self._lines[(*frame.path, name)] = line
        self._count(line)

    def drop(self) -> None:
        """The value of the member just named is not kept."""
        self._stack[-1].kept = False

    def scalar(self, value: object, line: int) -> None:
        self._store(value, line)

    def finish(self) -> Tree:
        root = self._root
        if root is None:
            raise self.stop("empty", "the document is empty", None)
        if not isinstance(root, dict):
            raise self.stop("not_a_mapping", "the document is not a mapping of members to values", 1)
        return Tree(self.file, root, self._lines, tuple(self._problems), tuple(self._unread))

    def _here(self) -> Path:
        if not self._stack:
            return ()
        frame = self._stack[-1]
        if isinstance(frame.node, list):
            return (*frame.path, len(frame.node))
        return (*frame.path, frame.key) if frame.key is not None else frame.path

    def _counts(self) -> bool:
        return not self._stack or (self._stack[-1].real and self._stack[-1].kept)

    def _count(self, line: int) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise self.stop("too_many_nodes", f"the document has more than {MAX_NODES} values", line)

    def _store(self, value: object, line: int) -> None:
        self._count(line)
        if self._counts():
            self._lines.setdefault(self._here(), line)
        if not self._stack:
            self._root = value
            return
        frame = self._stack[-1]
        if isinstance(frame.node, list):
            frame.node.append(value)
        elif frame.key is not None:
            if frame.kept:
                frame.node[frame.key] = value
            frame.key = None
