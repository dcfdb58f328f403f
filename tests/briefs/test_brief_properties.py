"""Whatever bytes arrive: a brief or `InvalidInput`, soon; and equal briefs stay equal in any order."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from colophon.briefs import LoadedBrief, load_brief_text
from colophon.errors import InvalidInput

BASE: dict[str, Any] = {
    "schema_version": 1,
    "campaign": "spring-mugs",
    "title": "Spring mugs",
    "brand": {"name": "N", "palette": [{"name": "sage", "hex": "#8A9E87", "tolerance": 7}]},
    "visuals": [
        {"id": "hero", "prompt": "A mug", "variants": 2, "colours": [{"colour": "sage", "on": "the mug"}]},
        {"id": "shelf", "prompt": "Three mugs", "references": ["asset:a1", {"image": "https://example.com/a.png"}]},
    ],
    "placements": ["instagram/feed_portrait", {"placement": "web/card", "formats": ["webp"]}],
    "budget": {"currency": "USD", "cap": "2.00"},
    "model": {"fallback": False},
}
TEXT = yaml.safe_dump(BASE, sort_keys=False)

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=20)
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
PIECES = [
    "a",
    ": ",
    "- ",
    "\n",
    "  ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "&a ",
    "*a",
    "!",
    "!!int ",
    "<<",
    "? ",
    "|",
    ">",
    "'",
    '"',
]
PIECES += [
    "#",
    "%TAG",
    "---",
    "...",
    "\\",
    "\t",
    "1",
    "null",
    "true",
    ".nan",
    "visuals",
    "budget",
    "placements",
    "\x85",
]
yaml_pieces = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


def _load(content: str | bytes, name: str) -> LoadedBrief | None:
    try:
        return load_brief_text(content, name)
    except InvalidInput as error:
        refusal = error
    assert refusal.problems
    assert all(problem.file == name and problem.code and problem.message for problem in refusal.problems)
    return None


def _paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, child in inner for deeper in _paths(child, (*path, key)))]


@pytest.mark.parametrize("name", ["brief.yaml", "brief.json"])
@given(content=st.binary(max_size=400) | st.text(max_size=400) | yaml_pieces)
@settings(max_examples=300, deadline=1000)
def test_any_content_is_a_brief_or_invalid_input(name: str, content: str | bytes) -> None:
    assert _load(content, name) is None


@pytest.mark.parametrize("name", ["brief.yaml", "brief.json"])
@given(place=st.integers(0, len(TEXT)), cut=st.integers(0, 10), piece=yaml_pieces)
@settings(max_examples=200, deadline=1000)
def test_any_damage_to_a_brief_is_survived(name: str, place: int, cut: int, piece: str) -> None:
    text = TEXT if name == "brief.yaml" else json.dumps(BASE, indent=1)
    _load(text[:place] + piece + text[place + cut :], name)


@given(path=st.sampled_from(_paths(BASE)[1:]), value=values)
@settings(max_examples=300, deadline=1000)
def test_any_value_in_any_place_is_survived_and_read_alike(path: tuple[str | int, ...], value: object) -> None:
    changed = json.loads(json.dumps(BASE))
    node = changed
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = value
    text = json.dumps(changed)
    one = _load(text, "brief.json")
    other = _load(json.dumps(changed, indent=2), "brief.json")
    assert (one and one.canonical) == (other and other.canonical)


@given(random=st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=1000)
def test_the_order_of_members_does_not_matter(random: Any) -> None:
    def shuffled(value: object) -> object:
        if isinstance(value, dict):
            keys = list(value)
            random.shuffle(keys)
            return {key: shuffled(value[key]) for key in keys}
        return [shuffled(entry) for entry in value] if isinstance(value, list) else value

    plain = load_brief_text(TEXT)
    assert load_brief_text(json.dumps(shuffled(BASE)), "brief.json").canonical == plain.canonical


@given(prompt=st.text(min_size=1, max_size=60))
@settings(max_examples=200, deadline=1000)
def test_another_prompt_is_another_revision(prompt: str) -> None:
    changed = json.loads(json.dumps(BASE))
    changed["visuals"][0]["prompt"] = prompt
    loaded = _load(json.dumps(changed), "brief.json")
    if loaded is not None:
        assert (loaded.revision == load_brief_text(TEXT).revision) == (prompt == "A mug")
        assert loaded.brief.visuals[0].prompt == prompt


@given(name=st.text(max_size=60), sub=st.sampled_from(["", "/", "..", "./", "https://"]))
@settings(max_examples=200, deadline=1000, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_file_name_stays_inside_the_folder(tmp_path: Path, name: str, sub: str) -> None:
    changed = {**BASE, "references": [sub + name]}
    try:
        loaded = load_brief_text(json.dumps(changed), "brief.json", tmp_path)
    except InvalidInput:
        return
    assert all(reference.sha256 is None for reference in loaded.brief.references)
