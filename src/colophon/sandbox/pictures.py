"""The delivered file of a task: drawn, encoded and signed anew each time, with the fault that was ordered for it."""

import io
from datetime import datetime
from pathlib import Path

from PIL import Image

from colophon.domain.asset import sha256
from colophon.sandbox.draw import draw
from colophon.sandbox.files import write_whole
from colophon.sandbox.invoice import Task
from colophon.sandbox.signing import sign

_HTML = b"<!doctype html><html><body><h1>Service temporarily unavailable</h1></body></html>\n"
OTHER_MODEL = "flux-1-schnell"
_OTHER_FORMAT = {"png": "jpeg", "jpeg": "png", "webp": "png"}


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
    fault = task.fault.partition(":")[0] if task.fault else ""
    if fault == "not_a_picture":
        return _HTML, "text/html"
    name = _OTHER_FORMAT[task.format] if fault == "wrong_format" else task.format
    content = encode(_drawn(task, fault, folder), name)
    media_type = f"image/{name}"
    if fault != "unsigned":
        when = datetime.fromisoformat(task.at)
        model = OTHER_MODEL if fault == "model_differs" else task.model
        content = sign(content, media_type, folder=folder, model=model, title=f"{task.id}.{name}", when=when)
    if fault == "truncated":
        content = content[: len(content) // 2]
    return content, media_type


def _drawn(task: Task, fault: str, folder: Path) -> Image.Image:
    width = task.width // 2 if fault in ("wrong_size", "wrong_shape") else task.width
    height = task.height // 2 if fault == "wrong_size" else task.height
    if fault == "blank_result":
        return Image.new("RGB", (width, height))
    if fault == "same_picture":
        return draw("a picture that was sold before", 1, width, height)
    if fault == "other_picture":
        return draw(f"somebody else's order {task.id}", task.seed, width, height)
    references = [(folder / "references" / digest).read_bytes() for digest in task.references]
    return draw(task.prompt, used_seed(task), width, height, references)


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
