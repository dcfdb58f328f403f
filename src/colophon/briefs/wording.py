"""What a brief's schema allows at a place, in words for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from colophon.briefs.schema import brief_schema
from colophon.briefs.tree import Path

PATTERNS: Mapping[str, str] = {
    r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$": "a-z, 0-9 and -, at most 64, with no - at either end",
    r"^#[0-9A-Fa-f]{6}$": "# and six hexadecimal digits, for example #1A2B3C",
    r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$": "a language, for example de, pt-BR or zh-Hans",
    r"^[A-Z]{3}$": "three capital letters, for example USD",
    r"^[0-9a-f]{64}$": "64 digits 0-9 and a-f",
    r"^[a-z0-9_]+/[a-z0-9_]+$": "channel/placement",
    r"^[0-9]{1,7}(\.[0-9]{1,6})?$": 'digits with at most six decimals, for example "2.00"',
}
_MANY = 12


def allowed_at(path: Path) -> str:
    """What may stand at a place of a brief; empty when the schema knows no such place."""
    node = _walk(brief_schema(), path)
    return _words(node) if node is not None else ""


def members_at(path: Path) -> list[str]:
    """The members a mapping at a place may have."""
    node = _walk(brief_schema(), path)
    return sorted(_mapping(node).get("properties", {})) if node is not None else []


def _walk(node: Mapping[str, Any], path: Path) -> Mapping[str, Any] | None:
    for step in path:
        inner = [_step(choice, step) for choice in _choices(node)]
        found = [one for one in inner if one is not None]
        if not found:
            return None
        node = found[0]
    return node


def _step(node: Mapping[str, Any], step: str | int) -> Mapping[str, Any] | None:
    found = node.get("items") if isinstance(step, int) else node.get("properties", {}).get(step)
    return found if isinstance(found, dict) else None


def _choices(node: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The node's alternatives, with what it refers to put in its place."""
    if "$ref" in node:
        return _choices(brief_schema()["$defs"][node["$ref"].rpartition("/")[2]])
    return [inner for choice in node["anyOf"] for inner in _choices(choice)] if "anyOf" in node else [node]


def _mapping(node: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((choice for choice in _choices(node) if "properties" in choice), {})


def _words(node: Mapping[str, Any]) -> str:
    choices = [choice for choice in _choices(node) if choice.get("type") != "null"]
    return ", or ".join(dict.fromkeys(_one(choice) for choice in choices))


def _one(node: Mapping[str, Any]) -> str:
    if "const" in node:
        return str(node["const"])
    if "enum" in node:
        values = [str(value) for value in node["enum"]]
        return ", ".join(values) if len(values) <= _MANY else f"one of {len(values)} names, for example {values[0]}"
    match node.get("type"):
        case "boolean":
            return "true or false"
        case "integer":
            return "a whole number" + _range(node)
        case "number":
            return "a number" + _range(node)
        case "array":
            return "a list of " + _between(node.get("minItems", 0), node.get("maxItems")) + " entries"
        case "object":
            return "a mapping of " + ", ".join(node.get("properties", {}))
        case _:
            return _text(node)


def _text(node: Mapping[str, Any]) -> str:
    if "pattern" in node:
        return PATTERNS[node["pattern"]]
    if node.get("format") == "date-time":
        return "a time with its offset from UTC, for example 2026-11-24T09:00:00Z"
    return "text of " + _between(node.get("minLength", 0), node.get("maxLength")) + " characters"


def _range(node: Mapping[str, Any]) -> str:
    if "exclusiveMinimum" in node:
        return f" above {node['exclusiveMinimum']}, at most {node['maximum']}"
    return f" from {node['minimum']} to {node['maximum']}"


def _between(low: int, high: int | None) -> str:
    if high is None:
        return f"at least {low}"
    return f"{low} to {high}" if low else f"at most {high}"
