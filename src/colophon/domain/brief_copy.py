"""Words that go with a picture: laid on it, and read out in its place."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from colophon.domain.brief_fields import Language, Line, Part, Text, plain


class BoundColour(Part):
    """A palette colour tied to one object: models keep colours that belong to something."""

    colour: Line
    on: Line


class CopyWords(Part):
    """The words of one language."""

    headline: Line | None = None
    subline: Line | None = None
    call_to_action: Line | None = None
    legal: Text | None = None

    @property
    def laid_on(self) -> dict[str, str]:
        """What there is, by the name of its slot."""
        return {slot: words for slot in LAID_ON if (words := getattr(self, slot))}


LAID_ON = ("headline", "subline", "call_to_action", "legal")


class Copy(CopyWords):
    """Words for the layout. They are laid on after generation; only ``in_scene`` is asked of the model. ``language`` is
    theirs; ``locales`` are the same words in other languages, for which each file is made as well."""

    in_scene: Annotated[tuple[Line, ...], Field(max_length=3)] = ()
    language: Language | None = None
    locales: Annotated[dict[Language, CopyWords], Field(max_length=40)] = Field(default={})

    @property
    def by_locale(self) -> dict[str | None, CopyWords]:
        """The words of each locale, the brief's own first, under None where they name no language."""
        own: dict[str | None, CopyWords] = {self.language: self} if self.laid_on or not self.locales else {}
        return own | dict(self.locales)

    @model_validator(mode="after")
    def _locales_say_as_much(self) -> Self:
        if self.language in self.locales:
            raise ValueError(f"the words in {self.language} are given twice")
        for language, words in self.locales.items():
            if not words.laid_on:
                raise ValueError(f"locale {language} has no words")
            if missing := self.laid_on.keys() - words.laid_on.keys():
                raise ValueError(f"locale {language} lacks {', '.join(sorted(missing))}")
        return self


AltText = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(plain)]


class Alt(Part):
    """What the visual's pictures show, for those who do not see them: ``text`` in the brief's own language, and the
    same in others. It goes with what is published, never to the vendor and not into the files."""

    text: AltText | None = None
    locales: Annotated[dict[Language, AltText], Field(max_length=40)] = Field(default={})

    def in_locale(self, locale: str | None) -> str:
        """The nearest there is: of the locale, of its language, the brief's own; without any, empty."""
        own = (locale, locale.partition("-")[0]) if locale else ()
        return next((self.locales[each] for each in own if each in self.locales), self.text or "")
