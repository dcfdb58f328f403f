"""Check "moderation": what an outside service says of the picture, judged by thresholds that are policy, not code."""

from collections.abc import Mapping

from colophon.checks.limits import worst
from colophon.checks.profiles import ModerationRules
from colophon.domain.finding import Finding, Verdict
from colophon.domain.moderation import Moderated
from colophon.errors import CheckError
from colophon.ports import Candidate, ModerationService


class ModerationCheck:
    """fail or review when a category reaches its threshold, or the service objects. ``score`` is the highest score of a
    category with a threshold (0 to 1). No answer, an odd one, or one without a category the profile asks about is no
    verdict, so the picture waits for a person."""

    name = "moderation"
    version = "1"

    def __init__(self, rules: ModerationRules, service: ModerationService | None) -> None:
        self._rules = rules
        self._service = service

    def __call__(self, candidate: Candidate) -> Finding:
        if self._service is None:
            raise CheckError(
                "the profile requires an outside moderation service and none is set up",
                hint="set COLOPHON_MODERATION__SERVICE, or have a person look",
                reason="no_service",
            )
        told = self._service.judge(candidate.content, candidate.asset.facts.format)
        self._complete(told)
        failures, doubts = self._reached(told.scores, "fail"), self._reached(told.scores, "review")
        flags = [f"{self._service.name} flags the picture"] if told.flagged else []
        verdict = Verdict.FAIL if failures else Verdict.REVIEW if doubts else Verdict.PASS
        return Finding(
            self.name,
            self.version,
            worst(verdict, *(self._rules.flagged for _ in flags)),
            score=max((score for name, score in told.scores.items() if name in self._rules.categories), default=0.0),
            reasons=(*(failures or doubts), *flags),
            parameters={
                "service": self._service.name,
                "model": told.model,
                "request": told.request,
                "scores": dict(sorted(told.scores.items())),
                "not_judged": sorted(told.unseen),
                "service_flagged": told.flagged,
                **self._rules.model_dump(mode="json"),
            },
        )

    def _complete(self, told: Moderated) -> None:
        missing = sorted(name for name in self._rules.categories if name not in told.scores)
        if missing:
            raise CheckError(
                f"{told.model} gave no score of the picture for {', '.join(missing)}, which the profile asks about",
                reason="missing_category",
            )

    def _reached(self, scores: Mapping[str, float], verdict: str) -> list[str]:
        limits = {name: getattr(threshold, verdict) for name, threshold in self._rules.categories.items()}
        return [
            f"{name} {score:.2f} (limit for {verdict}: {limit:g})"
            for name, score in sorted(scores.items())
            if (limit := limits.get(name)) is not None and score >= limit
        ]
