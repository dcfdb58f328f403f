"""Check "duplicate": is this picture, or one that looks like it, already in the catalog under another name?"""

from collections.abc import Sequence

from colophon.checks.profiles import DuplicateRules
from colophon.domain.asset import Asset, Fingerprints
from colophon.domain.finding import Finding, Verdict
from colophon.ports import Candidate, Neighbours

_NAMED = 5  # assets named in the reasons
_SIDE = 8  # both hashes are eight rows of eight bits
_ODD_COLUMNS = 0x5555555555555555


class DuplicateCheck:
    """fail: the same bytes or pixels as an asset that is not family. review: is a rendition of one, looks like one or
    like its mirror image, or is the same picture as another variant of its own visual. Family are the pictures of one
    visual of a campaign. ``score`` is the smallest number of differing phash bits (0 to 64), None: nothing is near."""

    name = "duplicate"
    version = "1"

    def __init__(self, rules: DuplicateRules, neighbours: Neighbours) -> None:
        self._rules = rules
        self._neighbours = neighbours

    def __call__(self, candidate: Candidate) -> Finding:
        asset = candidate.asset
        same = self._same(asset)
        strangers = [other for other in same if not _family(asset, other)]
        twins = [other for other in same if _family(asset, other) and other.variant != asset.variant]
        rendered = [other for other in self._neighbours.rendered_as(asset.sha256) if not _itself(asset, other)]
        near = [] if same or rendered else self._near(asset)
        reasons = [
            *(f"the same picture as asset {other.id} ({_place(other)})" for other in strangers),
            *(f"is a rendition of asset {other.id} ({_place(other)})" for other in rendered),
            *(f"the same picture as variant {other.variant} of its visual, asset {other.id}" for other in twins),
            *(
                f"looks like {how}asset {other.id} ({_place(other)}), {bits} of 64 bits differ"
                for other, bits, how in near
            ),
        ]
        return Finding(
            self.name,
            self.version,
            Verdict.FAIL if strangers else Verdict.REVIEW if reasons else Verdict.PASS,
            score=0.0 if strangers or rendered or twins else min((float(bits) for _, bits, _ in near), default=None),
            reasons=_bounded(reasons),
            parameters=self._rules.model_dump(mode="json"),
        )

    def _same(self, asset: Asset) -> list[Asset]:
        found = [
            *self._neighbours.same_bytes(asset.sha256),
            *self._neighbours.same_pixels(asset.facts.pixels_sha256),
        ]
        return list({other.id: other for other in found if not _itself(asset, other)}.values())

    def _near(self, asset: Asset) -> list[tuple[Asset, int, str]]:
        """The nearest first: (asset, differing phash bits, "" or "the mirror image of ")."""
        prints = asset.facts.fingerprints
        views = [(prints, "")] + ([(mirrored(prints), "the mirror image of ")] if self._rules.mirrored else [])
        found: dict[str, tuple[Asset, int, str]] = {}
        for view, how in views:
            for other, (phash, dhash) in self._neighbours.near(view, self._rules.phash_bits):
                close = phash <= self._rules.phash_bits and dhash <= self._rules.dhash_bits
                if close and not _itself(asset, other) and not _family(asset, other):
                    found.setdefault(other.id, (other, phash, how))
        return sorted(found.values(), key=lambda entry: (entry[1], entry[0].id))


def mirrored(prints: Fingerprints) -> Fingerprints:
    """About the fingerprints of the mirror image, without its pixels.

    Mirroring negates every second column of a cosine transform, so those phash bits flip (all but a few, as the
    median is only close to zero); dhash compares neighbours in a row, so rows reverse and bits flip."""
    phash = int(prints.phash, 16) ^ _ODD_COLUMNS
    rows = (int(prints.dhash, 16) ^ (2**64 - 1)).to_bytes(_SIDE, "big")
    dhash = bytes(int(f"{row:08b}"[::-1], 2) for row in rows)
    return Fingerprints(f"{phash:016x}", dhash.hex())


def _itself(asset: Asset, other: Asset) -> bool:
    """The same record, or what an interrupted run already recorded for the same generation."""
    return other.id == asset.id or (asset.generation is not None and other.generation == asset.generation)


def _family(asset: Asset, other: Asset) -> bool:
    return asset.visual is not None and (asset.campaign, asset.visual) == (other.campaign, other.visual)


def _place(asset: Asset) -> str:
    return f"campaign {asset.campaign}" + (f", visual {asset.visual}" if asset.visual else "")


def _bounded(reasons: Sequence[str]) -> tuple[str, ...]:
    more = len(reasons) - _NAMED
    return (*reasons[:_NAMED], *([f"and {more} more"] if more > 0 else []))
