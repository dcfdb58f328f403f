"""Screens a text by lists of terms: which are found, where, and what each list says about them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Literal

from colophon.domain.concepts import Concept, concept, spellings
from colophon.domain.prompt_list import Category, ListVerdict, PromptList
from colophon.domain.screening import Hit, Lexicon

_TEXTS_KEPT = 512  # of a large brief, whose masters and variants share most of their texts

Role = Literal["terms", "only_with", "harmless"]
Key = tuple[int, int, Role]


@dataclass(frozen=True, slots=True)
class Mention:
    """A term of a list in a text: ``found`` is how it is written there, from ``start`` on. ``list`` is the list's name
    and version, ``reason`` the list's."""

    list: str
    category: str
    verdict: ListVerdict
    term: str
    found: str
    start: int
    reason: str

    def __str__(self) -> str:
        told = f"{self.found!r}" if self.found == self.term else f"{self.found!r} ({self.term})"
        return f"{told}: {self.category} of list {self.list}, {self.reason}"


class PromptScreen:
    """Lists made ready once, however many texts are screened. Without lists nothing is ever found."""

    def __init__(self, lists: Sequence[PromptList] = ()) -> None:
        self._lists = tuple(lists)
        self._names = {f"{number}": (key, term) for number, (key, _, term) in enumerate(self._terms())}
        self._kept = lru_cache(maxsize=_TEXTS_KEPT)(self._search)

    @cached_property
    def _lexicon(self) -> Lexicon:
        """All terms in all their forms: a third of a second, so made when the first text is screened."""
        concepts, stems = [], []
        for number, (_, language, term) in enumerate(self._terms()):
            name = f"{number}"
            if term.endswith("*"):
                stems += [(spelling, name) for spelling in spellings(term.removesuffix("*"), language)]
            else:
                concepts.append(_concept(term, language, name))
        return Lexicon(concepts, stems)

    @property
    def versions(self) -> tuple[str, ...]:
        """Name and version of each list."""
        return tuple(_label(each) for each in self._lists)

    def find(self, text: str) -> Sequence[Mention]:
        """Each mention once, in the order of the text: the first list that has it speaks for its category."""
        return self._kept(text) if self._names else ()

    def _terms(self) -> Iterator[tuple[Key, str, str]]:
        roles: tuple[Role, ...] = ("terms", "only_with", "harmless")
        for number, each in enumerate(self._lists):
            for place, category in enumerate(each.category):
                for role in roles:
                    for term in getattr(category, role):
                        yield (number, place, role), each.language, term

    def _search(self, text: str) -> tuple[Mention, ...]:
        hits: dict[Key, list[Hit]] = {}
        for hit in self._lexicon.find(text):
            key, term = self._names[hit.concept]
            hits.setdefault(key, []).append(replace(hit, concept=term))
        phrases: dict[str, list[Hit]] = {}
        for key, found in hits.items():
            if key[2] == "harmless":
                phrases.setdefault(self._category(key).name, []).extend(found)
        meant = {key: list(_meant(found, phrases.get(self._category(key).name, ()))) for key, found in hits.items()}
        company = {self._category(key).name for key, found in meant.items() if key[2] == "only_with" and found}
        mentions = [
            self._mention(key, hit)
            for key, found in meant.items()
            if key[2] == "terms" and (not self._category(key).only_with or self._category(key).name in company)
            for hit in found
        ]
        ordered = sorted(mentions, key=lambda mention: mention.start)
        return tuple({(each.category, each.start): each for each in reversed(ordered)}.values())[::-1]

    def _category(self, key: Key) -> Category:
        return self._lists[key[0]].category[key[1]]

    def _mention(self, key: Key, hit: Hit) -> Mention:
        category = self._category(key)
        label = _label(self._lists[key[0]])
        term = hit.concept.removeprefix("=")
        return Mention(label, category.name, category.verdict, term, hit.found, hit.start, category.reason)


def _label(each: PromptList) -> str:
    return f"{each.name} {each.version}"


def _concept(term: str, language: str, name: str) -> Concept:
    exact = term.startswith("=")
    return replace(concept(term.removeprefix("="), "" if exact else language), name=name)


def _meant(found: Iterable[Hit], harmless: Iterable[Hit]) -> Iterator[Hit]:
    """What does not stand inside a harmless phrase."""
    phrases = [(hit.start, hit.end) for hit in harmless]
    return (hit for hit in found if not any(start <= hit.start and hit.end <= end for start, end in phrases))
