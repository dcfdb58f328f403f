"""Crash points: numbered while a run reaches them, around every call of every port and at finer places below them.

``CRASH_AT=name#n:act`` acts at the n-th time a point of that name is reached, ``CRASH_N=17:act`` at the seventeenth
point of the whole run; ``CRASH_LOG`` names a file that gets a line for each point. With none of them nothing happens.
Nothing of this is part of the product: the seams are its ports, SQLAlchemy's events, an HTTP transport, and the
interpreter's audit events for files.
"""

import errno
import os
import signal
import sqlite3
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
from sqlalchemy import Connection, Engine, event, exc
from sqlalchemy.orm import Session

from colophon.bootstrap import Runtime
from colophon.domain.finding import Finding
from colophon.ports import Candidate, Check

ACTS = ("kill", "exit", "raise", "hang", "enospc", "slow")
SLOW_SECONDS = 1.2  # longer than a lease lasts on the run's fast clock
_FILE_EVENTS = {"tempfile.mkstemp": "temporary", "os.rename": "rename", "os.link": "link", "os.remove": "remove"}


class Boom(RuntimeError):
    """An error nobody foresaw."""


class Points:
    """Counts what is reached, and acts where it was told to."""

    def __init__(self, at: str | None, number: str | None, log: str | None) -> None:
        self._at, self._act = (at or number or ":").rsplit(":", 1)
        self._by_number = at is None and number is not None
        if self._act and self._act not in ACTS:
            raise ValueError(f"no such act: {self._act}")
        # Appended with one write each: a process that is killed loses no line.
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644) if log else None
        self._counts: Counter[str] = Counter()
        self._reached = 0
        self._lock = threading.Lock()
        self._here = threading.local()

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> "Points":
        return cls(environment.get("CRASH_AT"), environment.get("CRASH_N"), environment.get("CRASH_LOG"))

    @property
    def wanted(self) -> bool:
        """Somebody asked for a crash or for the list of points."""
        return bool(self._act) or self._log is not None

    @property
    def call(self) -> str:
        """The port's method this thread is in, for what happens below it."""
        return str(getattr(self._here, "call", "start"))

    @contextmanager
    def inside(self, call: str) -> Iterator[None]:
        before = self.call
        self._here.call = call
        try:
            yield
        finally:
            self._here.call = before

    def reach(self, name: str, error: Callable[[], Exception] = lambda: Boom("a crash point")) -> None:
        with self._lock:
            self._counts[name] += 1
            self._reached += 1
            place = str(self._reached) if self._by_number else f"{name}#{self._counts[name]}"
            if self._log is not None:
                os.write(self._log, f"{name}#{self._counts[name]}\n".encode())
            if not self._act or place != self._at:
                return
            act, self._act = self._act, ""  # once
            if self._log is not None:
                os.write(self._log, f"! {act}\n".encode())
            if act == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
        self._do(act, name, error)

    @staticmethod
    def _do(act: str, name: str, error: Callable[[], Exception]) -> None:
        if act == "exit":
            raise SystemExit(9)
        if act == "raise":
            raise error()
        if act == "hang":
            time.sleep(600)  # whoever drives this kills it
        if act == "enospc":
            raise _no_space(name)
        time.sleep(SLOW_SECONDS)


def _no_space(name: str) -> Exception:
    if "/commit" in name or "/sql" in name:
        return exc.OperationalError("COMMIT", {}, sqlite3.OperationalError("database or disk is full"))
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class Guarded:
    """A port with a point before and after each call; ports inside it are guarded as well."""

    def __init__(self, port: Any, label: str, points: Points) -> None:
        self._port, self._label, self._points = port, label, points

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._port, name)
        if name in ("orders", "assets", "publications", "verdicts"):
            return Guarded(member, name, self._points)
        if not callable(member) or name == "close":
            return member
        call, points = f"{self._label}.{name}", self._points

        def guarded(*values: Any, **named: Any) -> Any:
            points.reach(f"{call}:before")
            with points.inside(call):
                result = member(*values, **named)
            points.reach(f"{call}:after")
            return result

        return guarded


class GuardedCheck:
    """Implements `colophon.ports.Check`."""

    def __init__(self, check: Check, points: Points) -> None:
        self.name, self.version = check.name, check.version
        self._check, self._points = check, points

    def __call__(self, candidate: Candidate) -> Finding:
        self._points.reach(f"check.{self.name}:before")
        finding = self._check(candidate)
        self._points.reach(f"check.{self.name}:after")
        return finding


class Wire(httpx.BaseTransport):
    """Requests and answers with points between: request not out; out and the vendor's part done, answer not in;
    headers in; half the body; its last byte."""

    def __init__(self, inner: httpx.BaseTransport, points: Points) -> None:
        self._inner, self._points = inner, points

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        kind = "order" if request.method == "POST" else "delivery" if "/delivery" in request.url.path else "question"
        self._points.reach(f"http.{kind}.out", lambda: httpx.ConnectError("a crash point", request=request))
        response = self._inner.handle_request(request)
        self._points.reach(f"http.{kind}.answered", lambda: httpx.ReadError("a crash point", request=request))
        body = _Body(response.read(), f"http.{kind}", self._points)
        return httpx.Response(response.status_code, headers=response.headers, stream=body)

    def close(self) -> None:
        self._inner.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, content: bytes, kind: str, points: Points) -> None:
        self._content, self._kind, self._points = content, kind, points

    def __iter__(self) -> Iterator[bytes]:
        half = len(self._content) // 2
        self._reach("headers")
        yield self._content[:half]
        self._reach("half")
        yield self._content[half:]
        self._reach("last")

    def _reach(self, place: str) -> None:
        self._points.reach(f"{self._kind}.{place}", lambda: httpx.ReadError("a crash point"))


def install(rt: Runtime, points: Points) -> None:
    """Lay the points around the ports of a runtime that nobody has used yet; nothing at all when none is wanted."""
    if not points.wanted:
        return
    _watch_databases(points)
    _watch_files(points, (str(rt.settings.home / "store"), str(rt.settings.home / "cdn")))
    vars(rt)["sandbox"] = Wire(rt.sandbox, points)
    for name in ("catalog", "store", "shelf", "imaging", "reader", "signer"):
        vars(rt)[name] = Guarded(getattr(rt, name), name, points)
    checks = rt.checks

    def guarded_checks(profile: str) -> Sequence[Check]:
        return tuple(GuardedCheck(check, points) for check in checks(profile))

    vars(rt)["checks"] = guarded_checks
    buyer = rt.buyer
    vars(rt)["buyer"] = replace(buyer, provider=lambda route: Guarded(buyer.provider(route), "provider", points))


def _watch_databases(points: Points) -> None:
    @event.listens_for(Engine, "commit")
    def committing(connection: Connection) -> None:
        points.reach(f"{points.call}/commit")

    @event.listens_for(Session, "after_commit")
    def committed(session: Session) -> None:
        points.reach(f"{points.call}/committed")

    @event.listens_for(Engine, "after_cursor_execute")
    def executed(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if statement.startswith(("INSERT", "UPDATE")):
            points.reach(f"{points.call}/sql")


def _watch_files(points: Points, folders: tuple[str, ...]) -> None:
    def audit(name: str, values: tuple[Any, ...]) -> None:
        if name in _FILE_EVENTS and str(values[0]).startswith(folders):
            points.reach(f"{points.call}/{_FILE_EVENTS[name]}")

    sys.addaudithook(audit)
