"""Check "picture": the size that was ordered, something on it, and the format that was ordered."""

from colophon.checks.profiles import PictureRules
from colophon.domain.finding import Finding, Verdict
from colophon.ports import Candidate


class PictureCheck:
    """fail: another size than ordered, or blank. review: another format than ordered. Size and format are judged only
    where a size was ordered. ``score`` is the deviation of grey levels (0 to 127.5)."""

    name = "picture"
    version = "1"

    def __init__(self, rules: PictureRules) -> None:
        self._rules = rules

    def __call__(self, candidate: Candidate) -> Finding:
        failures = [*self._wrong_size(candidate), *self._blank(candidate)]
        doubts = self._wrong_format(candidate)
        verdict = Verdict.FAIL if failures else Verdict.REVIEW if doubts else Verdict.PASS
        return Finding(
            self.name,
            self.version,
            verdict,
            score=candidate.asset.facts.deviation,
            reasons=(*failures, *doubts),
            parameters=self._rules.model_dump(mode="json"),
        )

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

    def _wrong_format(self, candidate: Candidate) -> list[str]:
        found = candidate.asset.facts.format
        if candidate.ordered_size is None or found in self._rules.formats:
            return []
        return [f"{' or '.join(self._rules.formats)} was ordered, this is {found}"]
