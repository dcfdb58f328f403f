"""A detector that looks at a picture once, however many checks ask what is in it."""

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

from colophon.domain.detection import Detection
from colophon.ports import SafetyEngine

_KEPT = 32  # pictures; each is asked about by a few checks, one after the other


class LookedOnce:
    """Implements `colophon.ports.SafetyEngine` by another one, whose latest answers it keeps. A failure is not kept."""

    def __init__(self, engine: SafetyEngine) -> None:
        self._engine = engine
        self.name, self.version = engine.name, engine.version
        self._known: OrderedDict[bytes, Sequence[Detection]] = OrderedDict()
        self._lock = Lock()

    def detect(self, content: bytes) -> Sequence[Detection]:
        """Raises `CheckError`."""
        key = hashlib.sha256(content).digest()
        with self._lock:
            if key in self._known:
                return self._known[key]
        found = self._engine.detect(content)
        with self._lock:
            self._known[key] = found
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return found

    def close(self) -> None:
        self._engine.close()
