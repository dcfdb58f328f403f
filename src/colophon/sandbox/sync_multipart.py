"""multipart/form-data as the OpenAI shape sends it: a handful of short fields and up to sixteen pictures."""

import re
from dataclasses import dataclass

from colophon.sandbox.sync_refusals import Refusal

MOST_PARTS = 64
_BOUNDARY = re.compile(r'multipart/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))', re.I)
_NAME = re.compile(r';\s*name="([^"]*)"', re.I)
_FILENAME = re.compile(r';\s*filename="([^"]*)"', re.I)


@dataclass(frozen=True, slots=True)
class Part:
    """A field, or a file when ``filename`` is given."""

    name: str
    filename: str | None
    content: bytes


def form(content_type: str, body: bytes) -> list[Part]:
    """The parts in their order. Raises `Refusal` (invalid) for another type, a body cut short, or too many parts."""
    found = _BOUNDARY.match(content_type)
    if found is None:
        raise Refusal("invalid", "The request must be multipart/form-data with a boundary.")
    mark = b"\r\n--" + (found[1] or found[2]).encode("latin-1")
    chunks = (b"\r\n" + body).split(mark, MOST_PARTS + 2)
    if len(chunks) > MOST_PARTS + 2:
        raise Refusal("invalid", f"The form has more than {MOST_PARTS} parts.")
    if len(chunks) < 2 or not chunks[-1].startswith(b"--"):
        raise Refusal("invalid", "The form ends before its closing boundary.")
    return [_part(chunk) for chunk in chunks[1:-1]]


def _part(chunk: bytes) -> Part:
    head, blank, content = chunk.partition(b"\r\n\r\n")
    lines = head[:4096].decode("latin-1").split("\r\n")
    told = next((line for line in lines if line.lower().startswith("content-disposition:")), "")
    name, filename = _NAME.search(told), _FILENAME.search(told)
    if not blank or name is None:
        raise Refusal("invalid", "A part of the form has no name.")
    return Part(name[1], filename[1] if filename else None, content)
