"""Logs: one line for each record, as text or JSON, with the request and the trace it belongs to and without secrets."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from os import environ
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, SecretStr

from colophon.bootstrap.tracing import trace_ids
from colophon.settings import Settings

if TYPE_CHECKING:
    from colophon.bootstrap.runtime import Runtime

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The id of the HTTP request that is answered here, in its task and in the threads that work for it."""

REQUESTS = "colophon.requests"
_HIDDEN = "[secret]"
_SHORTEST = 6  # a shorter "secret" would black out half of each line
_NAMED = re.compile(
    r"""(?ix) ( ["']? [\w-]* (?: authorization | api[_-]?key | x-key | access[_-]?key | secret
    | passw(?:or)?d | token | signature | credential | cookie ) [\w-]* ["']? \s* [:=] \s* ["']? )
    (?: (?:bearer|basic|key|token) \s+ )? [^\s"',;&}]+"""
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}")
_USERINFO = re.compile(r"(://)[^/\s@]+@")
_HOOK = re.compile(r"(/hooks/[^/\s]+/)[^\s/?\"'{]+")


class Redaction:
    """Takes out what is known to be secret here, and what looks like it."""

    def __init__(self, known: Iterator[str] | tuple[str, ...] = ()) -> None:
        values = sorted({each for each in known if len(each) >= _SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, values))) if values else None

    def __call__(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(_HIDDEN, text)
        text = _HOOK.sub(rf"\1{_HIDDEN}", _USERINFO.sub(rf"\1{_HIDDEN}@", text))
        return _BEARER.sub(rf"\1 {_HIDDEN}", _NAMED.sub(rf"\1{_HIDDEN}", text))


class _Formatter(logging.Formatter):
    def __init__(self, redact: Redaction) -> None:
        super().__init__()
        self._redact = redact

    def _parts(self, record: logging.LogRecord) -> dict[str, Any]:
        ids = trace_ids()
        parts = {
            "time": datetime.fromtimestamp(record.created, UTC)
            .isoformat(timespec="milliseconds")
            .replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._redact(record.getMessage()),
            "request_id": request_id.get(),
            "trace_id": ids[0] if ids else None,
            "span_id": ids[1] if ids else None,
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            parts["exception"] = self._redact(self.formatException(record.exc_info))
        return {name: value for name, value in parts.items() if value is not None}


class JsonFormatter(_Formatter):
    """``time``, ``level``, ``logger``, ``message``, and where there are any ``request_id``, ``trace_id``, ``span_id``,
    ``exception`` and the members of a request."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(self._parts(record), ensure_ascii=True, default=str)


class TextFormatter(_Formatter):
    """The same for people; what would begin a new line is written as an escape."""

    def format(self, record: logging.LogRecord) -> str:
        parts = self._parts(record)
        line = f"{parts['time']} {parts['level']} {parts['logger']}: {parts['message']}"
        if "request_id" in parts:
            line += f" [{parts['request_id']}]"
        if "exception" in parts:
            line += f" {parts['exception']}"
        return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)


def log_to_stderr(rt: "Runtime", *, requests: bool = False) -> None:
    """What the package logs from warnings on, and each request where ``requests`` says so. Once for each process."""
    handler = logging.StreamHandler(sys.stderr)
    redact = Redaction(tuple(known_secrets(rt)))
    handler.setFormatter(JsonFormatter(redact) if rt.settings.log_format == "json" else TextFormatter(redact))
    for name in ("colophon", "uvicorn"):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(handler)
            logger.propagate = False
    if requests:
        logging.getLogger(REQUESTS).setLevel(logging.INFO)


def known_secrets(rt: "Runtime") -> Iterator[str]:
    """Values that are secret under these settings, the vendors' own variables included."""
    yield from _secrets(rt.settings)
    names = {route.key_variable for route in rt.market.routes.values() if route.key_variable}
    yield from (environ[name] for name in sorted(names) if environ.get(name))


def _secrets(model: Settings | BaseModel) -> Iterator[str]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        for each in value.values() if isinstance(value, dict) else (value,):
            if isinstance(each, SecretStr):
                yield each.get_secret_value()
            elif isinstance(each, BaseModel):
                yield from _secrets(each)
