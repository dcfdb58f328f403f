"""What is said of a rendition that is not made."""

from collections.abc import Sequence

from colophon.domain.asset import Asset
from colophon.domain.crop import enlargement
from colophon.domain.recipe import crop_of
from colophon.domain.rendition import PlannedRendition
from colophon.errors import PictureError, Problem

_REMEDIES = {
    "missing_glyphs": "write the words without these characters, or give the brand a font that has them",
    "does_not_fit": "write less, or give this placement another layout, or none",
    "font": "give the brand another font file",
}


def not_made(problems: Sequence[PictureError], asset: str) -> PictureError:
    """All that was wrong as one error; one alone is told as it is."""
    if len(problems) == 1:
        return problems[0]
    first = problems[0]
    listed = [Problem(problem.reason or problem.code, problem.message, path=asset) for problem in problems]
    more = f"; and {len(problems) - 1} more files were not made"
    return PictureError(first.message + more, reason=first.reason, where=asset, hint=first.hint, problems=listed)


def wordless(asset: Asset, planned: PlannedRendition, problem: PictureError) -> PictureError:
    """A file without the words it was to carry would be half an advertisement: it is not made."""
    locale = f" in {planned.locale}" if planned.locale else ""
    return PictureError(
        f"{planned.placement} of {planned.visual}{locale} is not made: {problem.message}",
        reason=f"copy.{problem.reason}",
        where=asset.id,
        hint=_REMEDIES.get(problem.reason, ""),
    )


def enlarged(asset: Asset, planned: PlannedRendition, limit: float) -> PictureError | None:
    """What is wrong with a file that would need more pixels made up than the limit allows."""
    crop = crop_of(asset, planned)
    needed = enlargement(crop, planned.width, planned.height)
    if needed <= limit:
        return None
    return PictureError(
        f"{planned.placement} is {planned.width}x{planned.height} and its crop of {asset.id} only "
        f"{crop.width}x{crop.height}: {needed:.2f} times as many pixels a side; at most {limit:g} are allowed",
        reason="enlarged",
        where=asset.id,
        hint="order a larger picture, or raise COLOPHON_CROP_ENLARGE",
    )
