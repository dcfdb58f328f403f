"""Check "words": what is written in the picture, beside what its brief wants, allows and forbids."""

from collections.abc import Iterator, Sequence

from colophon.checks.limits import worst
from colophon.checks.profiles import WordRules
from colophon.domain.asked import Asked
from colophon.domain.finding import Finding, Verdict
from colophon.domain.screening import screen
from colophon.domain.sketch import Patch, Patches
from colophon.domain.words import Reading, find_phrase, misspelt
from colophon.errors import CheckError
from colophon.ports import Candidate, WordReader

_MOST = 10  # reasons
_LONGEST = 80  # letters of a line that are quoted
_LABEL = 40  # letters of a line beside its box

Judged = Iterator[tuple[Verdict, str]]


class WordsCheck:
    """As the profile says for each: a wanted phrase not read, a wanted or allowed one misspelt, a banned concept read,
    text where none may be. Nothing is read where nothing is asked. ``score`` is the number of lines read. A reader
    makes mistakes of its own, most with accents and small or ornate letters."""

    name = "words"
    version = "1"

    def __init__(self, rules: WordRules, reader: WordReader | None) -> None:
        self._rules = rules
        self._reader = reader

    def __call__(self, candidate: Candidate) -> Finding:
        asked = candidate.asked
        if asked is None or not asked.words_matter:
            why = "no words were asked for and none forbidden, so nothing was read"
            return Finding(self.name, self.version, Verdict.PASS, reasons=(why,))
        if self._reader is None:
            raise CheckError(
                "no reader of words is installed, so nothing was read",
                hint="install the extra colophon[ocr], or have a person look",
                reason="no_engine",
            )
        read = [line for line in self._reader.read(candidate.content) if line.score >= self._rules.confidence]
        judged = list(dict.fromkeys(self._judged(read, asked)))
        return Finding(
            self.name,
            self.version,
            worst(*(verdict for verdict, _ in judged)),
            score=float(len(read)),
            reasons=_told(judged),
            parameters={
                "reader": f"{self._reader.name} {self._reader.version}",
                **self._rules.model_dump(mode="json"),
                "wanted": list(asked.wanted),
                "none_may_be": asked.no_text,
            },
            sketch=self._lines(read, asked),
        )

    def _judged(self, read: Sequence[Reading], asked: Asked) -> Judged:
        yield from self._wanted([line.text for line in read], asked)
        for line in read:
            yield from self._line(line, asked)
        if asked.no_text:
            yield from self._stray(read, asked)

    def _line(self, line: Reading, asked: Asked) -> Judged:
        for slip in misspelt(line.text, (*asked.wanted, *asked.allowed)):
            yield self._unless_small(
                line, self._rules.misspelt, f"{_quoted(slip.read)} is read, {slip.meant!r} may be meant"
            )
        for hit in screen(line.text, asked.forbidden):
            yield self._rules.forbidden, f"{_quoted(hit.found)} is read: {hit.concept!r} is banned by the brand"

    def _lines(self, read: Sequence[Reading], asked: Asked) -> Patches:
        """Every line that was read, those that something is wrong with in red."""
        missing = [repr(phrase) for phrase in asked.wanted if find_phrase(phrase, [line.text for line in read]) is None]
        told = f"; wanted and not read: {', '.join(missing)}" if missing else ""
        patches = tuple(
            Patch(*line.box, _quoted(line.text)[1:-1][:_LABEL], bad=self._wrong(line, asked))
            for line in read
            if line.box is not None
        )
        return Patches(f"the lines that were read, in red what is wrong with them{told}", patches)

    def _wrong(self, line: Reading, asked: Asked) -> bool:
        slips = (find_phrase(phrase, [line.text]) for phrase in asked.wanted)
        stray = self._stray([line], asked) if asked.no_text else ()
        found = any(verdict is not Verdict.PASS for verdict, _ in (*self._line(line, asked), *stray))
        return found or any(slip.letters for slip in slips if slip is not None)

    def _wanted(self, lines: Sequence[str], asked: Asked) -> Judged:
        for phrase in asked.wanted:
            slip = find_phrase(phrase, lines)
            if slip is None:
                yield self._rules.missing, f"{phrase!r} is wanted and was not read"
            elif slip.letters:
                yield self._rules.misspelt, f"{_quoted(slip.read)} is read, {phrase!r} is wanted"

    def _stray(self, read: Sequence[Reading], asked: Asked) -> Judged:
        for line in read:
            letters = sum(char.isalnum() for char in line.text)
            if letters < self._rules.letters or _expected(line.text, asked):
                continue
            yield self._unless_small(line, self._rules.stray, f"{_quoted(line.text)} is read where no text may be")

    def _unless_small(self, line: Reading, verdict: Verdict, words: str) -> tuple[Verdict, str]:
        """What is small is noted: a label on a shelf is no slogan, and small letters are misread."""
        if line.height < self._rules.small_height or verdict is Verdict.PASS:
            return Verdict.PASS, f"noted: {words}"
        return verdict, words


def _expected(line: str, asked: Asked) -> bool:
    """Whether the line is, or nearly is, words that were wanted or are allowed, or a part of them."""
    return any(find_phrase(line, [phrase]) for phrase in (*asked.wanted, *asked.allowed))


def _told(judged: Sequence[tuple[Verdict, str]]) -> tuple[str, ...]:
    reasons = [words for verdict, words in judged if verdict is not Verdict.PASS]
    reasons += [words for verdict, words in judged if verdict is Verdict.PASS]
    more = len(reasons) - _MOST
    return (*reasons[:_MOST], *([f"and {more} more"] if more > 0 else []))


def _quoted(text: str) -> str:
    """In quotes, short and on one line: it comes from a picture."""
    plain = "".join(char if char.isprintable() else " " for char in text)
    return repr(plain[:_LONGEST])
