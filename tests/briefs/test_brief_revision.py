"""A revision names what is ordered: equal however it is written, different as soon as anything changes."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from colophon.briefs import load_brief, load_brief_text
from colophon.domain.brief import Brief


def _value(small: str) -> dict[str, Any]:
    value = yaml.safe_load(small.replace("on: the", "'on': the"))  # an older YAML reads the bare word as true
    assert isinstance(value, dict)
    return value


def _reversed(value: object) -> object:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(list(value))}
    return [_reversed(entry) for entry in value] if isinstance(value, list) else value


def test_the_revision_is_the_digest_of_the_canonical_form(folder: Path) -> None:
    loaded = load_brief(folder / "brief.yaml")
    assert loaded.revision == hashlib.sha256(loaded.canonical.encode()).hexdigest()
    assert loaded.folder == folder
    assert str(folder) not in loaded.canonical


def test_the_canonical_form_reads_back_as_the_brief(folder: Path) -> None:
    loaded = load_brief(folder / "brief.yaml")
    assert Brief.model_validate_json(loaded.canonical) == loaded.brief
    again = load_brief_text(loaded.canonical, "canonical.json", folder)
    assert again.canonical == loaded.canonical


def test_the_canonical_form_has_sorted_members_no_white_space_and_names_digests(folder: Path) -> None:
    text = load_brief(folder / "brief.yaml").canonical
    value = json.loads(text)
    assert text == json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert value["visuals"][0]["references"][0] == {
        "image": "mug.jpg",
        "role": "product",
        "sha256": hashlib.sha256(b"bytes of a picture").hexdigest(),
    }
    assert value["budget"]["cap"] == "2.00"


def test_how_it_is_written_does_not_matter(folder: Path, small: str, tmp_path: Path) -> None:
    value = _value(small)
    inline = value | {"brand": yaml.safe_load((folder / "brand.yaml").read_text())}
    commented = "# a comment\n" + small.replace("variants: 2", "variants:   2 # two")
    texts = {
        "commented.yaml": commented,
        "flow.yaml": json.dumps(value),
        "same.json": json.dumps(value, indent=4),
        "reversed.json": json.dumps(_reversed(value)),
        "inline.yaml": yaml.safe_dump(inline),
        "number.yaml": small.replace('"2.00"', "2.0"),
        "defaults.yaml": small + "markets: []\nmodel: {name: flux-2-pro}\nnotes:\n",
        "mapping.yaml": small.replace("[mug.jpg]", "[{image: mug.jpg}]"),
    }
    revision = load_brief(folder / "brief.yaml").revision
    assert {load_brief_text(text, name, folder).revision for name, text in texts.items()} == {revision}
    shutil.copytree(folder, tmp_path / "elsewhere")
    assert load_brief(tmp_path / "elsewhere" / "brief.yaml").revision == revision


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("spring-mugs", "autumn-mugs"),
        ("Spring mugs", "Spring Mugs"),
        ("variants: 2", "variants: 3"),
        ("oak table", "oak  table"),
        ('"2.00"', '"2.000001"'),
        ("USD", "EUR"),
        ("formats: [webp]", "formats: [webp, jpg]"),
        ("[mug.jpg]", "[{image: mug.jpg, role: style}]"),
        ("[mug.jpg]", "[]"),
        ("id: shelf", "id: shelf-2"),
        ("title:", "notes: more\ntitle:"),
    ],
)
def test_any_change_makes_another_revision(folder: Path, small: str, old: str, new: str) -> None:
    assert small.count(old) == 1
    before = load_brief(folder / "brief.yaml").revision
    assert load_brief_text(small.replace(old, new), folder=folder).revision != before


@pytest.mark.parametrize(("name", "content"), [("mug.jpg", b"bytes of another picture"), ("brand.yaml", None)])
def test_changed_files_make_another_revision(folder: Path, name: str, content: bytes | None) -> None:
    before = load_brief(folder / "brief.yaml").revision
    changed = (folder / name).read_bytes().replace(b"7.5", b"7.6") if content is None else content
    (folder / name).write_bytes(changed)
    assert load_brief(folder / "brief.yaml").revision != before
