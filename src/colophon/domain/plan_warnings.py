"""What a plan tells before anything is bought: it can be made as it is, and may not be what was meant."""

from collections.abc import Iterator, Sequence

from colophon.domain.brief import Brief, PlacementWish, Visual
from colophon.domain.copydesk import CopyDesk
from colophon.domain.placement import Placement
from colophon.domain.prompt_parts import Part, held
from colophon.domain.prompt_screen import Mention
from colophon.domain.rendition import PlannedRendition


def of_cuts(visual: Visual, renditions: Sequence[PlannedRendition], crop_loss: float) -> Iterator[str]:
    """Placements that lose more of their master than ``crop_loss``, and those without room for a manifest."""
    for key, file in {r.placement: r for r in renditions if r.cut > crop_loss}.items():
        yield f"{visual.id}: {key} cuts away {file.cut:.0%} of its master"
    for key, file in {r.placement: r for r in renditions if r.manifest == "detached"}.items():
        yield f"{visual.id}: {key} has no room for a manifest in {file.max_bytes} bytes; it travels beside the file"


def of_words(
    brief: Brief,
    visual: Visual,
    wishes: Sequence[PlacementWish],
    placements: Sequence[Placement],
    desk: CopyDesk,
) -> Iterator[str]:
    """Placements whose layout has no shape for them, which are made without the words; and rules that will ask for a
    label later, which files made now do not carry. ``placements`` are those of ``wishes``, in their order."""
    pairs = list(zip(wishes, placements, strict=True))
    if bare := [place.key for wish, place in pairs if desk.bare(brief, visual, wish, place)]:
        yield f"{visual.id}: {', '.join(bare)} have no room for words; they are made without"
    for rule in desk.to_come(brief, [place.key for place in placements]):
        yield f"from {rule.since} on {rule}; run the campaign again then, or set disclosure.label"


def of_mentions(visual: Visual, found: Sequence[tuple[Part, Mention]]) -> Iterator[str]:
    """Terms of lists for which pictures are held."""
    for part, mention in held(found):
        yield f"{visual.id}: its pictures will wait for a person: {part.path} says {mention}"
