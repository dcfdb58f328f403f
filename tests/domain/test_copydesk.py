"""Which layout and label a plan gives each file: by the file's own size, and by the day."""

from datetime import date
from typing import Any

import pytest

from colophon import data
from colophon.domain.brief import Brief
from colophon.domain.copydesk import CopyDesk
from colophon.domain.disclosure import LabelRule, LabelTable, parse_labels
from colophon.domain.lettering import Lettering
from colophon.domain.placement import parse_placements
from colophon.domain.template import Shape, parse_layouts, parse_templates, shape_of

PLACEMENTS = parse_placements(data.text("placements.csv"))
LAYOUTS = parse_layouts(data.text("templates.toml"))
BEGINS = date(2027, 3, 1)
RULE = LabelRule(
    name="Some law", since=BEGINS, markets=("DE",), needs="always", channels=("web",), source="http://law.example"
)
TABLE = LabelTable(rules=(RULE,), words={"en": ("AI-generated", "AI")})
POSTER = """
[[poster]]
min_aspect = 0
min_width = {least}
min_height = 100
sides = ["bottom"]
share = {share}
margin = 0.1
headline = {{largest = 0.08, smallest = 0.08, least = 10}}
legal = {{largest = 0.03, smallest = 0.03, least = 9}}
"""


def desk(on: date = BEGINS, table: LabelTable = TABLE) -> CopyDesk:
    return CopyDesk(LAYOUTS, table, on)


def brief(**members: Any) -> Brief:
    return Brief.model_validate(
        {
            "schema_version": 1,
            "campaign": "spring",
            "title": "Spring",
            "brand": {"name": "Northwind"},
            "visuals": [{"id": "hero", "prompt": "A mug on an oak table"}],
            "placements": ["web/thumbnail"],
            "copy": {"headline": "Made for every morning"},
            "layout": "standard",
            "budget": {"currency": "USD", "cap": "2.00"},
            **members,
        }
    )


def laid_on(wanted: Brief, placement: str, at: CopyDesk) -> dict[int, Lettering | None]:
    """By width."""
    place, visual = PLACEMENTS[placement], wanted.visuals[0]
    found = {size: list(at.letterings(wanted, visual, wanted.placements[0], place, size)) for size in place.sizes}
    assert {len(each) for each in found.values()} == {1}
    return {size.width: each[0][1] for size, each in found.items()}


def shapes(wanted: Brief, placement: str) -> dict[int, Shape]:
    found = laid_on(wanted, placement, desk())
    return {width: one.shape for width, one in found.items() if one is not None and one.shape is not None}


def with_layouts(text: str) -> Brief:
    layouts = {name: list(shapes) for name, shapes in parse_templates(text, file="layouts.toml").items()}
    given = brief().model_dump(mode="json", by_alias=True)
    given["brand"]["layouts"] = {
        name: [shape.model_dump(mode="json", exclude_none=True) for shape in template]
        for name, template in layouts.items()
    }
    return Brief.model_validate(given | {"layout": "poster"})


def test_a_narrow_copy_has_the_layout_for_its_own_size() -> None:
    found = shapes(brief(), "web/thumbnail")
    template = LAYOUTS.templates["standard"]
    assert found == {400: shape_of(template, 400, 400), 200: shape_of(template, 200, 200)}
    assert found[200].share > found[400].share
    assert found[200].headline.least < found[400].headline.least


def test_a_narrow_copy_without_a_layout_of_its_own_has_the_placements() -> None:
    found = shapes(with_layouts(POSTER.format(least=300, share=0.5)), "web/thumbnail")
    assert set(found) == {400, 200}
    assert found[200] == found[400]


def test_a_brand_gives_its_narrow_copies_another_layout() -> None:
    wide = POSTER.format(least=300, share=0.5)
    narrow = POSTER.format(least=100, share=0.9).replace("min_aspect = 0", "min_aspect = 0\nmax_height = 299")
    found = shapes(with_layouts(wide + narrow), "web/thumbnail")
    assert {width: shape.share for width, shape in found.items()} == {400: 0.5, 200: 0.9}


def test_where_the_placement_has_no_layout_none_of_its_sizes_carries_words() -> None:
    only_narrow = POSTER.format(least=100, share=0.9).replace("min_aspect = 0", "min_aspect = 0\nmax_height = 299")
    assert laid_on(with_layouts(only_narrow), "web/thumbnail", desk()) == {400: None, 200: None}


@pytest.mark.parametrize(
    ("on", "members", "labelled"),
    [
        (date(2027, 2, 28), {}, False),
        (BEGINS, {}, True),
        (date(2027, 2, 28), {"embargo": "2027-03-02T00:00:00Z"}, True),  # nobody sees it before
        (BEGINS, {"embargo": "2027-01-01T00:00:00Z"}, True),
        (date(2027, 2, 28), {"disclosure": {"label": True}}, True),
        (BEGINS, {"markets": ["CH"]}, False),
    ],
)
def test_a_label_is_laid_on_from_the_day_a_rule_begins(on: date, members: dict[str, Any], labelled: bool) -> None:
    wanted = brief(**({"markets": ["de"]} | members))
    at = desk(on)
    carried = {one is not None and one.label is not None for one in laid_on(wanted, "web/thumbnail", at).values()}
    assert carried == {labelled}
    assert at.labelled(wanted, "web/thumbnail", on) is labelled
    assert desk(date(2020, 1, 1)).labelled(wanted, "web/thumbnail", on) is labelled  # the day asked about counts


def test_a_rule_for_some_channels_asks_nothing_of_others() -> None:
    wanted = brief(markets=["DE"], placements=["x/summary"])
    assert laid_on(wanted, "x/summary", desk()) == {144: None}
    assert not desk().labelled(wanted, "x/summary", BEGINS)


@pytest.mark.parametrize(
    ("on", "members", "told"),
    [
        (date(2027, 2, 1), {}, True),
        (BEGINS, {}, False),  # it is laid on already
        (date(2027, 2, 1), {"rights": {"valid_until": "2027-02-20T00:00:00Z"}}, False),
        (date(2027, 2, 1), {"rights": {"valid_until": "2027-04-01T00:00:00Z"}}, True),
        (date(2027, 2, 1), {"disclosure": {"label": True}}, False),
        (date(2027, 2, 1), {"markets": []}, False),
    ],
)
def test_rules_that_begin_while_the_pictures_are_shown_are_told(on: date, members: dict[str, Any], told: bool) -> None:
    wanted = brief(**({"markets": ["DE"]} | members))
    assert desk(on).to_come(wanted, ["x/summary", "web/thumbnail"]) == ([RULE] if told else [])
    assert desk(on).to_come(wanted, ["x/summary"]) == []


def test_the_shipped_rules_hold_from_their_days_on() -> None:
    table = parse_labels(data.text("labels.toml"))
    for rule in table.rules:
        place = f"{rule.channels[0] if rule.channels else 'web'}/thumbnail"
        assert rule.asks(rule.markets, place, rule.since)
        assert not rule.asks(rule.markets, place, date.fromordinal(rule.since.toordinal() - 1))
