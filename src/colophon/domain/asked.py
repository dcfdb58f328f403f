"""What a brief asks of the look of one picture, for checks to compare it with."""

from collections.abc import Sequence
from dataclasses import dataclass

from colophon.domain.brief import Brief, Colour, Visual
from colophon.domain.prompt import DontRule, left_to_check, scene_words

_NO_TEXT = "text: none read"


@dataclass(frozen=True, slots=True)
class Asked:
    """``palette`` are the brand's colours; empty: it names none. ``wanted`` phrases were ordered of the model,
    ``allowed`` ones are the brand's name and copy, ``forbidden`` its banned concepts. ``no_text``: one of its "don'ts"
    leaves no room for words that are neither wanted nor allowed."""

    palette: tuple[Colour, ...] = ()
    wanted: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    no_text: bool = False

    @property
    def words_matter(self) -> bool:
        return bool(self.wanted or self.forbidden or self.no_text)


def asked_of(brief: Brief, visual: Visual, rules: Sequence[DontRule]) -> Asked:
    copy = visual.copy_ or brief.copy_
    lines = (copy.headline, copy.subline, copy.call_to_action, copy.legal, *copy.in_scene)
    return Asked(
        palette=brief.brand.palette,
        wanted=scene_words(brief, visual),
        allowed=(brief.brand.name, *(line for line in lines if line)),
        forbidden=brief.brand.banned_concepts,
        no_text=_NO_TEXT in left_to_check(brief, visual, rules),
    )
