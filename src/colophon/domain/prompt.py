"""From a visual and its brand to the prompt on the wire: a structured source, then prose or JSON.

The order and the limits follow the vendor's public guides (github.com/black-forest-labs/skills, docs.bfl.ml): subject
first, light always named, three to five colours each tied to an object, words in the picture quoted and few, nothing
said in the negative.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from colophon.domain.brand import Brand, Colour
from colophon.domain.brief import Brief, CopySpace, Reference, ReferenceRole, Visual
from colophon.domain.donts import DontRule, left_to_check, turned
from colophon.domain.route import Wire

TEMPLATE = "1"
MOST_CHARACTERS = 4000
MOST_TOKENS = 512
BEST_WORDS = 80
_MOST_SCENE_WORDS = 4

_LEFT_NEGATIVE = re.compile(r"\b(?:no|not|without|avoid|never|nothing|don'?t)\b", re.IGNORECASE)
_LIGHT = re.compile(
    r"\b(?:light(?:ing|s)?|sun(?:light|rise|set|lit)?|daylight|golden hour|overcast|dappled|softbox|backlit|"
    r"candle(?:light)?|volumetric|moonlight|dawn|dusk|shade|rim|high key|low key|lamp(?:s|light)?)\b",
    re.IGNORECASE,
)
_SPACE_WORDS: dict[CopySpace, str] = {
    "top": "the upper third stays calm and plain, free for copy",
    "bottom": "the lower third stays calm and plain, free for copy",
    "left": "the left third stays calm and plain, free for copy",
    "right": "the right third stays calm and plain, free for copy",
}
_ROLE_WORDS: dict[ReferenceRole, str] = {
    ReferenceRole.PRODUCT: "shows the product: keep its shape, material and colour",
    ReferenceRole.FACE: "shows the face: keep its features",
    ReferenceRole.OUTFIT: "shows the outfit to wear",
    ReferenceRole.POSE: "shows the pose to take",
    ReferenceRole.STYLE: "shows the style to follow",
    ReferenceRole.LIGHT: "shows the light to follow",
    ReferenceRole.BACKGROUND: "shows the place behind the subject",
    ReferenceRole.COLOUR: "is a swatch of the colours to match",
}
_BOUND_BY_ROLE = {
    "primary": "the surface that stands out most",
    "secondary": "the things around the subject",
    "accent": "one small detail",
    "neutral": "the background surfaces",
}


@dataclass(frozen=True, slots=True)
class _Structure:
    """The parts of a prompt, in the order of the prose."""

    subject: str
    scene_text: Sequence[str]
    colours: Sequence[Mapping[str, str]]
    setting: str | None
    light: str | None
    camera: str | None
    style: str | None
    mood: str | None
    composition: str | None
    references: Sequence[str]
    also: Sequence[str]


@dataclass(frozen=True, slots=True)
class Prompt:
    """``structure`` is the stored source (canonical JSON), ``wire`` the text that is sent. ``checks`` name what the
    removed negatives still demand of the output; ``warnings`` are for the person who wrote the brief."""

    structure: str
    wire: str
    checks: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def tokens(self) -> int:
        """A cautious estimate: the larger of four thirds of the words and a quarter of the characters."""
        return max(len(self.wire.split()) * 4 // 3, len(self.wire) // 4)


def compile_prompt(
    brief: Brief, visual: Visual, rules: Sequence[DontRule], *, width: int, height: int, wire: Wire = "prose"
) -> Prompt:
    """The prompt of one visual for a master of this shape. Pure: the same brief gives the same text."""
    warnings: list[str] = []
    spoken, instead_of = turned(brief, visual, rules)
    structure = _Structure(
        subject=spoken["prompt"],
        scene_text=_scene_text(brief, visual, warnings),
        colours=_bound_colours(brief.brand, visual),
        setting=spoken.get("setting"),
        light=spoken.get("light") or _default_light(" ".join(spoken.values()), warnings),
        camera=spoken.get("camera"),
        style=spoken.get("style"),
        mood=spoken.get("mood") or ", ".join(brief.brand.tone[:3]) or None,
        composition=_composition(brief, visual, width, height),
        references=_reference_clauses([*brief.references, *visual.references]),
        also=[*brief.brand.do, *dict.fromkeys(instead for instead, _ in instead_of if instead)],
    )
    said = {name: part for name, part in asdict(structure).items() if part}
    text = _prose(structure) if wire == "prose" else json.dumps(said, ensure_ascii=False)
    if _LEFT_NEGATIVE.search(text):
        warnings.append("a negative is left in the prompt; the model has no negative prompt and may draw what it names")
    written = len(" ".join(spoken.values()).split())
    if written > BEST_WORDS:
        warnings.append(f"the description has {written} words; 30 to {BEST_WORDS} work best")
    return Prompt(
        json.dumps({"template": TEMPLATE, **said}, ensure_ascii=False, sort_keys=True),
        text,
        left_to_check(brief, visual, rules),
        tuple(warnings),
    )


def scene_words(brief: Brief, visual: Visual) -> tuple[str, ...]:
    """The words the model is asked to show: those of ``copy.in_scene`` that are few enough."""
    wanted = (visual.copy_ or brief.copy_).in_scene
    return tuple(words for words in wanted if len(words.split()) <= _MOST_SCENE_WORDS)


def _scene_text(brief: Brief, visual: Visual, warnings: list[str]) -> list[str]:
    sent = scene_words(brief, visual)
    for words in (visual.copy_ or brief.copy_).in_scene:
        if words not in sent:
            warnings.append(f"{words!r} has more than four words: it belongs in the layout and is not sent")
    return list(sent)


def _bound_colours(brand: Brand, visual: Visual) -> list[dict[str, str]]:
    palette = {colour.name: colour for colour in brand.palette}
    if visual.colours:
        return [_bound(palette[bound.colour], bound.on) for bound in visual.colours]
    first_of_role: dict[str, Colour] = {}
    for colour in brand.palette:
        first_of_role.setdefault(colour.role, colour)
    return [_bound(colour, _BOUND_BY_ROLE[role]) for role, colour in first_of_role.items()]


def _bound(colour: Colour, on: str) -> dict[str, str]:
    return {"name": colour.name, "hex": colour.hex.upper(), "on": on}


def _default_light(said: str, warnings: list[str]) -> str | None:
    if _LIGHT.search(said):
        return None
    warnings.append("no light is named; soft daylight is asked for (light is the strongest lever on quality)")
    return "soft, even daylight from one side"


def copy_side(brief: Brief, visual: Visual, width: int, height: int) -> CopySpace | None:
    """The side whose third is asked to stay free for copy in a picture of this shape; None: nothing is laid on it."""
    laid_on = visual.copy_ or brief.copy_
    has_copy = any((laid_on.headline, laid_on.subline, laid_on.call_to_action, laid_on.legal))
    if visual.copy_space is None and not has_copy:
        return None
    return visual.copy_space or ("left" if width >= 1.5 * height else "top")


def _composition(brief: Brief, visual: Visual, width: int, height: int) -> str | None:
    side = copy_side(brief, visual, width, height)
    return _SPACE_WORDS[side] if side else None


def _reference_clauses(references: Sequence[Reference]) -> list[str]:
    clauses = [f"image {number} {_ROLE_WORDS[r.role]}" for number, r in enumerate(references, start=1)]
    return [*clauses, "one light direction over all parts"] if len(clauses) > 1 else clauses


def _prose(structure: _Structure) -> str:
    words = " and ".join(f'"{w}"' for w in structure.scene_text)
    colours = ", ".join(f"{c['name']} (hex {c['hex']}) on {c['on']}" for c in structure.colours)
    parts = (
        ("", structure.subject),
        ("", words and f"The words {words} in a plain, high-contrast sans"),
        ("Colours: ", colours),
        ("", structure.setting),
        ("Light: ", structure.light),
        ("Camera: ", structure.camera),
        ("", structure.style),
        ("Mood: ", structure.mood),
        ("Composition: ", structure.composition),
        *(("", clause) for clause in (*structure.references, *structure.also)),
    )
    return " ".join(_sentence(lead + text) for lead, text in parts if text)


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
