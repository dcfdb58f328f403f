"""Check "provenance": do the picture's own papers hold, and do they say what was ordered?"""

from colophon.checks.profiles import ProvenanceRules
from colophon.domain.finding import Finding, Verdict
from colophon.domain.provenance import Provenance, ProvenanceState
from colophon.domain.trust import ProviderOutput
from colophon.ports import Candidate

_MEANING = {
    ProvenanceState.TRUSTED: "the papers are intact and their signer is one we trust",
    ProvenanceState.VALID: "the papers are intact, but nobody we trust vouches for their signer",
    ProvenanceState.INVALID: "the papers do not fit the picture, or were changed",
    ProvenanceState.NONE: "the picture carries no papers",
    ProvenanceState.ERROR: "the papers could not be read",
}
_ORDER = (Verdict.PASS, Verdict.REVIEW, Verdict.UNKNOWN, Verdict.FAIL)
_MAX_PROBLEMS = 20


class ProvenanceCheck:
    """The policy's verdict for the state; for a bought picture the trust policy's, where it gives one. Trusted papers
    with problems in their chain are for review, and so are those of a bought picture that do not call it generated.
    It has no score."""

    name = "provenance"
    version = "1"

    def __init__(self, rules: ProvenanceRules, answers: ProviderOutput | None = None) -> None:
        self._rules = rules
        self._bought = rules if answers is None else _answered(rules, answers)

    def __call__(self, candidate: Candidate) -> Finding:
        provenance, bought = candidate.provenance, candidate.asset.generation is not None
        rules = self._bought if bought else self._rules
        verdict = rules.verdict(provenance.state)
        doubts = self._claim_doubts(provenance) if bought else []
        if provenance.state is ProvenanceState.TRUSTED and (provenance.problems or doubts):
            verdict = max(verdict, Verdict.REVIEW, key=_ORDER.index)
        meaning = [] if verdict is Verdict.PASS else [_MEANING[provenance.state]]
        return Finding(
            self.name,
            self.version,
            verdict,
            reasons=(*meaning, *provenance.problems[:_MAX_PROBLEMS], *doubts),
            parameters={**rules.model_dump(mode="json"), "trust_policy": dict(provenance.policy)},
        )

    def _claim_doubts(self, provenance: Provenance) -> list[str]:
        """What the oldest manifest of the chain, the vendor's, says the picture is."""
        if provenance.state is not ProvenanceState.TRUSTED or not provenance.chain:
            return []
        stated = provenance.chain[-1].source_types
        if stated and set(stated) == {self._rules.source_type}:
            return []
        said = ", ".join(stated) if stated else "nothing"
        return [f"the vendor's papers state {said} as digital source type, not {self._rules.source_type}"]


def _answered(rules: ProvenanceRules, answers: ProviderOutput) -> ProvenanceRules:
    stated = {"none": answers.absent, "valid": answers.untrusted, "invalid": answers.invalid}
    return rules.model_copy(update={state: Verdict(answer) for state, answer in stated.items()})
