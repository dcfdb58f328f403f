"""Pages made on the server: templates, and the files they need, by addresses that change with their content."""

import hashlib
import mimetypes
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from colophon.errors import NotFound

_FOREVER = "public, max-age=31536000, immutable"
_STATIC = files("colophon.web") / "static"


class Pages:
    """``add`` gives every page a value, ``render`` answers with one."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("colophon.web"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,  # they come with the package and do not change while it runs
        )
        self._environment.globals["static"] = static_address
        self._environment.filters |= {"when": when, "day": day, "size": size, "words": words, "sentence": sentence}

    def add(self, name: str, value: Callable[..., Any]) -> None:
        self._environment.globals[name] = value

    def render(self, request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """A page, or with the name of a part of one that part. ``visitor`` is None on pages open to everybody."""
        visitor = getattr(request.state, "visitor", None)
        made = self._environment.get_template(template)
        return HTMLResponse(made.render(request=request, visitor=visitor, path=request.url.path, **context), status)


def static_router() -> APIRouter:
    router = APIRouter()

    @router.get("/static/{digest}/{name}")
    def file(digest: str, name: str) -> Response:
        if name not in _names() or digest != _digest(name):
            raise NotFound("there is no such file")
        content = (_STATIC / name).read_bytes()
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return Response(content, media_type=media_type, headers={"Cache-Control": _FOREVER})

    return router


def static_address(name: str) -> str:
    return f"/static/{_digest(name)}/{name}"


@cache
def _names() -> frozenset[str]:
    return frozenset(each.name for each in _STATIC.iterdir() if each.is_file())


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((_STATIC / name).read_bytes()).hexdigest()[:12]


def when(moment: datetime | str | None) -> str:
    """A moment as people read it, in UTC: ``2026-11-28 14:03``."""
    return _moment(moment).strftime("%Y-%m-%d %H:%M") if moment else "-"


def day(moment: datetime | str | None) -> str:
    return _moment(moment).strftime("%Y-%m-%d") if moment else "-"


def size(count: int) -> str:
    """Bytes in the unit that CDNs state caps in, 1 kB = 1,000 bytes."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:,.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:,.1f} MB"


def words(name: str | None) -> str:
    """A word of the program's as people read it: ``waits_for_a_person`` without the underscores."""
    return (name or "-").replace("_", " ")


def sentence(text: str) -> str:
    """An error's message, which begins and ends as a part of one, as a sentence of its own."""
    begun = text[:1].upper() + text[1:]
    return begun if begun.endswith((".", "!", "?", ":")) else f"{begun}."


def _moment(moment: datetime | str) -> datetime:
    made = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return made.astimezone(UTC)
