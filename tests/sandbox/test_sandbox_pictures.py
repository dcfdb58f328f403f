"""Drawings are a function of what was ordered, look different for different seeds, and carry a manifest."""

import hashlib
import io
import itertools
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import imagehash
import numpy as np
import pytest
from c2pa import Context, Reader
from PIL import Image

from colophon.sandbox.draw import draw
from colophon.sandbox.pictures import encode
from colophon.sandbox.signing import sandbox_ca

Submit = Callable[..., dict[str, Any]]
PROMPTS = [
    "A matte ceramic mug on a sunlit oak table, steam rising",
    "A perfume bottle on marble",
    "A mountain lake at dawn",
    "Wheat fields in late light",
    "A hotel lobby with tall arches",
    "A quiet street with houses",
    "Skincare among leaves",
    "Something nobody has words for",
    "",
    "#C8553D and #588B8B \u4e2d\u6587 \ud800 \x00 \u202e",
]


def digest(prompt: str, seed: int, width: int, height: int) -> str:
    return hashlib.sha256(draw(prompt, seed, width, height).tobytes()).hexdigest()


def test_equal_orders_give_equal_pixels_in_any_process() -> None:
    code = "import hashlib, json, sys; from colophon.sandbox.draw import draw; "
    code += "digests = [hashlib.sha256(draw(p, 5, 160, 128).tobytes()).hexdigest() for p in json.loads(sys.argv[1])]; "
    code += "print(json.dumps(digests))"
    run = subprocess.run(
        [sys.executable, "-c", code, json.dumps(PROMPTS)],
        capture_output=True,
        check=True,
        env={"PYTHONHASHSEED": "12345"},
    )
    assert json.loads(run.stdout) == [digest(prompt, 5, 160, 128) for prompt in PROMPTS]


@pytest.mark.parametrize("size", [(64, 64), (64, 2048), (2048, 64), (16, 16), (1, 1), (640, 480)])
def test_every_size_is_drawn(size: tuple[int, int]) -> None:
    for prompt in PROMPTS:
        assert draw(prompt, 3, *size).size == size


@pytest.mark.parametrize("prompt", PROMPTS[:8])
def test_seeds_differ_clearly(prompt: str) -> None:
    hashes = [imagehash.phash(draw(prompt, seed, 256, 256)) for seed in range(1, 9)]
    distances = [one - other for one, other in itertools.combinations(hashes, 2)]
    assert statistics.median(distances) > 18
    assert sum(distance > 12 for distance in distances) / len(distances) > 0.85


def test_a_colour_of_the_prompt_is_in_the_picture() -> None:
    pixels = np.asarray(draw("A mug on a table, glaze #C8553D", 2, 256, 256), dtype=np.int16)
    distance = np.abs(pixels - np.array([0xC8, 0x55, 0x3D])).max(axis=2)
    assert (distance < 16).mean() > 0.01


def test_references_are_part_of_the_order() -> None:
    red, blue = solid("red"), solid("blue")
    pictures = [draw("x", 1, 256, 256, refs).tobytes() for refs in ((), (red,), (red, blue), (blue, red))]
    assert len(set(pictures)) == 4


def test_a_megapixel_takes_a_fraction_of_a_second() -> None:
    draw("warm up", 1, 64, 64)
    for prompt in PROMPTS[:7]:
        started = time.process_time()
        encode(draw(prompt, 1, 1024, 1024), "png")
        assert time.process_time() - started < 1.0


@pytest.mark.parametrize("output_format", ["png", "jpeg", "webp"])
def test_the_manifest_reads_back_with_the_library_alone(
    client: httpx.Client, submit: Submit, folder: Path, output_format: str
) -> None:
    task = submit(client, output_format=output_format)
    content = client.get(client.get(task["polling_url"]).json()["result"]["sample"]).content
    settings = {"trust": {"user_anchors": sandbox_ca(folder)}, "verify": {"ocsp_fetch": False}}
    with (
        Context.from_dict(settings) as context,
        Reader(f"image/{output_format}", io.BytesIO(content), context=context) as reader,
    ):
        report = json.loads(reader.json())
    manifest = report["manifests"][report["active_manifest"]]
    assert report["validation_state"] == "Trusted"
    assert manifest["claim_version"] == 2
    assert manifest["signature_info"]["issuer"] == "Colophon Sandbox"
    assert manifest["signature_info"]["common_name"] == "sandbox test certificate"
    assert manifest["claim_generator_info"][0]["name"] == "Colophon Sandbox API"
    assert "thumbnail" not in manifest
    (actions,) = [a["data"]["actions"] for a in manifest["assertions"] if a["label"].startswith("c2pa.actions")]
    assert [action["action"] for action in actions] == ["c2pa.created"]
    assert actions[0]["digitalSourceType"].endswith("/trainedAlgorithmicMedia")
    assert actions[0]["softwareAgent"]["name"] == "flux-2-pro"


def test_the_test_authority_is_made_once(tmp_path: Path) -> None:
    first = sandbox_ca(tmp_path / "a")
    assert sandbox_ca(tmp_path / "a") == first
    assert sandbox_ca(tmp_path / "b") != first
    assert (tmp_path / "a" / "pki" / "key.pem").stat().st_mode & 0o077 == 0


def solid(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(file, "PNG")
    return file.getvalue()
