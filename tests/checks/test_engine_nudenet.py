"""NudeNet in its own process. Skipped where the extra is not installed, except for what holds without it."""

import io
import subprocess
import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from colophon.checks import engine_nudenet
from colophon.checks.engine_nudenet import NudeNetEngine, available
from colophon.errors import CheckError
from colophon.ports import SafetyEngine

FACE = {"kind": "FACE_MALE", "score": 0.5, "box": [0.1, 0.1, 0.2, 0.2]}
ODD: list[dict[str, object]] = [
    {},
    {"found": [1]},
    {"found": [FACE | {"score": 2.0}]},
    {"found": [FACE | {"score": float("nan")}]},
    {"found": [FACE | {"box": [0.1, 0.1]}]},
    {"found": [FACE | {"kind": "a\nb"}]},
    {"found": [FACE] * 501},
]
needs_nudenet = pytest.mark.skipif(not available(), reason="the extra colophon[safety] is not installed")


@pytest.fixture(scope="module")
def engine() -> Iterator[NudeNetEngine]:
    engine = NudeNetEngine()
    yield engine
    engine.close()


def picture(side: int = 600) -> bytes:
    sink = io.BytesIO()
    gradient = np.linspace(0, 255, side * side * 3).reshape(side, side, 3).astype(np.uint8)
    Image.fromarray(gradient).save(sink, "PNG")
    return sink.getvalue()


def test_absent_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_nudenet, "available", lambda: False)
    with pytest.raises(CheckError) as caught:
        NudeNetEngine()
    assert "colophon[safety]" in caught.value.hint


@needs_nudenet
def test_a_harmless_picture_has_no_classes(engine: NudeNetEngine) -> None:
    port: SafetyEngine = engine
    assert port.detect(picture()) == []
    assert (port.name, bool(port.version)) == ("nudenet", True)


@needs_nudenet
def test_bytes_that_are_no_picture_reach_no_verdict_and_do_no_harm(engine: NudeNetEngine) -> None:
    for content in (b"", b"<svg/>", picture()[:300]):
        with pytest.raises(CheckError):
            engine.detect(content)
    assert engine.detect(picture()) == []


@needs_nudenet
def test_threads_share_it(engine: NudeNetEngine) -> None:
    answers: list[object] = []
    threads = [threading.Thread(target=lambda: answers.append(engine.detect(picture(300)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [[]] * 4


@needs_nudenet
@pytest.mark.parametrize("answer", ODD)
def test_an_answer_that_makes_no_sense_is_no_verdict(
    monkeypatch: pytest.MonkeyPatch, answer: dict[str, object]
) -> None:
    engine = NudeNetEngine()
    monkeypatch.setattr(engine._confined, "call", lambda *_, **__: (answer, []))
    with pytest.raises(CheckError):
        engine.detect(picture())


@needs_nudenet
def test_nudenet_is_never_imported_here() -> None:
    program = """
import sys
from colophon.checks.engine_nudenet import NudeNetEngine, available
assert available()
engine = NudeNetEngine()
engine.close()
assert not {"nudenet", "onnxruntime", "cv2"} & set(sys.modules), "imported"
"""
    subprocess.run([sys.executable, "-c", program], check=True)
