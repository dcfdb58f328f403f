"""Check "provenance": do the picture's own papers hold, and do they say what was ordered?"""

from collections.abc import Collection

from colophon.checks.profiles import ProvenanceRules
from colophon.domain.finding import Finding, Verdict
from colophon.domain.provenance import ChainLink, Provenance, ProvenanceState
from colophon.domain.route import Expected
from colophon.domain.trust import Answers, ProviderOutput
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
    """The profile's verdict for the state; for a bought picture the trust policy's for its route. Trusted papers with
    problems in their chain are for review, and so are those of a bought picture that do not call it generated, that
    nobody vouches for as a vendor, or that state another signer or model than was ordered. It has no score."""

    name = "provenance"
    version = "3"

    def __init__(
        self, rules: ProvenanceRules, answers: ProviderOutput | None = None, vendor_anchors: Collection[str] = ()
    ) -> None:
        self._rules = rules
        self._answers = answers
        self._vendor_anchors = frozenset(vendor_anchors)

    def __call__(self, candidate: Candidate) -> Finding:
        provenance, bought = candidate.provenance, candidate.asset.generation is not None
        answers = self._answers_for(candidate) if bought else None
        rules = self._rules if answers is None else _answered(self._rules, answers)
        verdict = rules.verdict(provenance.state)
        if answers is not None and _outlived(provenance):
            verdict = max(verdict, Verdict(answers.stamped), key=_ORDER.index)
        doubts = self._doubts(candidate) if bought else []
        if provenance.state is ProvenanceState.TRUSTED and (provenance.problems or doubts):
            verdict = max(verdict, Verdict.REVIEW, key=_ORDER.index)
        meaning = [] if verdict is Verdict.PASS else [_MEANING[provenance.state]]
        if _outlived(provenance):
            meaning.append("the vendor's certificate has ended; a trusted time stamp is from before that")
        return Finding(
            self.name,
            self.version,
            verdict,
            reasons=(*meaning, *provenance.problems[:_MAX_PROBLEMS], *doubts),
            parameters=self._parameters(rules, candidate),
        )

    def _answers_for(self, candidate: Candidate) -> Answers | None:
        route = candidate.expected.route if candidate.expected else None
        return None if self._answers is None else self._answers.of_route(route)

    def _parameters(self, rules: ProvenanceRules, candidate: Candidate) -> dict[str, object]:
        expected = candidate.expected
        return {
            **rules.model_dump(mode="json"),
            "trust_policy": dict(candidate.provenance.policy),
            "expected_signers": list(expected.signers) if expected else [],
            "expected_model": expected.model if expected else None,
        }

    def _doubts(self, candidate: Candidate) -> list[str]:
        """What speaks against trusted papers of a bought picture: judged by the oldest manifest, the vendor's."""
        provenance = candidate.provenance
        if provenance.state is not ProvenanceState.TRUSTED or not provenance.chain:
            return []
        oldest = provenance.chain[-1]
        return [
            *self._source_doubts(oldest),
            *self._anchor_doubts(oldest),
            *_order_doubts(candidate.expected, oldest.organisation, provenance.claim.get("model")),
        ]

    def _source_doubts(self, oldest: ChainLink) -> list[str]:
        stated = oldest.source_types
        if stated and set(stated) == {self._rules.source_type}:
            return []
        said = ", ".join(stated) if stated else "nothing"
        return [f"the vendor's papers state {said} as digital source type, not {self._rules.source_type}"]

    def _anchor_doubts(self, oldest: ChainLink) -> list[str]:
        if oldest.anchor in self._vendor_anchors:
            return []
        vouching = f"only entry {oldest.anchor!r}, which is not for vendors," if oldest.anchor else "no entry"
        return [f"{vouching} of the trust policy vouches for the signer of the oldest manifest"]


def _order_doubts(expected: Expected | None, organisation: str | None, model: str | None) -> list[str]:
    """Whether the papers speak of what was ordered, by a signer that the route names."""
    if expected is None:
        return ["the route it was bought on is not set up any more: who should have signed is not known"]
    doubts = []
    if expected.signers and organisation not in expected.signers:
        names = " or ".join(expected.signers)
        doubts.append(f"the oldest manifest states {_said(organisation)} as signer, not {names} as this route's do")
    if expected.model is not None and model != expected.model:
        doubts.append(f"the papers state {_said(model)} as model, {expected.model} was ordered")
    return doubts


def _said(text: str | None) -> str:
    """In quotes and short: it comes from a file."""
    return "nothing" if text is None else repr(text[:100])


def _outlived(provenance: Provenance) -> bool:
    """Trusted by its stamp: the vendor's certificate has ended since."""
    return provenance.state is ProvenanceState.TRUSTED and provenance.chain[-1].expired


def _answered(rules: ProvenanceRules, answers: Answers) -> ProvenanceRules:
    stated = {"none": answers.absent, "valid": answers.untrusted, "invalid": answers.invalid}
    return rules.model_copy(update={state: Verdict(answer) for state, answer in stated.items()})
