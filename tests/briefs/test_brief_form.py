"""A brief in a form: whatever it says comes out of it again."""

from pathlib import Path
from typing import Any

import pytest

from colophon.briefs import load_brief_text
from colophon.briefs.document import parse_document
from colophon.briefs.form import (
    BriefForm,
    FormLocale,
    FormReference,
    FormVisual,
    document_of,
)
from colophon.briefs.form_filling import form_of
from colophon.briefs.plain import as_yaml, parsed, plain_document
from colophon.errors import InvalidInput

EXAMPLES = Path(__file__).parents[2] / "examples"
ODD = """\
schema_version: 1
campaign: odd
title: "no"
brand: {name: Northwind, palette: [{name: red, hex: "#FF0000", tolerance: 7.25}]}
visuals:
  - {id: hero, prompt: "on: 1:30 yes", variants: 2, seeds: [7, 8], focus: {x: 0.25, y: 0.5}, mood: calm}
  - id: door
    prompt: A door
    placements: [web/card]
    references: [{image: "asset:a1", role: face, sha256: "%s"}]
    copy: {headline: Own words}
placements: [{placement: web/hero, formats: [webp]}, web/card]
budget: {currency: EUR, cap: "2.50"}
markets: ["DE", "A, B"]
model: {name: flux-2-max, routes: [sandbox], fallback: false}
review: {approvers: [Ana, Bo], rule: 2}
rights: {valid_until: 2027-12-31T23:59:59+01:00, note: by contract}
disclosure: {label: true, training: constrained}
copy: {headline: Hello, language: en, in_scene: [TEA], locales: {de: {headline: Hallo}}}
references: ["https://example.com/a.png", {image: "asset:b2", role: style}]
seeds: [3]
notes: |
  two
  lines
""" % ("ab" * 32)


def _value(text: str) -> dict[str, Any]:
    return dict(parse_document(text.encode(), "brief.yaml").value)


@pytest.mark.parametrize("name", ["northwind-mugs", "harbour-house"])
def test_the_examples_come_out_as_they_went_in(name: str) -> None:
    value = _value((EXAMPLES / name / "brief.yaml").read_text())
    assert document_of(form_of(value)) == _shortened(value)


def test_what_has_no_field_is_kept_beside_them() -> None:
    form = form_of(_value(ODD))
    assert form.texts["title"] == "no"
    assert (form.texts["cap"], form.texts["rule"], form.flags) == ("2.50", "2", ["label"])
    assert form.placements == []
    assert "seeds" in form.visuals[0].rest
    first = load_brief_text(ODD).canonical
    again = load_brief_text(as_yaml(document_of(form))).canonical
    assert again == first


def test_a_stored_brief_is_written_as_people_write_it() -> None:
    loaded = load_brief_text(ODD)
    plain = plain_document(loaded.canonical)
    assert plain["placements"][1] == "web/card"
    assert "owner" not in plain
    assert load_brief_text(as_yaml(plain)).canonical == loaded.canonical


def test_values_of_another_kind_stay_for_the_loader_to_judge() -> None:
    value = {"schema_version": 1, "title": ["a", "list"], "visuals": "none", "placements": [1], "budget": 3}
    assert document_of(form_of(value)) | {"visuals": "none"} == value


def test_rows_that_say_nothing_are_left_out() -> None:
    rows = (FormReference(""), FormReference("asset:x"))
    form = BriefForm(
        texts={"title": "T", "markets": " DE , ,AT"},
        visuals=(FormVisual(), FormVisual({"id": "a", "prompt": "b"}, "3", rows)),
        locales=(FormLocale(), FormLocale("de", {"headline": "Hallo", "legal": ""})),
        placements=["web/card"],
    )
    assert document_of(form, {"name": "Northwind"}) == {
        "schema_version": 1,
        "title": "T",
        "brand": {"name": "Northwind"},
        "visuals": [{"id": "a", "prompt": "b", "variants": 3, "references": [{"image": "asset:x"}]}],
        "placements": ["web/card"],
        "markets": ["DE", "AT"],
        "copy": {"locales": {"de": {"headline": "Hallo"}}},
    }


@pytest.mark.parametrize("text", ["&a [*a]", "!!python/object:x {}", "- a\n- b", "a: 1\na: 2", "a: \x07"])
def test_hostile_yaml_in_a_field_is_refused_with_its_field(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        document_of(BriefForm(rest=text))
    assert {problem.file for problem in caught.value.problems} == {"further members"}
    with pytest.raises(InvalidInput):
        parsed(text, "x")


def _shortened(value: dict[str, Any]) -> dict[str, Any]:
    """In the form the page writes: references as mappings, variants of 1 left out."""
    for part in (value, *value["visuals"]):
        if "references" in part:
            part["references"] = [{"image": r} if isinstance(r, str) else dict(r) for r in part["references"]]
    return value
