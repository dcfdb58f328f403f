"""What a brief asks of the look of one picture, for checks to compare it with."""

from dataclasses import dataclass

from colophon.domain.brief import Brief, Colour, Visual


@dataclass(frozen=True, slots=True)
class Asked:
    """``palette`` are the brand's colours; empty: it names none."""

    palette: tuple[Colour, ...] = ()


def asked_of(brief: Brief, visual: Visual) -> Asked:
    return Asked(palette=brief.brand.palette)
