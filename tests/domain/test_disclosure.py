"""Where a visible AI label is asked for, of what pictures, and in which words."""

from datetime import date

import pytest

from colophon import data
from colophon.domain.disclosure import label_for, parse_labels
from colophon.domain.lettering import Inks, Lettering, Slot, inks_of, language_of, luminance
from colophon.errors import InvalidInput

TABLE = parse_labels(data.text("labels.toml"))
TODAY = date(2026, 11, 21)


def test_no_market_that_asks_and_no_wish_is_no_label() -> None:
    assert label_for(["CH"], "x/summary", asked=False, language="de", table=TABLE, on=TODAY) is None


@pytest.mark.parametrize("market", ["DE", "de", " NL ", "US"])
@pytest.mark.parametrize(("person", "wanted"), [(True, True), (None, True), (False, False)])
def test_some_rules_ask_only_where_a_person_is_seen_and_not_knowing_counts(
    market: str, person: bool | None, wanted: bool
) -> None:
    label = label_for([market], "x/summary", asked=False, language="de", table=TABLE, on=TODAY)
    assert label is not None
    assert label.words == ("KI-generiert", "KI")
    assert label.wanted(person) is wanted


@pytest.mark.parametrize(("markets", "asked"), [(["DE", "CN"], False), (["DE"], True), ([], True)])
def test_a_brief_and_some_rules_ask_of_every_picture(markets: list[str], asked: bool) -> None:
    label = label_for(markets, "x/summary", asked=asked, language="zh-Hans", table=TABLE, on=TODAY)
    assert label is not None
    assert label.wanted(False)
    assert label.share == (0.05 if "CN" in markets else 0)


def test_words_stay_where_the_label_goes() -> None:
    label = label_for(["DE"], "x/summary", asked=False, language="en", table=TABLE, on=TODAY)
    both = Lettering(language="en", texts=((Slot.HEADLINE, "Made"),), label=label)
    alone = Lettering(language="en", label=label)
    shown = both.on(False)
    assert shown is not None
    assert (shown.label, shown.texts) == (None, both.texts)
    assert alone.on(False) is None
    assert alone.on(None) is alone


def test_every_rule_has_a_source_and_a_day() -> None:
    assert all("http" in rule.source and rule.since.year >= 2025 for rule in TABLE.rules)


def test_a_table_without_english_words_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no English"):
        parse_labels('rules = []\n[words]\nde = ["KI"]\n')


def test_inks_come_from_the_palette_only_where_they_can_carry_words() -> None:
    assert inks_of([]) == Inks()
    inks = inks_of([("#8A9E87", "primary"), ("#EEE8DE", "neutral"), ("#B5583A", "accent"), ("#0A1A2A", "secondary")])
    assert (inks.light, inks.dark) == ("#EEE8DE", "#0A1A2A")
    assert inks.accents == ("#B5583A", "#0A1A2A", "#8A9E87")
    assert inks_of([("#8A9E87", "primary")]).light == "#FFFFFF"


def test_luminance_is_that_of_the_recommendation() -> None:
    assert luminance("#FFFFFF") == pytest.approx(1)
    assert luminance("#000000") == 0
    assert luminance("#777777") == pytest.approx(0.184, abs=0.001)  # 4.48 : 1 on white, the known near miss


@pytest.mark.parametrize(
    ("text", "language"),
    [("Made", "en"), ("صباح 5", "ar"), ("בוקר", "he"), ("毎朝の", "ja"), ("早晨", "zh-Hans"), ("아침", "ko")],
)
def test_words_without_a_language_have_that_of_their_script(text: str, language: str) -> None:
    assert language_of([text]) == language
