"""Check "prompt": what lists of terms say of the words the picture was ordered with."""

from colophon.checks.limits import worst
from colophon.domain.finding import Finding, Verdict
from colophon.domain.prompt_list import ListVerdict
from colophon.domain.prompt_parts import mentions
from colophon.domain.prompt_screen import PromptScreen
from colophon.ports import Candidate

_MOST = 10  # reasons
_VERDICTS = {ListVerdict.HOLD: Verdict.REVIEW, ListVerdict.REFUSE: Verdict.FAIL}


class PromptCheck:
    """review: a term is to be held. fail: one is refused, by lists that changed since the picture was bought. A picture
    from outside has no prompt. ``score`` is the number of terms found."""

    name = "prompt"
    version = "1"

    def __init__(self, screen: PromptScreen) -> None:
        self._screen = screen

    def __call__(self, candidate: Candidate) -> Finding:
        lists: dict[str, object] = {"lists": list(self._screen.versions)}
        said = candidate.asked.said if candidate.asked else ()
        if not said:
            why = "it was not ordered with a prompt, so no words were screened"
            return Finding(self.name, self.version, Verdict.PASS, reasons=(why,), parameters=lists)
        found = mentions(said, self._screen)
        more = len(found) - _MOST
        return Finding(
            self.name,
            self.version,
            worst(*(_VERDICTS.get(mention.verdict, Verdict.PASS) for _, mention in found)),
            score=float(len(found)),
            reasons=(
                *(f"{part.path} says {mention}" for part, mention in found[:_MOST]),
                *([f"and {more} more"] if more > 0 else []),
            ),
            parameters=lists,
        )
