"""The form of a brief: its fields as browsers send them, and what the brief's own schema says about each."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from colophon.briefs.form import (
    TEXTS,
    VISUAL_TEXTS,
    WORDS,
    BriefForm,
    FormLocale,
    FormReference,
    FormVisual,
)
from colophon.briefs.schema import brief_schema
from colophon.web.forms import Form

MOST_VISUALS = 60  # that a form has fields for; a brief with more is written as YAML
_MOST_ROWS = 8
_OTHERS = ("markets", "territories", "approvers", "currency", "cap", "valid_from", "valid_until", "rights_note", "rule")
_NUMBERED = re.compile(r"([vrl])([0-9]{1,3})\.")


def form_sent(form: Form) -> BriefForm:
    """What a browser sent: rows by their numbers, empty ones left out where they say nothing."""
    numbers: dict[str, set[int]] = {"v": set(), "r": set(), "l": set()}
    for name in form.fields:
        if found := _NUMBERED.match(name):
            numbers[found[1]].add(int(found[2]))
    visuals = tuple(_visual(form, n) for n in sorted(numbers["v"])[:MOST_VISUALS])
    locales = tuple(
        FormLocale(form.text(f"l{n}.language"), {name: form.text(f"l{n}.{name}") for name in WORDS})
        for n in sorted(numbers["l"])[:40]
    )
    return BriefForm(
        texts={name: form.text(name) for name in (*TEXTS, *_OTHERS, "model")},
        flags=[name for name in ("label", "prompts") if form.has(name)],
        brand=form.text("brand"),
        visuals=visuals or (FormVisual(),),
        placements=list(dict.fromkeys(form.texts("placements"))),
        references=tuple(_references(form, "r", sorted(numbers["r"]))),
        language=form.text("language"),
        words={name: form.text(name) for name in WORDS},
        locales=locales,
        rest=form.text("rest"),
    )


def _visual(form: Form, number: int) -> FormVisual:
    own = f"v{number}"
    return FormVisual(
        texts={name: form.text(f"{own}.{name}") for name in VISUAL_TEXTS},
        variants=form.text(f"{own}.variants") or "1",
        references=tuple(_references(form, f"{own}.r", range(_MOST_ROWS))),
        rest=form.text(f"{own}.rest"),
    )


def _references(form: Form, prefix: str, numbers: Any) -> Iterator[FormReference]:
    for number in numbers:
        if image := form.text(f"{prefix}{number}.image"):
            yield FormReference(image, form.text(f"{prefix}{number}.role"))


@cache
def schema_facts() -> Mapping[str, Any]:
    """Hints and choices for the template, from the schema that editors and the API use."""
    schema = brief_schema()
    parts = schema["$defs"]
    return {
        "brief": _hints(schema),
        "visual": _hints(parts["Visual"]),
        "copy": _hints(parts["Copy"]),
        "rights": _hints(parts["Rights"]),
        "review": _hints(parts["Review"]),
        "disclosure": _hints(parts["Disclosure"]),
        "reference": _hints(parts["Reference"]),
        "roles": _choices(parts["ReferenceRole"]),
        "models": _choices(parts["Model"]["properties"]["name"]),
        "copy_space": _choices(parts["Visual"]["properties"]["copy_space"]),
        "longest": {"title": schema["properties"]["title"].get("maxLength", 200)},
        "most_variants": parts["Visual"]["properties"]["variants"].get("maximum", 64),
    }


def _hints(part: Mapping[str, Any]) -> Mapping[str, str]:
    return {name: str(member.get("description", "")) for name, member in part["properties"].items()}


def _choices(part: Mapping[str, Any]) -> list[str]:
    if "enum" in part:
        return list(part["enum"])
    return [each for option in part.get("anyOf", ()) for each in option.get("enum", ())]


def place_of_field(path: str) -> str:
    """The id of the field for a place in a brief: ``visuals[0].prompt`` is ``f-visuals-0-prompt``."""
    return "f-" + re.sub(r"[^A-Za-z0-9]+", "-", path).strip("-")
