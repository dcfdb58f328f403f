"""What a brief asks of the look of one picture, for checks to compare it with."""

from collections.abc import Sequence
from dataclasses import dataclass

from colophon.domain.brand import Colour
from colophon.domain.brief import Brief, CopySpace, Visual
from colophon.domain.crop import Target
from colophon.domain.disclosure import LabelRule
from colophon.domain.donts import DontRule, left_to_check
from colophon.domain.prompt import copy_side, scene_words
from colophon.domain.prompt_parts import Part
from colophon.domain.subject import Spot

_NO_TEXT = "text: none read"
_NO_PEOPLE = "people: none counted"


@dataclass(frozen=True, slots=True)
class Asked:
    """``palette`` are the brand's colours; empty: it names none. ``wanted`` phrases were ordered of the model,
    ``allowed`` ones are the brand's name and copy, ``forbidden`` its banned concepts. ``no_text``: one of its "don'ts"
    leaves no room for words that are neither wanted nor allowed; ``no_people``: one forbids people. ``said`` is what
    was said to the model. ``copy_side`` is the side whose third carries copy, None: nothing is laid on; ``places`` are
    the placements it is cut for, by name, ``focus`` the brief's focal point. ``unlabelled`` are rules of its markets
    that may ask for a label the brief does not ask for. ``logos`` are the brand's logo files, as name and digest."""

    palette: tuple[Colour, ...] = ()
    wanted: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    no_text: bool = False
    no_people: bool = False
    said: tuple[Part, ...] = ()
    copy_side: CopySpace | None = None
    places: tuple[tuple[str, Target], ...] = ()
    focus: Spot | None = None
    unlabelled: tuple[LabelRule, ...] = ()
    logos: tuple[tuple[str, str], ...] = ()

    @property
    def words_matter(self) -> bool:
        return bool(self.wanted or self.forbidden or self.no_text)


def asked_of(
    brief: Brief,
    visual: Visual,
    rules: Sequence[DontRule],
    *,
    size: tuple[int, int] | None = None,
    said: tuple[Part, ...] = (),
    places: tuple[tuple[str, Target], ...] = (),
    disclosures: tuple[LabelRule, ...] = (),
) -> Asked:
    """``size`` is that of the picture ordered; ``disclosures`` are the rules of the brief's
    markets that may ask for a label which not every file gets."""
    left = left_to_check(brief, visual, rules)
    copy = visual.copy_ or brief.copy_
    lines = (copy.headline, copy.subline, copy.call_to_action, copy.legal, *copy.in_scene)
    return Asked(
        palette=brief.brand.palette,
        wanted=scene_words(brief, visual),
        allowed=(brief.brand.name, *(line for line in lines if line)),
        forbidden=brief.brand.banned_concepts,
        no_text=_NO_TEXT in left,
        no_people=_NO_PEOPLE in left,
        said=said,
        copy_side=copy_side(brief, visual, *size) if size else None,
        places=places,
        focus=visual.focus.spot if visual.focus else None,
        unlabelled=() if brief.disclosure.label else disclosures,
        logos=tuple((logo.name, logo.sha256) for logo in brief.brand.logos if logo.sha256 is not None),
    )
