"""The delivered file of a task: drawn, encoded and signed anew each time, with the fault that was ordered for it."""

import io
from datetime import datetime
from pathlib import Path

from PIL import Image

from colophon.domain.asset import sha256
from colophon.sandbox.draw import draw
from colophon.sandbox.faults import Fault
from colophon.sandbox.files import write_whole
from colophon.sandbox.invoice import Task
from colophon.sandbox.signing import sign

_HTML = b"<!doctype html><html><body><h1>Service temporarily unavailable</h1></body></html>\n"


def keep_reference(folder: Path, content: bytes) -> str:
    """Store a reference under its digest, so that the picture can be drawn again after a restart."""
    digest = sha256(content)
    path = folder / "references" / digest
    if not path.exists():
        write_whole(path, content)
    return digest


def used_seed(task: Task) -> int:
    """The seed the picture is drawn with and the answer reports."""
    return task.seed + 1 if task.fault == "seed_differs" else task.seed


def delivered(task: Task, folder: Path) -> tuple[bytes, str]:
    """The bytes and their media type."""
    fault = Fault.parse(task.fault) if task.fault else None
    if fault and fault.name == "not_a_picture":
        return _HTML, "text/html"
    content = _encoded(task, half=bool(fault and fault.name == "wrong_size"), folder=folder)
    media_type = f"image/{task.format}"
    if not (fault and fault.name == "unsigned"):
        when = datetime.fromisoformat(task.at)
        content = sign(
            content, media_type, folder=folder, model=task.model, title=f"{task.id}.{task.format}", when=when
        )
    if fault and fault.name == "truncated":
        content = content[: len(content) // 2]
    return content, media_type


def _encoded(task: Task, *, half: bool, folder: Path) -> bytes:
    width, height = (task.width // 2, task.height // 2) if half else (task.width, task.height)
    references = [(folder / "references" / digest).read_bytes() for digest in task.references]
    return encode(draw(task.prompt, used_seed(task), width, height, references), task.format)


def encode(picture: Image.Image, name: str) -> bytes:
    """``name`` is png, jpeg or webp; settings favour speed."""
    file = io.BytesIO()
    match name:
        case "png":
            picture.save(file, "PNG", compress_level=1)
        case "jpeg":
            picture.save(file, "JPEG", quality=92, subsampling=0)
        case _:
            picture.save(file, "WEBP", quality=92, method=1)
    return file.getvalue()
