"""The JSON Schemas (draft 2020-12) of briefs, brand files, lists and messages, generated from their models."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from colophon import data
from colophon.briefs.descriptions import DESCRIPTIONS
from colophon.domain.brand import Brand
from colophon.domain.brief import Brief
from colophon.domain.lineage import LineageDocument
from colophon.domain.message import MessageDocument
from colophon.domain.money import CEILING
from colophon.domain.placement import parse_placements
from colophon.domain.publication_list import CurrentList, PublicationList

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Where a rule runs before pydantic's own, it leaves the bounds under Python's names.
_BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
_AMOUNT: Schema = {
    "anyOf": [
        {"type": "string", "pattern": r"^[0-9]{1,7}(\.[0-9]{1,6})?$"},
        {"type": "number", "exclusiveMinimum": 0, "maximum": int(CEILING)},
    ]
}


def schemas() -> dict[str, str]:
    """Every schema file's text by its name."""
    return {
        "brief.schema.json": _text(brief_schema(), "A campaign brief"),
        "brand.schema.json": _text(_model(Brand), "A brand"),
        "publication-list.schema.json": _text(_written(PublicationList), "What is public of a campaign"),
        "current-list.schema.json": _text(_written(CurrentList), "The signed list of all publication lists"),
        "message.schema.json": _text(_written(MessageDocument), "A message about what happened"),
        "lineage.schema.json": _text(LineageDocument.model_json_schema(), "Lineage of a campaign or an asset"),
    }


def write_schemas(folder: Path) -> list[Path]:
    """Write the schema files into a folder, which is made when it is missing; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in schemas().items():
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written


@cache
def brief_schema() -> Schema:
    """The brief's schema with the short forms people may write: a string for a brand, reference, placement or
    text alternative."""
    schema = _model(Brief)
    parts = schema["$defs"]
    parts["PlacementKey"] = {
        "description": "A row of the placement table: channel/placement.",
        "enum": list(parse_placements(data.text("placements.csv"))),
        "type": "string",
    }
    key = {"$ref": "#/$defs/PlacementKey"}
    described = parts["PlacementWish"]["properties"]["placement"]["description"]
    parts["PlacementWish"]["properties"]["placement"] = {**key, "description": described}
    text = {"type": "string", "minLength": 1}
    schema["properties"]["brand"] = {
        "anyOf": [
            {**text, "description": "Path of a brand file beside the brief.", "maxLength": 2000},
            {"$ref": "#/$defs/Brand"},
        ],
        "description": schema["properties"]["brand"]["description"],
    }
    _widen(schema, "#/$defs/PlacementWish", key)
    image = {**text, "description": parts["Reference"]["properties"]["image"]["description"], "maxLength": 2000}
    _widen(schema, "#/$defs/Reference", image)
    alt = parts["Visual"]["properties"]["alt"]["anyOf"]
    alt.insert(0, parts["Alt"]["properties"]["text"]["anyOf"][0])
    return schema


def _model(model: type[BaseModel]) -> Schema:
    schema = model.model_json_schema(by_alias=True)
    for name, part in [(model.__name__, schema), *schema.get("$defs", {}).items()]:
        part.pop("title", None)
        if "description" in part:
            part["description"] = " ".join(str(part["description"]).replace("``", "").split())
        part["description"] = DESCRIPTIONS.get((name, ""), part.get("description", ""))
        for member, own in part.get("properties", {}).items():
            kept = _AMOUNT if (name, member) == ("Budget", "cap") else _cleaned(own)
            part["properties"][member] = {**kept, "description": DESCRIPTIONS[name, member]}
    return schema


def _written(model: type[BaseModel]) -> Schema:
    """Of a document that this program writes and others read."""
    schema = model.model_json_schema(by_alias=True, mode="serialization")
    for part in (schema, *schema.get("$defs", {}).values()):
        part.pop("title", None)
        part["description"] = " ".join(str(part.get("description", "")).replace("``", "").split())
        for member in part.get("properties", {}).values():
            member.pop("title", None)
    return schema


def _cleaned(own: Mapping[str, Any]) -> Schema:
    return {_BOUNDS.get(key, key): value for key, value in own.items() if key != "title"}


def _widen(node: object, target: str, short: Schema) -> None:
    """Allow the short form in every list of a part."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "items" and value == {"$ref": target}:
                node[key] = {"anyOf": [short, value]}
            else:
                _widen(value, target, short)
    elif isinstance(node, list):
        for value in node:
            _widen(value, target, short)


def _text(schema: Schema, title: str) -> str:
    head = {"$schema": _DIALECT, "title": title}
    return json.dumps({**head, **schema}, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
