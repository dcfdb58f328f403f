"""Check "picture": the size and format that were ordered, something on it, in focus and well exposed."""

from colophon.checks.limits import worst
from colophon.checks.profiles import PictureRules
from colophon.domain.finding import Finding, Verdict
from colophon.domain.sketch import Tiles
from colophon.ports import Candidate


class PictureCheck:
    """fail: another size than ordered, or blank. review: another format than ordered, or a colour profile that cannot
    be read. Size and format are judged only where a size was ordered. As the limits say: blurred, too dark,
    overexposed, or too much pure black or white. ``score`` is the deviation of grey levels (0 to 127.5)."""

    name = "picture"
    version = "3"

    def __init__(self, rules: PictureRules) -> None:
        self._rules = rules

    def __call__(self, candidate: Candidate) -> Finding:
        failures = [*self._wrong_size(candidate), *self._blank(candidate)]
        doubts = [*self._wrong_format(candidate), *self._broken_profile(candidate)]
        found = self._poorly_made(candidate)
        verdict = Verdict.FAIL if failures else Verdict.REVIEW if doubts else Verdict.PASS
        return Finding(
            self.name,
            self.version,
            worst(verdict, *found.values()),
            score=candidate.asset.facts.deviation,
            reasons=(*failures, *doubts, *found),
            parameters=self._rules.model_dump(mode="json"),
            sketch=self._tiles() if any("in focus" in words for words in found) else None,
        )

    def _tiles(self) -> Tiles | None:
        limit = self._rules.sharpness.review or self._rules.sharpness.fail
        return Tiles("how sharp each part is: red is not in focus", limit) if limit else None

    @staticmethod
    def _wrong_size(candidate: Candidate) -> list[str]:
        ordered, facts = candidate.ordered_size, candidate.asset.facts
        if ordered is None or ordered == (facts.width, facts.height):
            return []
        width, height = ordered
        shape = "the same shape" if width * facts.height == height * facts.width else "another shape"
        return [f"{width} x {height} was ordered, this is {facts.width} x {facts.height} ({shape})"]

    def _blank(self, candidate: Candidate) -> list[str]:
        deviation = candidate.asset.facts.deviation
        if deviation >= self._rules.blank_deviation:
            return []
        return [f"the picture is blank: its grey levels deviate by {deviation:.2f}"]

    def _poorly_made(self, candidate: Candidate) -> dict[str, Verdict]:
        """What is wrong with focus and exposure, with the verdict on each. A blank picture has neither."""
        facts, rules = candidate.asset.facts, self._rules
        measures = facts.measures
        if measures is None or facts.deviation < rules.blank_deviation:
            return {}
        judged = {
            f"nothing in it is in focus: a sharpness of {measures.sharpness:.1f}": rules.sharpness.verdict(
                measures.sharpness
            ),
            f"it is dark: 99% of the area is under grey level {measures.brightest:.0f} of 255": rules.brightest.verdict(
                measures.brightest
            ),
            f"{measures.shadows:.0%} of the area is black without detail": rules.shadows.verdict(measures.shadows),
            f"{measures.highlights:.0%} of the area is white without detail": rules.highlights.verdict(
                measures.highlights
            ),
            f"it is overexposed: {measures.blown:.0%} of what is no flat ground has lost its shading or hue in the "
            "lights": rules.blown.verdict(measures.blown),
        }
        return {words: verdict for words, verdict in judged.items() if verdict is not Verdict.PASS}

    @staticmethod
    def _broken_profile(candidate: Candidate) -> list[str]:
        measures = candidate.asset.facts.measures
        if measures is None or not measures.profile_broken:
            return []
        return ["its colour profile cannot be read: its colours were taken for sRGB and may be others"]

    def _wrong_format(self, candidate: Candidate) -> list[str]:
        found = candidate.asset.facts.format
        if candidate.ordered_size is None or found in self._rules.formats:
            return []
        return [f"{' or '.join(self._rules.formats)} was ordered, this is {found}"]
