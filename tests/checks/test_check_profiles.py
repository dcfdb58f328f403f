"""Check profiles: strict about what they may say."""

import pytest
from pydantic import ValidationError

from colophon import data
from colophon.checks.profiles import CheckProfile, parse_profiles
from colophon.errors import InvalidInput


def test_the_shipped_table_parses_and_says_what_the_code_defaults_to() -> None:
    shipped = parse_profiles(data.text("checks.toml"))["default"]
    bare = CheckProfile()
    assert shipped.model_copy(update={"safety": bare.safety, "moderation": bare.moderation}) == bare
    assert shipped.safety.classes["FEMALE_BREAST_EXPOSED"].fail == 0.6


def test_profiles_are_frozen() -> None:
    with pytest.raises(ValidationError):
        parse_profiles("[default]")["default"].version = "2"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[default", "checks.toml"),
        ("[strict]", "default"),
        ("[default.picture]\nblank = 2", "default.picture.blank"),
        ("[default.picture]\nblank_deviation = nan", "default.picture.blank_deviation"),
        ("[default.picture]\nformats = ['gif']", "default.picture.formats"),
        ("[default.duplicate]\nphash_bits = 65", "default.duplicate.phash_bits"),
        ("[default.duplicate]\nphash_bits = true", "default.duplicate.phash_bits"),
        ("[default.provenance]\ninvalid = 'ok'", "default.provenance.invalid"),
        ("[default.safety.classes]\nX = {review = 0.9, fail = 0.1}", "default.safety.classes.X"),
        ("[default.safety.classes]\nX = {}", "default.safety.classes.X"),
        ("[default.safety.classes]\nX = {fail = 1.5}", "default.safety.classes.X.fail"),
        ("default = 3", "default"),
    ],
)
def test_what_is_wrong_is_named(text: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_profiles(text)
    assert words in " ".join(str(problem) for problem in caught.value.problems)


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_profiles("[default.picture]\na = 1\nb = 2\n[other.duplicate]\nphash_bits = -1")
    assert len(caught.value.problems) == 3
