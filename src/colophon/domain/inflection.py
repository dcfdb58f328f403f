"""Simple English inflections of a word, enough to recognise a banned one in its plural or as a verb form."""

_VOWELS = "aeiou"
# Words that end in s and have no singular without it (beside those whose ending tells: -ss, -us, -is, -as, -os).
_NO_PLURAL = {"lens", "news", "series", "species", "means"}
_SIBILANTS = ("ses", "xes", "zes", "ches", "shes")
_SHORTEST = 3


def forms(word: str) -> frozenset[str]:
    """The word itself, its singular, and the plural, -ing and -ed forms of both."""
    if not (word.isascii() and word.isalpha()) or len(word) < _SHORTEST:
        return frozenset({word})
    bases = {word, *_singulars(word)}
    return frozenset(form for base in bases for form in (base, *_plurals(base), *_verb_forms(base)))


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
