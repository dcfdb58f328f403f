"""assets focus and assets crops: points, pages, refusals."""

from pathlib import Path

from PIL import Image

from tests.cli.conftest import Call


def test_a_focal_point_is_said_shown_and_taken_back(call: Call, tmp_path: Path) -> None:
    call("init")
    Image.radial_gradient("L").save(tmp_path / "own.png")
    call("ingest", str(tmp_path / "own.png"))
    asset = call("assets", "list", "--json").json["assets"][0]
    answer = call("assets", "focus", asset["id"], "0.25", "0.5", "--as", "Ana", "--json")
    assert (answer.code, answer.json["focus"]) == (0, {"x": asset["width"] // 4, "y": asset["height"] // 2})
    assert "by Ana" in call("assets", "show", asset["id"]).out
    page = tmp_path / "crops.html"
    crops = call("assets", "crops", asset["id"], "--out", str(page), "--json")
    assert (crops.code, crops.json["page"], crops.json["focus_from"]) == (0, str(page), "person")
    assert page.read_text().startswith("<!doctype html>")
    outside = call("assets", "focus", asset["id"], "1.5", "0.5", "--as", "Ana", "--json")
    assert (outside.code, outside.error["code"], outside.error["where"]) == (2, "invalid_input", "X Y")
    assert call("assets", "focus", asset["id"], "0.5", "--as", "Ana").code == 2
    assert call("assets", "focus", asset["id"], "0.1", "0.1", "--clear", "--as", "Ana").code == 2
    cleared = call("assets", "focus", asset["id"], "--clear", "--as", "Ana", "--json")
    assert cleared.json["focus"] is None
    assert call("assets", "crops", asset["id"]).out.count("linkedin/text_ad") == 1
