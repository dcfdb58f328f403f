"""Writes that are being worked on under an ``Idempotency-Key``, kept claimed for as long as they take."""

import logging
import threading
from dataclasses import dataclass, field
from datetime import datetime

from colophon.domain.reply import REMEMBERED, RENEWED, Reply
from colophon.errors import ColophonError
from colophon.ports import Clock, Replies

_LOG = logging.getLogger("colophon.web")


@dataclass(slots=True)
class Claims:
    """Those of one process. While there are any, a thread of its own renews them, however busy all others are: what
    takes long is not done twice, and what died with its process is free again soon. May be shared by threads."""

    replies: Replies
    clock: Clock
    _held: dict[str, datetime] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event | None = None
    _tidied: datetime | None = None

    def begin(self, key: str, request_sha256: str) -> Reply | None:
        """None: it is the caller's to do, until `finish` or `give_up`."""
        now = self.clock.now()
        self._tidy(now)
        known = self.replies.begin(key, request_sha256, now=now)
        if known is None:
            with self._lock:
                self._held[key] = now
                if self._over is None:
                    self._over = threading.Event()
                    threading.Thread(target=self._keep, args=(self._over,), name="claims", daemon=True).start()
        return known

    def finish(self, key: str, reply: Reply) -> None:
        with self._lock:
            held = self._let_go(key)
        if held is not None:
            self.replies.finish(key, reply, held=held)

    def give_up(self, key: str) -> None:
        with self._lock:
            held = self._let_go(key)
        if held is not None:
            self.replies.give_up(key, held=held)

    def renew(self) -> None:
        """All of them, now. One that is not ours any more, since nothing was heard of us for too long, is let go."""
        with self._lock:
            for key, held in list(self._held.items()):
                now = self.clock.now()
                try:
                    kept = self.replies.renew(key, held=held, now=now)
                except ColophonError as error:  # the next time may be in time
                    _LOG.warning("a claim was not renewed: %s", error.message)
                    continue
                if kept:
                    self._held[key] = now
                else:
                    self._let_go(key)

    def _let_go(self, key: str) -> datetime | None:
        held = self._held.pop(key, None)
        if not self._held and self._over is not None:
            self._over.set()
            self._over = None
        return held

    def _keep(self, over: threading.Event) -> None:
        while not over.wait(RENEWED.total_seconds()):
            self.renew()

    def _tidy(self, now: datetime) -> None:
        """Answers older than are told are forgotten, now and then."""
        with self._lock:
            if self._tidied is not None and now - self._tidied < REMEMBERED / 24:
                return
            self._tidied = now
        self.replies.forget(before=now - REMEMBERED)
