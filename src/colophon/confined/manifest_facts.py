"""Trims the C2PA library's JSON to the bounded, plain facts that leave the limited child."""

from collections.abc import Iterator, Mapping
from typing import Any

MAX_STATUSES = 2000
MAX_INGREDIENTS = 64
_MAX_ACTIONS = 64
_MAX_TEXT = 300

Record = dict[str, Any]


class LimitError(Exception):
    """More than this reader is willing to look at."""


def _text(value: object) -> str | None:
    return value[:_MAX_TEXT] if isinstance(value, str) else None


def _status(entry: Mapping[str, Any], filed: str, about: str | None) -> list[str]:
    return [filed, _text(entry.get("code")) or "", _text(entry.get("url")) or "", about or ""]


def _codes(codes: Mapping[str, Any], about: str | None) -> Iterator[list[str]]:
    for filed in ("success", "informational", "failure"):
        yield from (_status(entry, filed, about) for entry in codes.get(filed) or [])


def _results(results: Mapping[str, Any], about: str | None) -> Iterator[list[str]]:
    yield from _codes(results.get("activeManifest") or {}, about)
    for delta in results.get("ingredientDeltas") or []:
        yield from _codes(delta.get("validationDeltas") or {}, about)


def _bounded(statuses: Iterator[list[str]]) -> list[list[str]]:
    found = list(statuses)
    if len(found) > MAX_STATUSES:
        raise LimitError("too many validation results")
    return found


def statuses(store: Mapping[str, Any]) -> list[list[str]]:
    """Each status as [where the library filed it, code, address, manifest a relative address belongs to]."""
    return _bounded(_results(store.get("validation_results") or {}, store.get("active_manifest")))


def manifest_facts(manifest: Mapping[str, Any], signer: Record | None) -> Record:
    """``signer`` is what `colophon.confined.vouching.signer` found; without it the names are the library's alone."""
    signature = manifest.get("signature_info") or {}
    generator: Mapping[str, Any] = next(iter(manifest.get("claim_generator_info") or []), {})
    ingredients = manifest.get("ingredients") or []
    if len(ingredients) > MAX_INGREDIENTS:
        raise LimitError(f"more than {MAX_INGREDIENTS} ingredients")
    return {
        "title": _text(manifest.get("title")),
        "generator": " ".join(t for t in (_text(generator.get("name")), _text(generator.get("version"))) if t) or None,
        "organisation": _text(signature.get("issuer")),  # the library's word for the subject's O
        "common_name": _text(signature.get("common_name")),
        "algorithm": (_text(signature.get("alg")) or "").lower() or None,
        "time": _text(signature.get("time")),
        "signer": signer,
        "actions": [_action(action, data) for action, data in _actions(manifest)][:_MAX_ACTIONS],
        "ingredients": [_ingredient(ingredient) for ingredient in ingredients],
    }


def _actions(manifest: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    for assertion in manifest.get("assertions") or []:
        if str(assertion.get("label")).startswith("c2pa.actions") and isinstance(data := assertion.get("data"), dict):
            yield from ((action, data) for action in data.get("actions") or [] if isinstance(action, dict))


def _action(action: Mapping[str, Any], data: Mapping[str, Any]) -> Record:
    agent, agents, index = action.get("softwareAgent"), data.get("softwareAgents"), action.get("softwareAgentIndex")
    if agent is None and isinstance(agents, list) and isinstance(index, int) and 0 <= index < len(agents):
        agent = agents[index]
    return {
        "action": _text(action.get("action")) or "",
        "source_type": _text(action.get("digitalSourceType")),
        "agent": _text(agent.get("name") if isinstance(agent, dict) else agent),
        "when": _text(action.get("when")),
    }


def _ingredient(ingredient: Mapping[str, Any]) -> Record:
    about = _text(ingredient.get("active_manifest"))
    recorded = list(_results(ingredient.get("validation_results") or {}, about))
    # Ingredients of the first two versions keep a plain list, of failures for the most part.
    recorded += [_status(entry, "failure", about) for entry in ingredient.get("validation_status") or []]
    return {
        "title": _text(ingredient.get("title")),
        "relationship": _text(ingredient.get("relationship")) or "",
        "manifest": about,
        "recorded": _bounded(iter(recorded)),
    }
