"""Whether a signed file may stand for the original it was made of, by what was known of that original."""

from colophon.domain.provenance import Provenance, ProvenanceState

_UNSIGNED = ("policy.parent-unsigned", "ingredient.manifest.inaccessible", "manifest.inaccessible")


def acceptable(verdict: Provenance, original: Provenance) -> bool:
    """A rendition counts when it is trusted, its manifest is a child of its original's, and its chain has no problem
    that the original did not already have when people or policy decided about it."""
    if verdict.state is not ProvenanceState.TRUSTED or not _descends(verdict, original):
        return False
    known = _known_problems(original)
    unread = original.state is ProvenanceState.ERROR  # whatever is wrong inside, people decided without knowing it
    return all(p in known or (unread and p.startswith("ingredient.")) for p in verdict.problems)


def _known_problems(original: Provenance) -> set[str]:
    """What a child's verdict says of an original's problems: as they are, or as an ingredient's; and that an original
    without manifest is unsigned."""
    marked = {f"ingredient.{code}" for code in original.problems}
    bare = original.state in (ProvenanceState.NONE, ProvenanceState.ERROR)
    return {*original.problems, *marked, *(_UNSIGNED if bare else ())}


def _descends(verdict: Provenance, original: Provenance) -> bool:
    """A trusted signature over a file that lost its history would look as good."""
    if not original.chain:
        return True
    return len(verdict.chain) > 1 and verdict.chain[1].label == original.chain[0].label
