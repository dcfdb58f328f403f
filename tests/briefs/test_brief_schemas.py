"""The JSON Schemas are current, describe every member, and agree with the loader about briefs."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from colophon import data
from colophon.briefs import load_brief, load_brief_text, schemas, write_schemas
from colophon.briefs.wording import PATTERNS
from colophon.domain.placement import parse_placements
from colophon.errors import InvalidInput

ROOT = Path(__file__).parents[2]
SMALLEST = """\
schema_version: 1
campaign: spring-mugs                 # slug, a-z 0-9 and -, at most 64
title: Spring mugs
brand: {name: Northwind}
visuals:
  - id: hero
    prompt: A matte ceramic mug on a sunlit oak table, steam rising, soft window light, 85mm
    variants: 2
placements: [instagram/feed_portrait, iab_display/medium_rectangle, opengraph/universal]
budget: {currency: USD, cap: "2.00"}
"""


def _validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads(schemas()[name])
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def _parts(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [schema, *schema.get("$defs", {}).values()]


def test_the_written_schemas_are_current() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "schemas").glob("*.schema.json")}
    assert written == schemas(), "write them anew: colophon schema"


def test_schemas_are_written_into_a_new_folder(tmp_path: Path) -> None:
    paths = write_schemas(tmp_path / "new")
    assert {path.name: path.read_text(encoding="utf-8") for path in paths} == schemas()


@pytest.mark.parametrize("name", ["brief.schema.json", "brand.schema.json"])
def test_every_part_and_member_is_described_and_closed(name: str) -> None:
    schema = json.loads(schemas()[name])
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for part in _parts(schema):
        assert part["description"].strip()
        if "properties" in part:
            assert part["additionalProperties"] is False
            assert all(member["description"].strip() for member in part["properties"].values())


def test_editors_are_offered_every_placement() -> None:
    keys = json.loads(schemas()["brief.schema.json"])["$defs"]["PlacementKey"]["enum"]
    assert keys == list(parse_placements(data.text("placements.csv")))


def test_every_pattern_has_words() -> None:
    def patterns(node: object) -> set[str]:
        if isinstance(node, dict):
            own = {node["pattern"]} if isinstance(node.get("pattern"), str) else set()
            return own.union(*(patterns(value) for value in node.values()))
        return set().union(*(patterns(value) for value in node)) if isinstance(node, list) else set()

    assert patterns([json.loads(text) for text in schemas().values()]) <= set(PATTERNS)


@pytest.mark.parametrize("campaign", ["northwind-mugs", "harbour-house"])
def test_the_examples_agree_with_the_schemas(campaign: str) -> None:
    folder = ROOT / "examples" / campaign
    brief = yaml.load((folder / "brief.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506  (text only)
    brand = yaml.load((folder / brief["brand"]).read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506
    canonical = json.loads(load_brief(folder / "brief.yaml").canonical)
    _validator("brief.schema.json").validate(canonical)
    _validator("brand.schema.json").validate(canonical["brand"])
    assert set(brief) <= set(canonical)
    assert set(brand) <= set(canonical["brand"])


def test_the_smallest_brief_agrees_with_the_schema() -> None:
    _validator("brief.schema.json").validate(yaml.safe_load(SMALLEST))
    assert load_brief_text(SMALLEST).brief.visuals[0].variants == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("variants: 2", "variants: 0"),
        ("variants: 2", "variants: '2'"),
        ("variants: 2", "varaints: 2"),
        ("spring-mugs", "Spring"),
        ("opengraph/universal", "opengraph/everywhere"),
        ("opengraph/universal", "{placement: opengraph/everywhere}"),
        ('cap: "2.00"', "cap: -1"),
        ('cap: "2.00"', 'cap: "two"'),
        ("schema_version: 1", "schema_version: 2"),
        ("schema_version: 1", "schema_version: '1'"),
        ("title: Spring mugs", "status: done"),
        ("brand: {name: Northwind}", "brand: 7"),
        ("brand: {name: Northwind}", "brand: {name: N, palette: [{name: a, hex: green}]}"),
        ("brand: {name: Northwind}", "brand: {name: N, palette: [{name: a, hex: '#123456', tolerance: 51}]}"),
        ("visuals:", "model: {fallback: 'no'}\nvisuals:"),
        ("visuals:", "references: [{role: style}]\nvisuals:"),
    ],
)
def test_schema_and_loader_refuse_the_same(old: str, new: str) -> None:
    text = SMALLEST.replace(old, new)
    assert text != SMALLEST
    assert not _validator("brief.schema.json").is_valid(yaml.safe_load(text))
    with pytest.raises(InvalidInput):
        load_brief_text(text)
