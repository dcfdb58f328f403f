"""When two pictures count as the same picture, by what they look like."""

from collections.abc import Mapping
from dataclasses import dataclass

from colophon.domain.asset import Fingerprints

# Measured in docs/identify.md: re-encoded and scaled copies differ in at most about 10 of the 256 bits, copies that
# lost a tenth of each side mostly in less than 60, and the nearest stranger of a thousand in 50 to 100.
ISCC_BITS = 56
# Where no ISCC is on record (pictures catalogued by 0.1), the two hashes must agree.
HASH_BITS = 7

BITS = {"phash": 64, "dhash": 64, "iscc": 256}


@dataclass(frozen=True, slots=True)
class Likeness:
    """How far a picture's fingerprints are from those of an asset or of a rendition of it (``rendition`` None: of the
    asset's original). ``distances`` are differing bits by algorithm, for those both have; ``iscc`` is that of the
    nearest window."""

    asset: str
    rendition: str | None
    distances: Mapping[str, int]

    @property
    def subject(self) -> str:
        return self.rendition or self.asset

    @property
    def same(self) -> bool:
        """Near enough to be named."""
        if "iscc" in self.distances:
            return self.distances["iscc"] <= ISCC_BITS
        hashes = [self.distances[alg] for alg in ("phash", "dhash") if alg in self.distances]
        return bool(hashes) and max(hashes) <= HASH_BITS

    @property
    def score(self) -> float:
        """The share of bits that agree: 1 for an equal picture, about 0.5 for any two. By the ISCC where both have
        one, else by the hashes."""
        algs = ["iscc"] if "iscc" in self.distances else list(self.distances)
        if not algs:
            return 0.0
        return 1 - sum(self.distances[alg] for alg in algs) / sum(BITS[alg] for alg in algs)


def codes(fingerprints: Fingerprints) -> dict[str, str]:
    """The fingerprints of a whole picture by algorithm."""
    found = {"phash": fingerprints.phash, "dhash": fingerprints.dhash}
    return found | ({"iscc": fingerprints.iscc} if fingerprints.iscc else {})
