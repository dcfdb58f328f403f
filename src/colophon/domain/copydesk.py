"""Which words, in which layout and language, a plan lays on which of its files."""

from collections.abc import Iterator
from dataclasses import dataclass

from colophon.domain.brief import Brief, PlacementWish, Visual
from colophon.domain.disclosure import LabelTable, label_for
from colophon.domain.lettering import FontFile, Lettering, Slot, inks_of, language_of
from colophon.domain.placement import Placement
from colophon.domain.template import NONE, LayoutTable, Shape, shape_of


@dataclass(frozen=True, slots=True)
class CopyDesk:
    """The tables by which words and labels are laid on."""

    layouts: LayoutTable
    labels: LabelTable

    def letterings(
        self, brief: Brief, visual: Visual, wish: PlacementWish, placement: Placement
    ) -> Iterator[tuple[str | None, Lettering | None]]:
        """By locale, what is laid on the visual's pictures at one placement; None: nothing. A placement without a
        layout is made once, whatever the locales: its files carry no words that would differ."""
        shape = self._shape(brief, visual, wish, placement)
        by_locale = (visual.copy_ or brief.copy_).by_locale
        for locale, words in by_locale.items():
            texts = tuple((Slot(slot), text) for slot, text in words.laid_on.items()) if shape else ()
            yield (locale if texts else None), self._lettering(brief, visual, placement, shape, locale, texts)
            if not texts:
                return

    def labelled(self, brief: Brief, visual: Visual, wish: PlacementWish, placement: Placement) -> bool:
        """Whether the pictures of one placement get a label laid on, in every language."""
        laid_on = [lettering for _, lettering in self.letterings(brief, visual, wish, placement)]
        return all(lettering is not None and lettering.label is not None for lettering in laid_on)

    def bare(self, brief: Brief, visual: Visual, wish: PlacementWish, placement: Placement) -> bool:
        """Whether a layout was meant for this placement and it has no shape for its size."""
        name = self._name(brief, visual, wish, placement)
        words = (visual.copy_ or brief.copy_).by_locale
        return (
            name != NONE
            and self._shape(brief, visual, wish, placement) is None
            and any(one.laid_on for one in words.values())
        )

    def _name(self, brief: Brief, visual: Visual, wish: PlacementWish, placement: Placement) -> str:
        """The narrowest that names one: the placement in the brief, the visual, the brief, the table."""
        return wish.layout or visual.layout or brief.layout or self.layouts.name_for(placement.key)

    def _shape(self, brief: Brief, visual: Visual, wish: PlacementWish, placement: Placement) -> Shape | None:
        name = self._name(brief, visual, wish, placement)
        template = brief.brand.layouts.get(name) or self.layouts.templates.get(name)
        return shape_of(template, placement.width, placement.height) if template else None

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
        label = label_for(
            brief.markets, placement.key, asked=brief.disclosure.label, language=language, table=self.labels
        )
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
