"""Word forms enough to recognise a term in its plural, another case or as a verb form; none of it is a dictionary.

English nouns and verbs, German and French and Spanish endings of nouns and adjectives, Arabic prefixes and suffixes.
Forms are made of folded words (`colophon.domain.folding`), so umlauts and accents are gone.
"""

from collections.abc import Callable

_VOWELS = "aeiou"
# Words that end in s and have no singular without it (beside those whose ending tells: -ss, -us, -is, -as, -os).
_NO_PLURAL = {"lens", "news", "series", "species", "means"}
_SIBILANTS = ("ses", "xes", "zes", "ches", "shes")
_SHORTEST = 3
_GERMAN = ("e", "en", "er", "em", "es", "n", "s", "ens", "in", "innen", "ern")
_ROMANCE = ("s", "e", "es", "x", "ee", "ees")
_ARABIC_BEFORE = ("", "ال", "و", "وال", "ف", "فال", "ب", "بال", "ل", "لل", "ك", "كال")
_ARABIC_AFTER = ("", "ات", "ان", "ين", "ون", "ه", "ها", "هم", "ا", "ي", "يه")  # noqa: RUF001 - Arabic letters
_TAA_MARBUTA = "ة"


def forms(word: str, language: str = "en") -> frozenset[str]:
    """The word itself and its forms in a language (ISO 639-1); a language without rules has no further forms."""
    if language == "ar":
        return _arabic(word)
    if not (word.isascii() and word.isalpha()) or len(word) < _SHORTEST:
        return frozenset({word})
    return _FORMS.get(language, _uninflected)(word)


def _uninflected(word: str) -> frozenset[str]:
    return frozenset({word})


def _english(word: str) -> frozenset[str]:
    """Its singular, and the plural, -ing and -ed forms of both."""
    bases = {word, *_singulars(word)}
    return frozenset(form for base in bases for form in (base, *_plurals(base), *_verb_forms(base)))


def _german(word: str) -> frozenset[str]:
    """With the endings of nouns and adjectives; umlauts are folded away, so "Pfähle" is only an ending more."""
    bases = {word, word.removesuffix("e")} if len(word) > _SHORTEST else {word}
    return frozenset({word, *(base + ending for base in bases for ending in _GERMAN)})


def _french(word: str) -> frozenset[str]:
    made = {word, *(word + ending for ending in _ROMANCE)}
    if word.endswith("al"):
        made.add(word[:-1] + "ux")
    if word.endswith("eur"):
        made |= {word[:-1] + "se", word[:-1] + "ses"}
    if word.endswith("f"):
        made |= {word[:-1] + "ve", word[:-1] + "ves"}
    return frozenset(made)


def _spanish(word: str) -> frozenset[str]:
    made = {word, word + "s", word + "es"}
    if word.endswith("o"):
        made |= {word[:-1] + ending for ending in ("a", "os", "as")}
    if word.endswith("z"):
        made.add(word[:-1] + "ces")
    if word.endswith("or"):
        made |= {word + "a", word + "as"}
    return frozenset(made)


def _arabic(word: str) -> frozenset[str]:
    """With the article, one-letter prepositions and conjunctions, and the endings of number, gender and possession."""
    if len(word) < _SHORTEST or not word.isalpha():
        return frozenset({word})
    stem = word.removesuffix(_TAA_MARBUTA)
    bases = {word, *(stem + ending for ending in ("", "ت", "ات") if stem != word)}
    ended = {base + ending for base in bases for ending in _ARABIC_AFTER if not base.endswith(_TAA_MARBUTA)} | {word}
    return frozenset(before + form for before in _ARABIC_BEFORE for form in ended)


_FORMS: dict[str, Callable[[str], frozenset[str]]] = {
    "en": _english,
    "de": _german,
    "fr": _french,
    "es": _spanish,
}
INFLECTED = frozenset({*_FORMS, "ar"})


def _singulars(word: str) -> set[str]:
    if not word.endswith("s") or word in _NO_PLURAL or word.endswith(("ss", "us", "is", "as", "os")):
        return set()
    if word.endswith("ies") and len(word) > 4:
        return {word[:-3] + "y"}
    if word.endswith(_SIBILANTS):
        return {word[:-2], word[:-1]}
    return {word[:-1]} if len(word) > _SHORTEST else set()


def _plurals(word: str) -> set[str]:
    made = {word + "s"}
    if word.endswith(("s", "x", "z", "ch", "sh", "o")):
        made.add(word + "es")
    if _consonant_and(word, "y"):
        made.add(word[:-1] + "ies")
    return made


def _verb_forms(word: str) -> set[str]:
    made = {word + "ing", word + "ed"}
    if word.endswith("e"):
        made |= {word[:-1] + "ing", word + "d"}
    if _consonant_and(word, "y"):
        made.add(word[:-1] + "ied")
    if _doubles(word):
        made |= {word + word[-1] + "ing", word + word[-1] + "ed"}
    return made


def _consonant_and(word: str, last: str) -> bool:
    return len(word) > 1 and word.endswith(last) and word[-2] not in _VOWELS


def _doubles(word: str) -> bool:
    """Consonant, vowel, consonant: gun, gunned."""
    return len(word) > 2 and word[-1] not in _VOWELS + "wxy" and word[-2] in _VOWELS and word[-3] not in _VOWELS
