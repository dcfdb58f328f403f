"""A brief as a form has it: the members people fill in one by one, and whatever else it says kept as text.

Every brief can be put into the form (`colophon.briefs.form_filling`) and comes out of it with the same meaning: what
has no field of its own is in ``rest``, and in each visual's ``rest``, as YAML.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from colophon.briefs.plain import Document, parsed

# Members of a brief, and of parts of it, that are one line or one text.
TEXTS = ("campaign", "title", "owner", "objective", "deadline", "embargo", "notes")
VISUAL_TEXTS = ("id", "prompt", "setting", "light", "camera", "style", "mood", "copy_space")
WORDS = ("headline", "subline", "call_to_action", "legal")
LISTS: dict[str, tuple[str, ...]] = {
    "markets": ("markets",),
    "territories": ("rights", "territories"),
    "approvers": ("review", "approvers"),
}
NESTED: dict[str, tuple[str, ...]] = {
    "currency": ("budget", "currency"),
    "cap": ("budget", "cap"),
    "valid_from": ("rights", "valid_from"),
    "valid_until": ("rights", "valid_until"),
    "rights_note": ("rights", "note"),
    "rule": ("review", "rule"),
    "model": ("model", "name"),
}
FLAGS: dict[str, tuple[str, ...]] = {"label": ("disclosure", "label"), "prompts": ("disclosure", "prompts")}


@dataclass(frozen=True, slots=True)
class FormReference:
    image: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class FormVisual:
    texts: Mapping[str, str] = field(default_factory=dict)
    variants: str = "1"
    references: tuple[FormReference, ...] = ()
    rest: str = ""


@dataclass(frozen=True, slots=True)
class FormLocale:
    language: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BriefForm:
    """All as text, as it was typed. ``brand`` is YAML of the brand itself; empty where a known one is chosen."""

    texts: Mapping[str, str] = field(default_factory=dict)
    flags: Sequence[str] = ()
    brand: str = ""
    visuals: tuple[FormVisual, ...] = (FormVisual(),)
    placements: Sequence[str] = ()
    references: tuple[FormReference, ...] = ()
    language: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    locales: tuple[FormLocale, ...] = ()
    rest: str = ""


def document_of(form: BriefForm, brand: Document | None = None) -> Document:
    """The brief that a form describes; ``brand`` wins over its own. What is empty is left out. Raises `InvalidInput`
    where a text of YAML is none; what else is wrong is for the loader to say."""
    made: Document = {"schema_version": 1}
    made |= {name: form.texts[name] for name in TEXTS if form.texts.get(name)}
    made["brand"] = brand if brand is not None else (parsed(form.brand, "brand") if form.brand.strip() else None)
    if made["brand"] is None:
        del made["brand"]
    made["visuals"] = [_visual(visual, number) for number, visual in enumerate(form.visuals) if _said(visual)]
    made["placements"] = list(form.placements)
    if references := _references(form.references):
        made["references"] = references
    for name, path in (NESTED | LISTS).items():
        if text := form.texts.get(name, ""):
            _put(made, path, _list(text) if name in LISTS else _number(name, text))
    for name in form.flags:
        _put(made, FLAGS[name], True)
    if copy := _copy(form):
        made["copy"] = copy
    return _merged(made, parsed(form.rest, "further members") if form.rest.strip() else {})


def _said(visual: FormVisual) -> bool:
    return any(visual.texts.values()) or bool(visual.rest.strip()) or any(each.image for each in visual.references)


def _visual(visual: FormVisual, number: int) -> Document:
    made: Document = {name: visual.texts[name] for name in VISUAL_TEXTS if visual.texts.get(name)}
    if visual.variants not in ("", "1"):
        made["variants"] = int(visual.variants) if visual.variants.isdecimal() else visual.variants
    if references := _references(visual.references):
        made["references"] = references
    return _merged(made, parsed(visual.rest, f"visual {number + 1}") if visual.rest.strip() else {})


def _references(rows: Sequence[FormReference]) -> list[Document]:
    return [{"image": row.image, **({"role": row.role} if row.role else {})} for row in rows if row.image]


def _copy(form: BriefForm) -> Document:
    own: Document = {name: form.words[name] for name in WORDS if form.words.get(name)}
    if form.language:
        own["language"] = form.language
    locales = {
        row.language: {name: row.words[name] for name in WORDS if row.words.get(name)}
        for row in form.locales
        if row.language
    }
    return own | ({"locales": locales} if locales else {})


def _number(name: str, text: str) -> object:
    """Only the rule of approvals is a number to a brief; amounts are text."""
    return int(text) if name == "rule" and text.isdecimal() and len(text) < 10 else text


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _put(document: Document, path: tuple[str, ...], value: object) -> None:
    for step in path[:-1]:
        document = document.setdefault(step, {})
    document[path[-1]] = value


def _merged(made: Document, more: Mapping[str, Any]) -> Document:
    """What both say is the field's, except in mappings, whose members are told apart, and lists nobody filled in."""
    for name, value in more.items():
        if isinstance(made.get(name), dict) and isinstance(value, dict):
            made[name] = _merged(made[name], value)
        elif not made.get(name):
            made[name] = value
    return made
