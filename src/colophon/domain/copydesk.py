"""Which words, in which layout and language, a plan lays on which of its files."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from colophon.domain.brief import Brief, PlacementWish, Visual
from colophon.domain.disclosure import Label, LabelRule, LabelTable, label_for
from colophon.domain.lettering import FontFile, Lettering, Slot, inks_of, language_of
from colophon.domain.placement import Placement, Size
from colophon.domain.template import NONE, LayoutTable, Shape, shape_of


@dataclass(frozen=True, slots=True)
class CopyDesk:
    """The tables by which words and labels are laid on, and the day for which that is decided."""

    layouts: LayoutTable
    labels: LabelTable
    on: date

    def letterings(
        self, brief: Brief, visual: Visual, wish: PlacementWish, placement: Placement, size: Size
    ) -> Iterator[tuple[str | None, Lettering | None]]:
        """By locale, what is laid on the visual's pictures at one placement in one of its sizes; None: nothing. A
        placement without a layout is made once, whatever the locales: its files carry no words that would differ.

        A narrow copy of a responsive set has the layout for its own size, and the placement's where the template has
        none for that: the whole set carries the words or none of it does."""
        shape = self._shape(brief, visual, wish, placement, size)
        by_locale = (visual.copy_ or brief.copy_).by_locale
        for locale, words in by_locale.items():
            texts = tuple((Slot(slot), text) for slot, text in words.laid_on.items()) if shape else ()
            yield (locale if texts else None), self._lettering(brief, visual, placement, shape, locale, texts)
            if not texts:
                return

    def labelled(self, brief: Brief, placement: str, on: date) -> bool:
        """Whether a plan made on a day lays a label on the pictures of one placement, in every language and size."""
        return replace(self, on=on)._label(brief, placement, "en") is not None

    def to_come(self, brief: Brief, placements: Iterable[str]) -> list[LabelRule]:
        """The rules that will ask for a label on one of these placements later, while the pictures may be shown."""
        if brief.disclosure.label:
            return []
        until = brief.rights.valid_until.date() if brief.rights.valid_until else date.max
        now = self._day(brief)
        return [
            rule
            for rule in self.labels.rules
            if now < rule.since <= until and any(rule.asks(brief.markets, key, rule.since) for key in placements)
        ]

    def bare(self, brief: Brief, visual: Visual, wish: PlacementWish, placement: Placement) -> bool:
        """Whether a layout was meant for this placement and it has no shape for its size."""
        name = self._name(brief, visual, wish, placement)
        words = (visual.copy_ or brief.copy_).by_locale
        return (
            name != NONE
            and self._shape(brief, visual, wish, placement, placement.sizes[0]) is None
            and any(one.laid_on for one in words.values())
        )

    def _name(self, brief: Brief, visual: Visual, wish: PlacementWish, placement: Placement) -> str:
        """The narrowest that names one: the placement in the brief, the visual, the brief, the table."""
        return wish.layout or visual.layout or brief.layout or self.layouts.name_for(placement.key)

    def _shape(
        self, brief: Brief, visual: Visual, wish: PlacementWish, placement: Placement, size: Size
    ) -> Shape | None:
        name = self._name(brief, visual, wish, placement)
        template = brief.brand.layouts.get(name) or self.layouts.templates.get(name)
        if template is None or (widest := shape_of(template, placement.width, placement.height)) is None:
            return None
        return shape_of(template, size.width, size.height) or widest

    def _label(self, brief: Brief, placement: str, language: str) -> Label | None:
        return label_for(
            brief.markets,
            placement,
            asked=brief.disclosure.label,
            language=language,
            table=self.labels,
            on=self._day(brief),
        )

    def _day(self, brief: Brief) -> date:
        """Pictures are not shown before an embargo ends: what holds then holds for them."""
        return max(self.on, brief.embargo.date()) if brief.embargo else self.on

    def _lettering(
        self,
        brief: Brief,
        visual: Visual,
        placement: Placement,
        shape: Shape | None,
        locale: str | None,
        texts: tuple[tuple[Slot, str], ...],
    ) -> Lettering | None:
        language = locale or language_of(_said(brief, visual))
        label = self._label(brief, placement.key, language)
        if not texts and label is None:
            return None
        brand = brief.brand
        return Lettering(
            language=language,
            texts=texts,
            shape=shape if texts else None,
            side=visual.copy_space if texts else None,
            inks=inks_of([(colour.hex, colour.role) for colour in brand.palette]),
            fonts=tuple(FontFile(sha256=f.sha256, weight=f.weight) for f in brand.fonts if f.sha256),
            logos=tuple(logo.sha256 for logo in brand.logos if logo.sha256) if texts and shape and shape.logo else (),
            label=label,
        )


def _said(brief: Brief, visual: Visual) -> list[str]:
    return list((visual.copy_ or brief.copy_).laid_on.values())
