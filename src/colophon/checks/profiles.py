"""Check profiles: the thresholds of every check as data, one named profile per brand policy."""

import tomllib
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from colophon.checks.limits import AtLeast, AtMost
from colophon.domain.finding import Verdict
from colophon.domain.placement import PictureFormat
from colophon.domain.prompt_list import ListRules, ListVerdict
from colophon.domain.provenance import TRAINED_ALGORITHMIC_MEDIA, ProvenanceState
from colophon.errors import InvalidInput, Problem

# The catalog finds near pictures of up to 11 differing bits; see catalog/neighbours.py.
Bits = Annotated[int, Field(ge=0, le=11, strict=True)]
Score = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PictureRules(_Rules):
    """``blank_deviation``: grey-level deviation (0 to 127.5) below which a picture counts as blank. The limits are on
    what `colophon.domain.measures.Measures` says."""

    blank_deviation: Annotated[float, Field(ge=0, le=127.5, allow_inf_nan=False)] = 2.0
    formats: tuple[PictureFormat, ...] = (PictureFormat.PNG,)
    sharpness: AtLeast = AtLeast(review=4.0)
    brightest: AtLeast = AtLeast(review=96.0)
    shadows: AtMost = AtMost(review=0.5)
    highlights: AtMost = AtMost(review=0.9)
    blown: AtMost = AtMost(review=0.06)


class Placed(_Rules):
    """The verdict on a picture for another one, by where that belongs: to the same visual of the campaign, to another
    visual of it, to another campaign or to none."""

    same_visual: Verdict
    same_campaign: Verdict
    elsewhere: Verdict


class DuplicateRules(_Rules):
    """Differing bits of 64 up to which both fingerprints together mean a near copy, and what it means: ``same`` for
    equal bytes or pixels (of another variant, in the same visual), ``rendition`` for a file that was made of an asset,
    ``near`` for a near copy. Pictures of one visual are meant to look alike; what passes is not looked for."""

    phash_bits: Bits = 10
    dhash_bits: Bits = 10
    mirrored: bool = True
    same: Placed = Placed(same_visual=Verdict.REVIEW, same_campaign=Verdict.FAIL, elsewhere=Verdict.FAIL)
    rendition: Verdict = Verdict.REVIEW
    near: Placed = Placed(same_visual=Verdict.PASS, same_campaign=Verdict.REVIEW, elsewhere=Verdict.REVIEW)


class ProvenanceRules(_Rules):
    """The verdict for each state of a picture's provenance, and the source type a generated picture must state."""

    trusted: Verdict = Verdict.PASS
    valid: Verdict = Verdict.REVIEW
    none: Verdict = Verdict.REVIEW
    invalid: Verdict = Verdict.FAIL
    error: Verdict = Verdict.REVIEW
    source_type: str = TRAINED_ALGORITHMIC_MEDIA

    def verdict(self, state: ProvenanceState) -> Verdict:
        verdict: Verdict = getattr(self, state.value)
        return verdict


class Threshold(_Rules):
    """Scores from which on a class asks for a person, or refuses. None: it never does."""

    review: Score | None = None
    fail: Score | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.review is None and self.fail is None:
            raise ValueError("a class needs review, fail or both")
        if self.review is not None and self.fail is not None and self.review > self.fail:
            raise ValueError("review may not be above fail")
        return self


class SafetyRules(_Rules):
    """Thresholds per detector class; ``noted`` classes are written down and judge nothing."""

    classes: dict[str, Threshold] = {}
    noted: tuple[str, ...] = ()


class PaletteRules(_Rules):
    """Limits on the shares (0 to 1) of the area that are in ``foreign`` colours and in the ``brand``'s.

    Foreign is what differs by ``foreign_delta_e`` (CIEDE2000) or more from every brand colour, a difference of
    lightness divided by ``lightness_factor`` (the formula's k_L), and has a chroma of ``neutral_chroma`` or more.
    Foreign colours under ``smallest_share`` are counted, not named."""

    foreign: AtMost = AtMost(review=0.15)
    brand: AtLeast = AtLeast()
    foreign_delta_e: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] = 18.0
    lightness_factor: Annotated[float, Field(ge=1, le=10, allow_inf_nan=False)] = 3.0
    neutral_chroma: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] = 8.0
    smallest_share: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.01


class WordRules(_Rules):
    """The verdict for each kind of fault in what is written in a picture. Lines the reader is less sure of than
    ``confidence`` (0 to 1) are not looked at. Lines under ``small_height``, a share of the picture's shorter side, are
    read for wanted and banned words; what else is wrong with them is noted. Text where none may be is judged from
    ``letters`` on."""

    missing: Verdict = Verdict.REVIEW
    misspelt: Verdict = Verdict.REVIEW
    forbidden: Verdict = Verdict.REVIEW
    stray: Verdict = Verdict.REVIEW
    confidence: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.8
    letters: Annotated[int, Field(ge=1, le=100, strict=True)] = 3
    small_height: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.055


class PromptRules(_Rules):
    """Which lists of terms apply, by name (None: all there are), and verdicts that replace a category's own."""

    lists: Annotated[tuple[str, ...], Field(max_length=100)] | None = None
    verdicts: dict[str, ListVerdict] = {}

    @property
    def value(self) -> ListRules:
        return ListRules(self.lists, self.verdicts)


class PeopleRules(_Rules):
    """Scores (0 to 1) from which on a ``face`` is a person and another part of a ``body`` is one; from ``doubt`` on
    what may be a face is no longer nobody. The verdicts on a picture with people: ``found`` at all, ``unwanted`` by its
    brief, ``undisclosed`` where a market's rule may ask for a label and the brief does not."""

    face: Score = 0.35
    body: Score = 0.5
    doubt: Score = 0.25
    found: Verdict = Verdict.PASS
    unwanted: Verdict = Verdict.REVIEW
    undisclosed: Verdict = Verdict.REVIEW

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.doubt > self.face:
            raise ValueError("doubt may not be above face")
        return self


class SpaceRules(_Rules):
    """A cell of the picture is busy from a change of ``busy`` grey levels a pixel on, `colophon.domain.measures` says
    how that is measured; ``share`` limits how much of an area that carries copy may be busy (0 to 1)."""

    busy: Annotated[float, Field(gt=0, le=255, allow_inf_nan=False)] = 3.0
    share: AtMost = AtMost(review=0.3)


class LogoRules(_Rules):
    """The verdict on a picture that itself shows one of the brand's logo files, ``copied`` or near to it and
    ``distorted``. ``seen`` is the likeness (0 to 1) from which on it is there; under ``true``, or more than ``stretch``
    times too wide or too high, it is distorted."""

    copied: Verdict = Verdict.REVIEW
    distorted: Verdict = Verdict.REVIEW
    seen: Score = 0.57
    true: Score = 0.76
    stretch: Annotated[float, Field(ge=1, le=10, allow_inf_nan=False)] = 1.14

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.seen > self.true:
            raise ValueError("seen may not be above true")
        return self


class ModerationRules(_Rules):
    """Thresholds for categories of an outside service. Each must be in its answer, or there is no verdict. ``flagged``
    is the verdict where the service itself flags the picture. ``required``: without a service there is no verdict,
    instead of no check."""

    required: bool = False
    flagged: Verdict = Verdict.REVIEW
    categories: dict[str, Threshold] = {}


class CheckProfile(_Rules):
    version: str = "1"
    picture: PictureRules = PictureRules()
    duplicate: DuplicateRules = DuplicateRules()
    provenance: ProvenanceRules = ProvenanceRules()
    safety: SafetyRules = SafetyRules()
    palette: PaletteRules = PaletteRules()
    words: WordRules = WordRules()
    prompt: PromptRules = PromptRules()
    people: PeopleRules = PeopleRules()
    space: SpaceRules = SpaceRules()
    logo: LogoRules = LogoRules()
    moderation: ModerationRules = ModerationRules()


def parse_profiles(text: str, *, file: str = "checks.toml") -> dict[str, CheckProfile]:
    """The profiles by name. Raises `InvalidInput` with every problem; there must be one called "default"."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput.of([Problem("bad_toml", str(error), file=file)]) from error
    profiles: dict[str, CheckProfile] = {}
    problems: list[Problem] = []
    for name, table in tables.items():
        try:
            profiles[name] = CheckProfile.model_validate(table)
        except ValidationError as error:
            problems += [_problem(file, name, dict(detail)) for detail in error.errors(include_url=False)]
    if "default" not in tables:
        problems.append(Problem("no_default", 'there is no profile "default"', file=file))
    if problems:
        raise InvalidInput.of(problems)
    return profiles


def _problem(file: str, name: str, detail: dict[str, object]) -> Problem:
    place = detail["loc"]
    path = ".".join(str(part) for part in (name, *(place if isinstance(place, tuple) else ())))
    return Problem("bad_profile", str(detail["msg"]), file=file, path=path, found=repr(detail.get("input"))[:80])
