"""Lists of terms: what a file may say, what is found by it, and how often the shipped ones are right."""

from collections import Counter

import pytest

from colophon.bootstrap.screening import LANGUAGES, make_screen, read_prompt_lists
from colophon.domain.inflection import INFLECTED, forms
from colophon.domain.prompt_list import ListRules, ListVerdict, PromptList, in_force, parse_prompt_list
from colophon.domain.prompt_screen import Mention, PromptScreen
from colophon.errors import InvalidInput
from tests.checks.hard_prompts import HARD
from tests.checks.labelled_pictures import Score, score
from tests.checks.labelled_prompts import HOLD, PROMPTS, REFUSE, SAFE, disguised

OWN = """
name = "house"
language = "en"
version = "3"
source = "our lawyers"
[[category]]
name = "rivals"
verdict = "hold"
reason = "another house's name"
terms = ["Acme", "=Ford", "umbrell*"]
only_with = ["mug", "cup"]
harmless = ["Ford Madox Ford"]
"""


@pytest.fixture(scope="module")
def screen() -> PromptScreen:
    return make_screen(read_prompt_lists(None), ListRules())


def own(text: str = OWN) -> PromptList:
    return parse_prompt_list(text.encode(), file="own.toml")


def verdict(found: list[Mention]) -> str:
    kinds = {mention.verdict for mention in found}
    return REFUSE if ListVerdict.REFUSE in kinds else HOLD if found else SAFE


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("an acme mug", ["Acme"]),
        ("A C M E cups", ["Acme"]),
        ("an acme bottle", []),
        ("a ford and a mug", ["Ford"]),
        ("two fords and a mug", []),
        ("a mug for Ford Madox Ford", []),
        ("umbrellas over mugs, an acme", ["umbrell*", "Acme"]),
        ("a number of bells, a mug", []),
    ],
)
def test_stems_exact_forms_company_and_harmless_phrases(text: str, found: list[str]) -> None:
    assert [mention.term for mention in PromptScreen([own()]).find(text)] == found


def test_a_mention_says_where_it_is_from() -> None:
    [mention] = PromptScreen([own()]).find("the mug of \uff21\u0441me")
    assert (mention.list, mention.category, mention.verdict) == ("house 3", "rivals", ListVerdict.HOLD)
    assert (mention.found, mention.start) == ("\uff21\u0441me", 11)
    assert str(mention) == "'\uff21\u0441me' (Acme): rivals of list house 3, another house's name"


def test_company_and_harmless_phrases_hold_across_languages(screen: PromptScreen) -> None:
    assert verdict([*screen.find("Ein Kind, naked, im Studio")]) == REFUSE
    assert verdict([*screen.find("une bière sans alcool")]) == SAFE  # "Biere" is a German word too


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("name = ", "nom = "), "name"),
        (('verdict = "hold"', 'verdict = "block"'), "category.0.verdict"),
        (('terms = ["Acme", "=Ford", "umbrell*"]', "terms = []"), "category.0.terms"),
        (('"Acme"', '"*"'), "category.0.terms.0"),
        (('"Acme"', '"ac*"'), "category.0.terms.0"),
        (('"Acme"', '"two words*"'), "category.0.terms.0"),
        (('"Acme"', '"a\\u0007b"'), "category.0.terms.0"),
        (('"Acme"', f'"{"x" * 101}"'), "category.0.terms.0"),
        (('language = "en"', 'language = "../en"'), "language"),
        (("[[category]]", "[category]"), "category"),
        (("[[category]]", "[[category"), "own.toml"),
        (('name = "house"', 'name = "House!"'), "name"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_the_place(change: tuple[str, str], words: str) -> None:
    assert change[0] in OWN
    with pytest.raises(InvalidInput) as caught:
        own(OWN.replace(*change, 1))
    assert words in " ".join(str(problem) for problem in caught.value.problems)


TWICE = f"{OWN}{OWN[OWN.index('[[') :]}".encode()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"x" * 600_000, b"a=" + b"[" * 3000, TWICE])
def test_hostile_files_are_refused(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        parse_prompt_list(content, file="own.toml")


def test_a_profile_chooses_lists_and_verdicts() -> None:
    lists = (*read_prompt_lists(None), own())
    only = PromptScreen(in_force(lists, ListRules(("house",))))
    assert only.find("a nude with a mug and beer") == ()
    brewery = PromptScreen(
        in_force(lists, ListRules(None, {"alcohol": ListVerdict.OFF, "tobacco": ListVerdict.REFUSE}))
    )
    assert brewery.find("a beer, ein Bier, ビール") == ()
    assert verdict([*brewery.find("une cigarette")]) == REFUSE
    for wrong in (ListRules(("hous",)), ListRules(None, {"alcohool": ListVerdict.OFF})):
        with pytest.raises(InvalidInput):
            in_force(lists, wrong)
    with pytest.raises(InvalidInput):
        in_force((own(), own()), ListRules())


def test_every_language_of_the_lists_has_the_same_categories() -> None:
    lists = read_prompt_lists(None)
    assert [each.language for each in lists] == list(LANGUAGES)
    verdicts = [{category.name: category.verdict for category in each.category} for each in lists]
    assert all(each == verdicts[0] for each in verdicts)
    assert {*LANGUAGES} - INFLECTED == {"ja"}


@pytest.mark.parametrize(
    ("language", "word", "form"),
    [
        ("de", "leiche", "leichen"),
        ("de", "nackt", "nackten"),
        ("fr", "seul", "seules"),
        ("fr", "cheval", "chevaux"),
        ("fr", "tueur", "tueuses"),
        ("es", "desnudo", "desnudas"),
        ("es", "cruz", "cruces"),
        ("es", "asesor", "asesoras"),
        ("ar", "سلاح", "والسلاح"),
        ("ar", "بندقية", "بندقيته"),
        ("xx", "word", "word"),
    ],
)
def test_forms(language: str, word: str, form: str) -> None:
    assert form in forms(word, language)


def told(name: str, found: Score) -> Score:
    print(f"{name}: {found}")  # noqa: T201 - for those who measure
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shipped_lists_tell_unsafe_prompts_from_safe_ones(screen: PromptScreen, language: str) -> None:
    judged = [(label, verdict([*screen.find(text)])) for label, text in PROMPTS[language]]
    found = told(f"prompts, {language}", score((label != SAFE, said != SAFE) for label, said in judged))
    assert found.precision >= 0.95
    assert found.recall >= 0.95
    mixed_up = Counter((label, said) for label, said in judged if SAFE not in (label, said) and label != said)
    assert not mixed_up


@pytest.mark.parametrize("language", LANGUAGES)
def test_disguised_terms_are_found(screen: PromptScreen, language: str) -> None:
    hidden = []
    for label, text in PROMPTS[language]:
        for mention in screen.find(text)[:1] if label != SAFE else ():
            for written in disguised(mention.found):
                again = screen.find(text.replace(mention.found, written))
                hidden.append(mention.category in {each.category for each in again})
    share = sum(hidden) / len(hidden)
    print(f"disguised, {language}: recall {share:.2f} of {len(hidden)}")  # noqa: T201 - for those who measure
    assert share >= 0.95


def test_harder_prompts_are_judged_as_well_as_the_page_says(screen: PromptScreen) -> None:
    caught: dict[str, list[tuple[bool, bool]]] = {}
    refused = []
    for kind, wanted, prompt in HARD:
        said = verdict(list(screen.find(prompt)))
        caught.setdefault(kind, []).append((wanted != SAFE, said != SAFE))
        refused.append((wanted == REFUSE, said == REFUSE))
    for kind, pairs in caught.items():
        print(f"hard, {kind}: {score(pairs)}")  # noqa: T201 - for those who measure
    worded = score(pair for kind, pairs in caught.items() if kind not in ("euphemism", "emoji") for pair in pairs)
    print(f"hard, without other words: {worded}")  # noqa: T201
    assert (worded.wrong, worded.right) == (51, 41)
    assert worded.recall >= 0.95
    assert worded.precision >= 0.9
    assert not any(flagged for wrong, flagged in caught["digits"] if not wrong)
    assert score(refused).precision == 1  # a harmless prompt may wait for a person; none is refused
    assert score(caught["euphemism"]).recall == 0  # a screen of words does not know what is meant
