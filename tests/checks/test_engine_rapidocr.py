"""RapidOCR in its own process. Skipped where the extra is not installed, except for what holds without it."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
from PIL import Image, ImageDraw, ImageFont

from colophon import data
from colophon.checks import engine_rapidocr
from colophon.checks.engine_rapidocr import RapidOcrReader, available
from colophon.confined.lettering import lay_on
from colophon.domain.lettering import Lettering, Slot
from colophon.domain.template import parse_layouts, shape_of
from colophon.domain.words import Slip, find_phrase
from colophon.errors import CheckError
from colophon.ports import WordReader

needs_rapidocr = pytest.mark.skipif(not available(), reason="the extra colophon[ocr] is not installed")


@pytest.fixture(scope="module")
def reader() -> Iterator[RapidOcrReader]:
    reader = RapidOcrReader()
    yield reader
    reader.close()


def picture(*lines: str, size: int = 60) -> bytes:
    image, sink = Image.new("RGB", (640, 480), "#D9CFC0"), io.BytesIO()
    for number, line in enumerate(lines):
        ImageDraw.Draw(image).text((40, 40 + 120 * number), line, font=ImageFont.load_default(size), fill="#202830")
    image.save(sink, "PNG")
    return sink.getvalue()


def test_absent_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_rapidocr, "available", lambda: False)
    with pytest.raises(CheckError) as caught:
        RapidOcrReader()
    assert "colophon[ocr]" in caught.value.hint


@needs_rapidocr
def test_lines_are_read_from_top_to_bottom_with_their_height(reader: RapidOcrReader) -> None:
    port: WordReader = reader
    first, second = port.read(picture("Northwind", "Open late"))
    assert (first.text, second.text) == ("Northwind", "Open late")
    assert min(first.score, second.score) > 0.9
    assert 0.08 < first.height < 0.25
    assert (port.name, bool(port.version)) == ("rapidocr", True)


@needs_rapidocr
def test_a_headline_that_we_laid_on_is_read_back(reader: RapidOcrReader) -> None:
    """By somebody who knows nothing of how it was drawn, on a ground that had no contrast before."""
    shape = shape_of(parse_layouts(data.text("templates.toml")).templates["standard"], 600, 600)
    what = Lettering(language="en", texts=((Slot.HEADLINE, "Made for every morning"),), shape=shape, side="top")
    lettered, _ = lay_on(Image.effect_noise((600, 600), 90).convert("RGB"), what, None, None, {}, [])
    sink = io.BytesIO()
    lettered.save(sink, "PNG")
    read = " ".join(line.text for line in reader.read(sink.getvalue()))
    assert find_phrase("Made for every morning", [read]) == Slip("Made for every morning", "Made for every morning", 0)


@needs_rapidocr
def test_a_picture_without_text_has_no_lines(reader: RapidOcrReader) -> None:
    assert reader.read(picture()) == []


@needs_rapidocr
def test_bytes_that_are_no_picture_are_no_verdict_and_do_no_harm(reader: RapidOcrReader) -> None:
    for content in (b"", b"<svg/>", picture("Northwind")[:300]):
        with pytest.raises(CheckError):
            reader.read(content)
    assert [line.text for line in reader.read(picture("Northwind"))] == ["Northwind"]


@needs_rapidocr
def test_a_reader_that_dies_is_no_verdict_and_the_next_picture_is_read(reader: RapidOcrReader) -> None:
    reader.read(picture("Northwind"))
    [child] = reader._confined._idle
    os.kill(child.pid, signal.SIGSTOP)  # it answers nothing any more ...
    os.kill(child.pid, signal.SIGKILL)  # ... and ends during the job or before it
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    try:
        lines = reader.read(picture("Northwind"))
    except CheckError:
        lines = reader.read(picture("Northwind"))
    assert [line.text for line in lines] == ["Northwind"]


@needs_rapidocr
@pytest.mark.parametrize("answer", [{}, {"lines": [["a", 2.0, 0.1]]}, {"lines": [["a", 1.0]]}, {"lines": ["a"] * 300}])
def test_an_answer_that_makes_no_sense_is_no_verdict(
    monkeypatch: pytest.MonkeyPatch, answer: dict[str, object]
) -> None:
    reader = RapidOcrReader()
    monkeypatch.setattr(reader._confined, "call", lambda *_, **__: (answer, []))
    with pytest.raises(CheckError):
        reader.read(b"picture")


@needs_rapidocr
def test_rapidocr_is_never_imported_here() -> None:
    program = """
import sys
from colophon.checks.engine_rapidocr import RapidOcrReader, available
assert available()
RapidOcrReader().close()
assert not {"rapidocr", "onnxruntime", "cv2"} & set(sys.modules), "imported"
"""
    subprocess.run([sys.executable, "-c", program], check=True)
