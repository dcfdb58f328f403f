"""A picture that shows what a finding says, for those who may see all that is on it."""

from colophon.domain.finding import Evidence
from colophon.errors import NotFound
from colophon.ports import Reviews
from colophon.services.discretion import Discretion


def evidence_of(asset: str, digest: str, *, discretion: Discretion, reviews: Reviews) -> Evidence:
    """Of any round of checks of this asset. Raises `NotFound`, also for one that shows a picture they may not see."""
    pictures = (found.evidence for each in reviews.rounds(asset) for found in each.findings if found.evidence)
    one = next((picture for picture in pictures if picture.sha256 == digest), None)
    plain = one is not None and one.media_type.startswith("image/") and "svg" not in one.media_type
    if one is None or not plain or discretion.shows_hidden(one.shows):
        raise NotFound("there is no such evidence", where=digest[:80])
    return one
