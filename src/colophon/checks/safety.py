"""Check "safety": classes a detector found in the picture, judged by thresholds that are policy, not code."""

from collections.abc import Mapping, Sequence

from colophon.checks.profiles import SafetyRules
from colophon.domain.detection import Detection, highest
from colophon.domain.finding import Finding, Verdict
from colophon.domain.sketch import Patch, Patches
from colophon.errors import CheckError
from colophon.ports import Candidate, SafetyEngine


class SafetyCheck:
    """fail or review when a class reaches its threshold. ``score`` is the highest score of a class that has a
    threshold (0 to 1). A detector finds what it was trained on: a pass says that it found nothing, no more."""

    name = "safety"
    version = "1"

    def __init__(self, rules: SafetyRules, engine: SafetyEngine | None) -> None:
        self._rules = rules
        self._engine = engine

    def __call__(self, candidate: Candidate) -> Finding:
        if self._engine is None:
            raise CheckError(
                "no safety engine is installed, so nothing was looked for",
                hint="install the extra colophon[safety], or have a person look",
                reason="no_engine",
            )
        found = self._engine.detect(candidate.content)
        scores = highest(found)
        failures, doubts = self._reached(scores, "fail"), self._reached(scores, "review")
        judged = [score for name, score in scores.items() if name in self._rules.classes]
        verdict = Verdict.FAIL if failures else Verdict.REVIEW if doubts else Verdict.PASS
        return Finding(
            self.name,
            self.version,
            verdict,
            score=max(judged, default=0.0),
            reasons=(*(failures or doubts), *self._notes(scores)),
            parameters={"engine": f"{self._engine.name} {self._engine.version}", **self._rules.model_dump(mode="json")},
            sketch=None if verdict is Verdict.PASS else self._places(found),
        )

    def _places(self, found: Sequence[Detection]) -> Patches | None:
        """Where it was found, what is there blurred: who reviews must know what it is about, not look at it."""
        limits = {name: threshold.review or threshold.fail or 1.0 for name, threshold in self._rules.classes.items()}
        patches = tuple(
            Patch(*one.box, f"{one.kind.lower().replace('_', ' ')} {one.score:.2f}", blurred=True)
            for one in found
            if one.score >= limits.get(one.kind, 2.0)
        )
        return Patches("where the detector found something, blurred", patches) if patches else None

    def _reached(self, scores: Mapping[str, float], verdict: str) -> list[str]:
        limits = {name: getattr(threshold, verdict) for name, threshold in self._rules.classes.items()}
        return [
            f"{name} {score:.2f} (limit for {verdict}: {limit:g})"
            for name, score in sorted(scores.items())
            if (limit := limits.get(name)) is not None and score >= limit
        ]

    def _notes(self, scores: Mapping[str, float]) -> list[str]:
        return [f"noted: {name} {score:.2f}" for name, score in sorted(scores.items()) if name in self._rules.noted]
