"""What is said to a model, part by part with its place in the brief, and what lists of terms say of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from colophon.domain.brief import Brief, Reference, Visual
from colophon.domain.donts import DontRule, spoken
from colophon.domain.prompt import scene_words
from colophon.domain.prompt_list import ListVerdict
from colophon.domain.prompt_screen import Mention, PromptScreen


@dataclass(frozen=True, slots=True)
class Part:
    """``path`` is the part's place in the brief."""

    path: str
    text: str


def parts_of(brief: Brief, visual: Visual, donts: Sequence[DontRule], composed: str) -> tuple[Part, ...]:
    """Everything of a visual that reaches a model, without what is said in the negative, which does not; the names of
    its references, which tell what they show; and last the ``composed`` prompt, which may say what no part says."""
    where = f"visuals[{brief.visuals.index(visual)}]" if visual in brief.visuals else visual.id
    return tuple(part for part in (*_said(brief, visual, donts, where), Part(f"{where}.prompt", composed)) if part.text)


def mentions(parts: Sequence[Part], screen: PromptScreen) -> tuple[tuple[Part, Mention], ...]:
    """What the lists find, each term once, in the part that says it first."""
    found: dict[tuple[str, str], tuple[Part, Mention]] = {}
    for part in parts:
        for mention in screen.find(part.text):
            found.setdefault((mention.category, mention.term), (part, mention))
    return tuple(found.values())


def refused(found: Sequence[tuple[Part, Mention]]) -> list[tuple[Part, Mention]]:
    return [(part, mention) for part, mention in found if mention.verdict is ListVerdict.REFUSE]


def held(found: Sequence[tuple[Part, Mention]]) -> list[tuple[Part, Mention]]:
    return [(part, mention) for part, mention in found if mention.verdict is ListVerdict.HOLD]


def _said(brief: Brief, visual: Visual, donts: Sequence[DontRule], where: str) -> Iterator[Part]:
    for name, text in spoken(brief, visual, donts).items():
        yield Part(f"{where}.{name}", text)
    copy = f"{where}.copy" if visual.copy_ else "copy"
    for words in scene_words(brief, visual):
        yield Part(f"{copy}.in_scene", words)
    for place, bound in enumerate(visual.colours):
        yield Part(f"{where}.colours[{place}].on", bound.on)
    for name, lines in (("tone", brief.brand.tone), ("do", brief.brand.do)):
        for place, line in enumerate(lines):
            yield Part(f"brand.{name}[{place}]", line)
    for before, references in (("", brief.references), (f"{where}.", visual.references)):
        for place, reference in enumerate(references):
            yield Part(f"{before}references[{place}]", _name(reference))


def _name(reference: Reference) -> str:
    """The words of a file's name; an asset's id and an address's host have none that mean anything."""
    if reference.image.startswith("asset:"):
        return ""
    path = urlsplit(reference.image).path if "://" in reference.image else reference.image
    return PurePosixPath(path.replace("\\", "/")).stem.replace("_", " ")
