"""Check "people": how many there are in the picture, where that matters, and whether they need a label."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from colophon.checks.limits import worst
from colophon.checks.profiles import PeopleRules
from colophon.domain.asked import Asked
from colophon.domain.detection import Detection
from colophon.domain.finding import Finding, Verdict
from colophon.domain.people import CHECK, NO, SYNTHETIC, UNKNOWN, YES
from colophon.domain.provenance import TRAINED_ALGORITHMIC_MEDIA
from colophon.domain.sketch import Patch, Patches
from colophon.errors import CheckError
from colophon.ports import Candidate, SafetyEngine

_FACE = "FACE_"
_MOST_BOXES = 20


@dataclass(frozen=True, slots=True)
class _Count:
    """``people`` found for certain enough; ``doubtful``: nobody was, and something may be a face."""

    people: int
    faces: tuple[Detection, ...]
    doubtful: bool


class PeopleCheck:
    """Counts faces, and a person where only parts of a body are seen. review, as the profile says: people where the
    brief wants none, or where a market's rule may ask for a label that the brief does not ask for. ``score`` is the
    number of people. Small, turned, covered and drawn faces are missed; a statue or a doll may be counted."""

    name = CHECK
    version = "1"

    def __init__(self, rules: PeopleRules, engine: SafetyEngine | None) -> None:
        self._rules = rules
        self._engine = engine

    def __call__(self, candidate: Candidate) -> Finding:
        if self._engine is None:
            raise CheckError(
                "no detector of people is installed, so nobody was counted",
                hint="install the extra colophon[safety], or have a person look",
                reason="no_engine",
            )
        count = self._count(self._engine.detect(candidate.content))
        synthetic = _synthetic(count, candidate)
        judged = dict(self._judged(count, synthetic, candidate.asked))
        return Finding(
            self.name,
            self.version,
            worst(*judged.values()),
            score=float(count.people),
            reasons=tuple(judged),
            parameters={
                "engine": f"{self._engine.name} {self._engine.version}",
                **self._rules.model_dump(mode="json"),
                SYNTHETIC: synthetic,
                "faces": [
                    {"score": round(face.score, 3), "box": [round(edge, 4) for edge in face.box]}
                    for face in count.faces[:_MOST_BOXES]
                ],
            },
            sketch=_faces(count),
        )

    def _count(self, found: Sequence[Detection]) -> _Count:
        rules = self._rules
        faces = tuple(each for each in found if each.kind.startswith(_FACE) and each.score >= rules.face)
        body = any(not each.kind.startswith(_FACE) and each.score >= rules.body for each in found)
        people = max(len(faces), int(body))
        doubts = (each for each in found if each.kind.startswith(_FACE) and each.score >= rules.doubt)
        return _Count(people, faces, not people and any(doubts))

    def _judged(self, count: _Count, synthetic: str, asked: Asked | None) -> Iterator[tuple[str, Verdict]]:
        if count.people:
            seen = f"{len(count.faces)} faces" if count.faces else "parts of a body, no face"
            yield f"noted: {count.people} {'person' if count.people == 1 else 'people'} ({seen})", self._rules.found
        elif count.doubtful:
            yield "noted: there may be a person, the detector is in doubt", Verdict.PASS
        if asked is None or not (count.people or count.doubtful):
            return
        if asked.no_people:
            yield "the brief wants no people", self._rules.unwanted
        if synthetic != NO:
            for rule in asked.unlabelled:
                yield f"{rule}; the brief asks for no label (disclosure.label)", self._rules.undisclosed


def _faces(count: _Count) -> Patches | None:
    """Those that were counted. Whoever reviews has to see who it is, so they are not blurred."""
    patches = tuple(Patch(*face.box, f"face {face.score:.2f}") for face in count.faces[:_MOST_BOXES])
    return Patches("the faces that were counted", patches) if patches else None


def _synthetic(count: _Count, candidate: Candidate) -> str:
    if not count.people:
        return UNKNOWN if count.doubtful else NO
    papers = {kind for link in candidate.provenance.chain for kind in link.source_types}
    made = candidate.asset.generation is not None or TRAINED_ALGORITHMIC_MEDIA in papers
    return YES if made else UNKNOWN
