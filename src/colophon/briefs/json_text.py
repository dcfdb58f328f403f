"""JSON read token by token (RFC 8259), with line numbers, without repeated members and without lost digits."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from colophon.briefs.builder import TreeBuilder, number
from colophon.briefs.tree import Tree
from colophon.errors import InvalidInput

_TOKEN = re.compile(
    r"""(?P<mark>[{}\[\],:])
    |(?P<string>"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*")
    |(?P<number>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)
    |(?P<word>true|false|null)""",
    re.VERBOSE,
)
_SPACE = re.compile(r"[ \t\r\n]*")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_WORDS = {"true": True, "false": False, "null": None}


def read_json(text: str, file: str) -> Tree:
    """The one value of a JSON text. Raises `InvalidInput`."""
    builder = TreeBuilder(file)
    reader = _Reader(text, builder)
    reader.value()
    if reader.kind:
        raise reader.unexpected("the end of the file")
    return builder.finish()


@dataclass(slots=True, init=False)
class _Reader:
    """Holds the next token; nesting is bounded by the builder long before Python's own limit."""

    text: str
    builder: TreeBuilder
    position: int
    line: int
    kind: str
    token: str

    def __init__(self, text: str, builder: TreeBuilder) -> None:
        self.text, self.builder, self.position, self.line = text, builder, 0, 1
        self.advance()

    def advance(self) -> None:
        self._move(_SPACE.match(self.text, self.position))
        match = _TOKEN.match(self.text, self.position)
        self.kind = (match.lastgroup or "") if match else ""
        self.token = match.group() if match else ""
        if match is None and self.position < len(self.text):
            raise self.unexpected("a JSON value; NaN, Infinity and comments are not part of JSON")
        self._move(match)

    def value(self) -> None:
        token, line = self.token, self.line
        if token == "{":  # noqa: S105  (a bracket)
            self.builder.open({}, line)
            self._members("}", self._member)
        elif token == "[":  # noqa: S105  (a bracket)
            self.builder.open([], line)
            self._members("]", self.value)
        elif self.kind == "string":
            self.builder.scalar(self._string(), line)
            self.advance()
        elif self.kind in ("number", "word"):
            self.builder.scalar(_WORDS[token] if self.kind == "word" else self._number(), line)
            self.advance()
        else:
            raise self.unexpected("a value")

    def unexpected(self, wanted: str) -> InvalidInput:
        return self.builder.stop("not_json", f"this is not JSON: expected {wanted}", self.line)

    def _members(self, end: str, member: Callable[[], None]) -> None:
        self.advance()
        if self.token != end or self.kind != "mark":
            member()
            while self._mark(","):
                self.advance()
                member()
        if not self._mark(end):
            raise self.unexpected(f'"," or "{end}"')
        self.builder.close()
        self.advance()

    def _member(self) -> None:
        if self.kind != "string":
            raise self.unexpected("the name of a member in double quotes")
        self.builder.key(self._string(), self.line)
        self.advance()
        if not self._mark(":"):
            raise self.unexpected('":"')
        self.advance()
        self.value()

    def _mark(self, mark: str) -> bool:
        return self.kind == "mark" and self.token == mark

    def _string(self) -> str:
        text = str(json.loads(self.token))
        if _SURROGATE.search(text):
            raise self.builder.stop("not_json", "this is not JSON: half of a surrogate pair stands alone", self.line)
        return text

    def _number(self) -> object:
        value = number(self.token)
        if value is None:
            raise self.builder.stop("number_too_long", "a number here has at most 30 digits", self.line)
        return value

    def _move(self, match: re.Match[str] | None) -> None:
        if match:
            self.line += self.text.count("\n", match.start(), match.end())
            self.position = match.end()
