"""Where the processor's time of making renditions goes: encoders, decoding, cutting, measuring candidates, the rest."""

import functools
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from colophon.confined import codecs, encode, pictures
from colophon.confined.similarity import Likeness

ENCODERS = ("jpeg", "jpeg_quick", "webp", "avif", "png")
# What is timed: (of, function, share it counts as). A call inside another one counts as its own share alone.
_WATCHED: tuple[tuple[Any, str, str], ...] = (
    *((codecs, name, "encoders") for name in ENCODERS),
    (pictures, "_source", "decoding"),
    (pictures, "_cut", "cutting"),
    (pictures, "fingerprints", "fingerprints"),
    (encode, "Likeness", "measuring"),
    (Likeness, "of", "measuring"),
    (Likeness, "of_picture", "measuring"),
)


@dataclass(frozen=True)
class Shares:
    """Seconds of a processor in all and by share, and how many encodes there were."""

    all: float
    by: Mapping[str, float]
    encodes: int

    @property
    def bare(self) -> float:
        """What any program needs that makes these very files of this original: the encodes, one decode, the cuts."""
        return self.by["encoders"] + self.by["decoding"] + self.by["cutting"]

    @property
    def ratio(self) -> float:
        return self.all / self.bare

    @property
    def without_search(self) -> float:
        """The same without what bare encoders do not do at all: measuring likeness, and fingerprints."""
        return (self.all - self.by["measuring"] - self.by["fingerprints"]) / self.bare

    def __str__(self) -> str:
        over_encoders = self.all / (self.by["encoders"] + self.by["decoding"])
        parts = ", ".join(f"{name} {seconds:.2f}" for name, seconds in sorted(self.by.items(), key=lambda one: -one[1]))
        rest = self.all - sum(self.by.values())
        return (
            f"{self.all:.2f} s of a processor, {self.encodes} encodes ({parts}, rest {rest:.2f}); "
            f"{self.ratio:.2f} of encoders, decoding and cutting ({self.without_search:.2f} without measuring and "
            f"fingerprints), {over_encoders:.2f} of encoders and decoding"
        )


def shares(original: bytes, recipes: Sequence[dict[str, object]]) -> Shares:
    """Of one call as a confined child runs it, here in this process, over its two threads."""
    meter = _Meter()
    with meter.watching():
        began = time.process_time()
        pictures.render({"max_pixels": 50_000_000, "recipes": recipes}, [original])
        spent = time.process_time() - began
    return Shares(spent, meter.seconds, meter.calls["encoders"])


class _Meter:
    """Processor time of functions by the share they belong to, each thread's own."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._local = threading.local()

    @contextmanager
    def watching(self) -> Iterator[None]:
        before = [(owner, name, getattr(owner, name)) for owner, name, _ in _WATCHED]
        try:
            for owner, name, share in _WATCHED:
                setattr(owner, name, self._timed(getattr(owner, name), share))
            yield
        finally:
            for owner, name, function in before:
                setattr(owner, name, function)

    def _timed(self, function: Callable[..., Any], share: str) -> Callable[..., Any]:
        @functools.wraps(function)
        def timed(*given: Any, **named: Any) -> Any:
            inside: list[float] = self._local.__dict__.setdefault("inside", [])
            inside.append(0.0)
            began = time.thread_time()
            try:
                return function(*given, **named)
            finally:
                spent = time.thread_time() - began
                own = spent - inside.pop()
                if inside:
                    inside[-1] += spent
                with self._lock:
                    self.seconds[share] += own
                    self.calls[share] += 1

        return timed
