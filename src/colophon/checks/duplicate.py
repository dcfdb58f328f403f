"""Check "duplicate": is this picture, or one that looks like it, already in the catalog under another name?"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice

from colophon.checks.profiles import DuplicateRules, Placed
from colophon.domain.asset import Asset, Fingerprints
from colophon.domain.finding import Finding, Verdict
from colophon.domain.sketch import Beside
from colophon.ports import Candidate, Neighbours

_NAMED = 5  # assets named in the reasons
_LOOKED_AT = 200  # pictures of one kind counted; of a crowd of blank ones nobody reads more
_SIDE = 8  # both hashes are eight rows of eight bits
_ODD_COLUMNS = 0x5555555555555555
_WORST = (Verdict.FAIL, Verdict.UNKNOWN, Verdict.REVIEW)


@dataclass(frozen=True, slots=True)
class _Hit:
    """What another picture means for this one; ``bits``: how many of the phash differ."""

    verdict: Verdict
    reason: str
    bits: int = 0
    other: Asset | None = None
    mirrored: bool = False


class DuplicateCheck:
    """Compares with all assets on record, the candidate's own aside: the same bytes or pixels, a rendition of one, or,
    where there is none of these, a look that is near or near when mirrored. The profile's rules say what each means
    by where the other picture belongs. ``score`` is the smallest number of differing phash bits (0 to 64), None: there
    is nothing the rules mind."""

    name = "duplicate"
    version = "2"

    def __init__(self, rules: DuplicateRules, neighbours: Neighbours) -> None:
        self._rules = rules
        self._neighbours = neighbours

    def __call__(self, candidate: Candidate) -> Finding:
        asset = candidate.asset
        same, rendered = self._same(asset), self._rendered(asset)
        found = [*(self._same_hit(asset, other) for other in same), *(self._rendered_hit(other) for other in rendered)]
        hits = [hit for hit in found if hit.verdict is not Verdict.PASS]
        hits.sort(key=lambda hit: _WORST.index(hit.verdict))
        if not found:
            hits = self._near(asset)
        verdicts = {hit.verdict for hit in hits}
        return Finding(
            self.name,
            self.version,
            next((verdict for verdict in _WORST if verdict in verdicts), Verdict.PASS),
            score=min((float(hit.bits) for hit in hits), default=None),
            reasons=_bounded([hit.reason for hit in hits]),
            parameters=self._rules.model_dump(mode="json"),
            sketch=_beside(hits),
        )

    def _same(self, asset: Asset) -> list[Asset]:
        ports = self._neighbours
        digests = chain(ports.same_bytes(asset.sha256), ports.same_pixels(asset.facts.pixels_sha256))
        found: dict[str, Asset] = {}
        for other in digests:
            if not _itself(asset, other):
                found[other.id] = other
            if len(found) == _LOOKED_AT:
                break
        return list(found.values())

    def _same_hit(self, asset: Asset, other: Asset) -> _Hit:
        if not _family(asset, other):
            return _Hit(
                _verdict(self._rules.same, asset, other), f"the same picture as asset {_named(other)}", other=other
            )
        if other.variant == asset.variant:  # made again for the same place
            return _Hit(Verdict.PASS, "")
        reason = f"the same picture as variant {other.variant} of its visual, asset {other.id}"
        return _Hit(self._rules.same.same_visual, reason, other=other)

    def _rendered(self, asset: Asset) -> list[Asset]:
        found = (other for other in self._neighbours.rendered_as(asset.sha256) if not _itself(asset, other))
        return list(islice(found, _LOOKED_AT))

    def _rendered_hit(self, other: Asset) -> _Hit:
        return _Hit(self._rules.rendition, f"is a rendition of asset {_named(other)}", other=other)

    def _near(self, asset: Asset) -> list[_Hit]:
        """The nearest first."""
        prints = asset.facts.fingerprints
        hits = self._looks_like(asset, prints, "")
        if self._rules.mirrored:
            hits |= self._looks_like(asset, mirrored(prints), "the mirror image of ") | hits
        return sorted(hits.values(), key=lambda hit: hit.bits)

    def _looks_like(self, asset: Asset, prints: Fingerprints, how: str) -> dict[str, _Hit]:
        near = (
            (other, _verdict(self._rules.near, asset, other), phash)
            for other, (phash, _) in self._neighbours.near(prints, (self._rules.phash_bits, self._rules.dhash_bits))
            if not _itself(asset, other)
        )
        minded = ((other, verdict, bits) for other, verdict, bits in near if verdict is not Verdict.PASS)
        return {
            other.id: _Hit(
                verdict, f"looks like {how}asset {_named(other)}, {bits} of 64 bits differ", bits, other, bool(how)
            )
            for other, verdict, bits in islice(minded, _LOOKED_AT)
        }


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


def _verdict(rules: Placed, asset: Asset, other: Asset) -> Verdict:
    if _family(asset, other):
        return rules.same_visual
    return rules.same_campaign if asset.campaign == other.campaign else rules.elsewhere


def _named(asset: Asset) -> str:
    visual = f", visual {asset.visual}" if asset.visual else ""
    return f"{asset.id} (campaign {asset.campaign}{visual})"


def _beside(hits: Sequence[_Hit]) -> Beside | None:
    """The first of them, which is the worst or the nearest, beside this one."""
    first = next((hit for hit in hits if hit.other is not None), None)
    if first is None or first.other is None:
        return None
    shows = f"this picture beside asset {_named(first.other)}{', mirrored' if first.mirrored else ''}"
    return Beside(shows, first.other.sha256, first.mirrored)


def _bounded(reasons: Sequence[str]) -> tuple[str, ...]:
    more = len(reasons) - _NAMED
    count = f"{more} more" if len(reasons) < _LOOKED_AT else f"at least {more} more"
    return (*reasons[:_NAMED], *([f"and {count}"] if more > 0 else []))
