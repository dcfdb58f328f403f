"""Check "logo": whether the model drew the brand's logo, which is laid on afterwards and never drawn."""

from colophon.checks.limits import worst
from colophon.checks.profiles import LogoRules
from colophon.domain.finding import Finding, Verdict
from colophon.domain.logo_sight import LogoSight
from colophon.domain.sketch import Patch, Patches
from colophon.errors import CheckError
from colophon.ports import Candidate, LogoFinder


class LogoCheck:
    """As the profile says for each: a copy of one of the brand's logo files is in the picture, or something near to one
    that is distorted. Where both pass nothing is looked for. ``score`` is the highest likeness (0 to 1). A pass says
    that nothing like the files was found at the sizes and turns that are looked at, no more."""

    name = "logo"
    version = "1"

    def __init__(self, rules: LogoRules, finder: LogoFinder | None) -> None:
        self._rules = rules
        self._finder = finder

    def __call__(self, candidate: Candidate) -> Finding:
        rules, asked = self._rules, candidate.asked
        if asked is None or not asked.logos:
            return self._nothing("the brand has no logo files, so none was looked for")
        if rules.copied is Verdict.PASS and rules.distorted is Verdict.PASS:
            return self._nothing("the profile minds no logo, so none was looked for")
        if self._finder is None:
            raise CheckError("nothing is set up that finds logos", reason="no_engine")
        sights = self._finder.find(candidate.content, [digest for _, digest in asked.logos])
        named = list(zip((name for name, _ in asked.logos), sights, strict=True))
        seen = [(name, sight) for name, sight in named if sight is not None and sight.score >= rules.seen]
        judged = {self._told(name, sight): self._verdict(sight) for name, sight in seen}
        verdict = worst(*judged.values())
        return Finding(
            self.name,
            self.version,
            verdict,
            score=max((sight.score for _, sight in named if sight is not None), default=None),
            reasons=(
                *judged,
                *(f"noted: {name!r} has no shape to look for" for name, sight in named if sight is None),
            ),
            parameters={
                "finder": f"{self._finder.name} {self._finder.version}",
                **rules.model_dump(mode="json"),
                "logos": [digest for _, digest in asked.logos],
            },
            sketch=Patches("where the logo was found", tuple(self._patch(*each) for each in seen)) if seen else None,
        )

    def _nothing(self, why: str) -> Finding:
        return Finding(self.name, self.version, Verdict.PASS, reasons=(why,))

    def _distorted(self, sight: LogoSight) -> bool:
        out_of_shape = max(sight.stretch, 1 / sight.stretch) > self._rules.stretch
        return out_of_shape or sight.score < self._rules.true

    def _verdict(self, sight: LogoSight) -> Verdict:
        return self._rules.distorted if self._distorted(sight) else self._rules.copied

    def _told(self, name: str, sight: LogoSight) -> str:
        if not self._distorted(sight):
            return f"the picture itself shows the logo {name!r}: likeness {sight.score:.2f}"
        how = f", {sight.stretch:.2f} times as wide as it should be" if abs(sight.stretch - 1) > 0.05 else ""
        near = f"the picture itself shows something near to the logo {name!r}, distorted"
        return f"{near}: likeness {sight.score:.2f}{how}"

    @staticmethod
    def _patch(name: str, sight: LogoSight) -> Patch:
        return Patch(*sight.box, f"{name} {sight.score:.2f}")
