"""Bytes of a brief or brand file to a tree, within bounds of size and characters."""

import re
import stat
from pathlib import Path, PurePath

from colophon.briefs.json_text import read_json
from colophon.briefs.tree import Tree
from colophon.briefs.yaml_text import read_yaml
from colophon.errors import InvalidInput, Problem

MAX_BYTES = 1_000_000
# Line breaks and tabs are text; the rest of C0, DEL and C1 never is.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


def read_document(path: Path, file: str) -> Tree:
    """A file's document; ``file`` is its name in messages. Raises `InvalidInput`."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise _invalid("not_a_file", "this is not a file", file)
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise _invalid("missing_file", "there is no such file", file) from error
    except (OSError, ValueError) as error:
        raise _invalid("unreadable", "this file cannot be read", file) from error
    return parse_document(content, file)


def parse_document(content: bytes, file: str) -> Tree:
    """JSON where the name ends in ``.json``, else YAML. Raises `InvalidInput`."""
    text = _text(content, file)
    read = read_json if PurePath(file).suffix.lower() == ".json" else read_yaml
    return read(text, file)


def _text(content: bytes, file: str) -> str:
    if len(content) > MAX_BYTES:
        raise _invalid("too_large", f"this file has more than {MAX_BYTES} bytes", file)
    if content.startswith(_OTHER_ENCODINGS):
        raise _invalid("not_utf8", "this file is UTF-16 or UTF-32; save it as UTF-8", file)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _invalid("not_utf8", "this is not UTF-8 text", file, line) from error
    if found := _CONTROL.search(text):
        line = text.count("\n", 0, found.start()) + 1
        raise _invalid("control_character", "the text has a control character", file, line, found=ascii(found.group()))
    if not text.strip():
        raise _invalid("empty", "the file is empty", file)
    return text


def _invalid(code: str, message: str, file: str, line: int | None = None, *, found: str = "") -> InvalidInput:
    return InvalidInput.of([Problem(code, message, file=file, line=line, found=found)])
