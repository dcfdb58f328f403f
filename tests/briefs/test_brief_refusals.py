"""Bad briefs, one fault each: its code, line and path; and many faults at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from colophon.briefs import load_brief
from colophon.errors import InvalidInput, Problem

Problems = Callable[..., tuple[Problem, ...]]

PROMPT = "A matte ceramic mug on a sunlit oak table"
WISH = "{placement: web/card, formats: [webp]}"
CAP = 'cap: "2.00"'
BUDGET = f"budget: {{currency: USD, {CAP}}}"

# old text, new text, code, line, path
CASES = [
    # numbers of variants
    ("variants: 2", "variants: 0", "out_of_range", 8, "visuals[0].variants"),
    ("variants: 2", "variants: -1", "out_of_range", 8, "visuals[0].variants"),
    ("variants: 2", "variants: 65", "out_of_range", 8, "visuals[0].variants"),
    ("variants: 2", "variants: 1.5", "wrong_type", 8, "visuals[0].variants"),
    ("variants: 2", 'variants: "2"', "wrong_type", 8, "visuals[0].variants"),
    ("variants: 2", "variants: true", "wrong_type", 8, "visuals[0].variants"),
    ("variants: 2", "variants: 1e9", "wrong_type", 8, "visuals[0].variants"),
    ("variants: 2", "variants: 010", "wrong_type", 8, "visuals[0].variants"),
    ("variants: 2", "variants: 0x10", "wrong_type", 8, "visuals[0].variants"),
    ("variants: 2", "variants: 1:30", "wrong_type", 8, "visuals[0].variants"),
    ("variants: 2", "variants: [2]", "wrong_type", 8, "visuals[0].variants"),
    ("variants: 2", "variants: " + "9" * 5000, "wrong_type", 8, "visuals[0].variants"),
    ("variants: 2", "variants:", "wrong_type", 8, "visuals[0].variants"),
    # money
    (CAP, "cap: .nan", "not_finite", 14, "budget.cap"),
    (CAP, "cap: .inf", "not_finite", 14, "budget.cap"),
    (CAP, "cap: -.INF", "not_finite", 14, "budget.cap"),
    (CAP, "cap: NaN", "wrong_value", 14, "budget.cap"),
    (CAP, "cap: Infinity", "wrong_value", 14, "budget.cap"),
    (CAP, "cap: -2", "wrong_value", 14, "budget.cap"),
    (CAP, "cap: 0", "out_of_range", 14, "budget.cap"),
    (CAP, 'cap: "0.00"', "out_of_range", 14, "budget.cap"),
    (CAP, "cap: 1000000.01", "out_of_range", 14, "budget.cap"),
    (CAP, "cap: 99999999", "wrong_value", 14, "budget.cap"),
    (CAP, "cap: 1e3", "wrong_value", 14, "budget.cap"),
    (CAP, "cap: 1e999999999", "wrong_value", 14, "budget.cap"),
    (CAP, "cap: 0.0000001", "wrong_value", 14, "budget.cap"),
    (CAP, "cap: 2,00", "unknown_member", 14, "budget.00"),
    (CAP, 'cap: "2,00"', "wrong_value", 14, "budget.cap"),
    (CAP, 'cap: "$2"', "wrong_value", 14, "budget.cap"),
    (CAP, 'cap: "\uff12.00"', "wrong_value", 14, "budget.cap"),
    (CAP, "cap: true", "wrong_value", 14, "budget.cap"),
    (CAP, "cap: [2]", "wrong_type", 14, "budget.cap"),
    (BUDGET, "budget: {currency: USD}", "missing_member", 14, "budget.cap"),
    (BUDGET, "budget: 2.00", "wrong_type", 14, "budget"),
    (BUDGET, "", "missing_member", 1, "budget"),
    ("currency: USD", "currency: usd", "wrong_form", 14, "budget.currency"),
    ("currency: USD", "currency: dollars", "wrong_form", 14, "budget.currency"),
    # names and texts
    ("spring-mugs", "Spring-Mugs", "wrong_form", 2, "campaign"),
    ("spring-mugs", "../spring", "wrong_form", 2, "campaign"),
    ("spring-mugs", "a/b", "wrong_form", 2, "campaign"),
    ("spring-mugs", "-spring", "wrong_form", 2, "campaign"),
    ("spring-mugs", '"con\\0"', "wrong_form", 2, "campaign"),
    ("spring-mugs", '"spring\\n"', "wrong_form", 2, "campaign"),
    ("spring-mugs", "spr\u0456ng", "wrong_form", 2, "campaign"),
    ("spring-mugs", "x" * 65, "wrong_form", 2, "campaign"),
    ("spring-mugs", "2026", "wrong_type", 2, "campaign"),
    ("title: Spring mugs", "title: 2026", "wrong_type", 3, "title"),
    ("title: Spring mugs", "title: ''", "wrong_length", 3, "title"),
    ("title: Spring mugs", "title: ' '", "wrong_value", 3, "title"),
    ("title: Spring mugs", "title: " + "x" * 201, "wrong_length", 3, "title"),
    ("title: Spring mugs", 'title: "a\\x1b[31m"', "wrong_value", 3, "title"),
    (PROMPT, '"a\\u202Egpj.exe"', "wrong_value", 7, "visuals[0].prompt"),
    (PROMPT, "x" * 4001, "wrong_length", 7, "visuals[0].prompt"),
    ("id: shelf", "id: hero", "duplicate_id", 11, "visuals[1].id"),
    ("    prompt: Three mugs on a shelf\n", "", "missing_member", 11, "visuals[1].prompt"),
    # members nobody offers
    ("title:", "status: approved\ntitle:", "unknown_member", 3, "status"),
    ("title:", "cost: 0\ntitle:", "unknown_member", 3, "cost"),
    ("title:", "role: admin\ntitle:", "unknown_member", 3, "role"),
    ("title:", '"": x\ntitle:', "unknown_member", 3, "''"),
    ("    variants: 2", "    varaints: 2", "unknown_member", 8, "visuals[0].varaints"),
    ("on: the mug", "at: the mug, on: the mug", "unknown_member", 9, "visuals[0].colours[0].at"),
    # members with a fixed choice
    ("schema_version: 1", "schema_version: 2", "unknown_value", 1, "schema_version"),
    ("schema_version: 1", 'schema_version: "1"', "wrong_value", 1, "schema_version"),
    ("schema_version: 1", "schema_version: true", "wrong_value", 1, "schema_version"),
    ("schema_version: 1", "schema_version: 1.0", "wrong_value", 1, "schema_version"),
    ("title:", "model: {name: flux-9}\ntitle:", "unknown_value", 3, "model.name"),
    ("title:", "model: {fallback: no}\ntitle:", "wrong_type", 3, "model.fallback"),
    ("title:", "model: {fallback: 0}\ntitle:", "wrong_type", 3, "model.fallback"),
    ("title:", "disclosure: {label: on}\ntitle:", "wrong_type", 3, "disclosure.label"),
    ("title:", "model: {safety: none}\ntitle:", "unknown_value", 3, "model.safety"),
    ("title:", "review: {rule: some}\ntitle:", "unknown_value", 3, "review.rule"),
    # times
    ("title:", "deadline: 2026-11-24\ntitle:", "wrong_value", 3, "deadline"),
    ("title:", "deadline: 1700000000\ntitle:", "wrong_value", 3, "deadline"),
    ("title:", 'deadline: "1700000000"\ntitle:', "wrong_value", 3, "deadline"),
    ("title:", "deadline: 2026-11-24T09:00:00\ntitle:", "wrong_form", 3, "deadline"),
    ("title:", "deadline: 2026-13-24T09:00:00Z\ntitle:", "wrong_form", 3, "deadline"),
    ("title:", "embargo: [2026]\ntitle:", "wrong_type", 3, "embargo"),
    # placements
    ("instagram/feed_portrait", "instagram/feed_portrat", "unknown_placement", 13, "placements[0]"),
    ("instagram/feed_portrait", "Instagram/Feed Portrait", "unknown_placement", 13, "placements[0]"),
    ("instagram/feed_portrait", "../../etc/passwd", "unknown_placement", 13, "placements[0]"),
    ("instagram/feed_portrait", "web/card", "duplicate_placement", 13, "placements[1].placement"),
    ("instagram/feed_portrait", "7", "wrong_type", 13, "placements[0]"),
    (WISH, "{placement: web/card, formats: [gif]}", "format_not_listed", 13, "placements[1].formats[0]"),
    (WISH, "{placement: email/logo_2x, formats: [jpg]}", "format_not_listed", 13, "placements[1].formats[0]"),
    (WISH, "{placement: web/card, formats: [jpg, jpg]}", "duplicate_format", 13, "placements[1].formats[1]"),
    (WISH, "{placement: web/card, formats: []}", "wrong_length", 13, "placements[1].formats"),
    (WISH, "{formats: [webp]}", "missing_member", 13, "placements[1].placement"),
    ("    variants: 2", "    placements: [web/heros]", "unknown_placement", 8, "visuals[0].placements[0]"),
    # parts that must agree
    ("colour: sage", "colour: moss", "unknown_colour", 9, "visuals[0].colours[0].colour"),
    ("variants: 2", "variants: 2\n    seeds: [7]", "seed_count", 9, "visuals[0].seeds"),
    ("variants: 2", "variants: 2\n    seeds: [7, 7]", "duplicate_seed", 9, "visuals[0].seeds"),
    ("variants: 2", "variants: 1\n    seeds: [0]", "out_of_range", 9, "visuals[0].seeds[0]"),
    ("variants: 2", "variants: 1\n    seeds: [2147483648]", "out_of_range", 9, "visuals[0].seeds[0]"),
    (
        "title:",
        f"references: [{', '.join(['mug.jpg'] * 8)}]\ntitle:",
        "too_many_references",
        11,
        "visuals[0].references",
    ),
    ("[mug.jpg]", f"[{', '.join(['mug.jpg'] * 9)}]", "wrong_length", 10, "visuals[0].references"),
    # the brand
    ("brand: brand.yaml", "brand: missing.yaml", "missing_file", 4, "brand"),
    ("brand: brand.yaml", "brand: ../brand.yaml", "outside_folder", 4, "brand"),
    ("brand: brand.yaml", "brand: /etc/passwd", "outside_folder", 4, "brand"),
    ("brand: brand.yaml", "brand: https://example.com/brand.yaml", "not_a_file", 4, "brand"),
    ("brand: brand.yaml", "brand: .", "not_a_file", 4, "brand"),
    ("brand: brand.yaml", "brand: 7", "wrong_type", 4, "brand"),
    ("brand: brand.yaml", "brand: {palette: [{name: sage, hex: '#8A9E87'}]}", "missing_member", 4, "brand.name"),
    # what YAML can do and a brief may not
    ("title: Spring mugs", "title: &t Spring mugs", "anchor", 3, "title"),
    ("title: Spring mugs", "title: *t", "alias", 3, "title"),
    ("title: Spring mugs", "title: !x Spring mugs", "tag", 3, "title"),
    ("title: Spring mugs", "title: !!str Spring mugs", "tag", 3, "title"),
    ("title: Spring mugs", "title: !!python/object/apply:os.system [id]", "tag", 3, "title"),
    ("title:", "<<: {notes: x}\ntitle:", "merge_key", 3, "'<<'"),
    ("title:", "title: first\ntitle:", "duplicate_member", 4, "title"),
    ("id: hero", "id: hero\n    id: other", "duplicate_member", 7, "visuals[0].id"),
    ("title:", "? [a]\n: b\ntitle:", "key_not_text", 3, ""),
]


@pytest.mark.parametrize(("old", "new", "code", "line", "path"), CASES)
def test_one_fault_is_named_with_its_place(
    problems: Problems, small: str, old: str, new: str, code: str, line: int, path: str
) -> None:
    assert small.count(old) == 1
    found = problems(small.replace(old, new))
    assert (code, line, path) in [(p.code, p.line, p.path) for p in found], found
    assert all(p.file.endswith("brief.yaml") for p in found)


@pytest.mark.parametrize(
    ("old", "new"), [case[:2] for case in CASES if case[2] not in ("key_not_text", "unknown_member")]
)
def test_one_fault_is_told_once(problems: Problems, small: str, old: str, new: str) -> None:
    assert len(problems(small.replace(old, new))) == 1


def test_there_are_enough_bad_briefs() -> None:
    assert len(CASES) >= 60


def test_all_faults_are_told_at_once_in_the_order_of_the_file(problems: Problems, small: str) -> None:
    text = small.replace("variants: 2", "variants: 0").replace("instagram/feed_portrait", "instagram/feed_potrait")
    text = (
        text.replace("campaign: spring-mugs", "campaign: A").replace("[mug.jpg]", "[mug.png]").replace('"2.00"', "-1")
    )
    found = problems(text + "status: done\n")
    assert [p.line for p in found] == [2, 8, 10, 13, 14, 15]
    assert found[3].allowed.startswith("instagram/feed_portrait")
    assert "1 to 64" in found[1].allowed


def test_a_brand_files_faults_name_that_file_and_its_lines(problems: Problems, small: str, folder: Path) -> None:
    (folder / "brand.yaml").write_text("name: Northwind\npalette:\n  - {name: sage, hex: green}\ncolors: []\n")
    found = problems(small.replace("variants: 2", "variants: 0"))
    places = [(Path(p.file).name, p.line, p.path) for p in found]
    assert places == [
        ("brief.yaml", 8, "visuals[0].variants"),
        ("brand.yaml", 3, "palette[0].hex"),
        ("brand.yaml", 4, "colors"),
    ]


def test_a_brand_file_that_cannot_be_read_does_not_hide_other_faults(
    problems: Problems, small: str, folder: Path
) -> None:
    (folder / "brand.yaml").write_text("name: [")
    found = problems(small.replace("variants: 2", "variants: 0"))
    assert [(Path(p.file).name, p.code) for p in found] == [("brief.yaml", "out_of_range"), ("brand.yaml", "not_yaml")]


def test_a_misspelt_member_is_answered_with_the_right_one(problems: Problems, small: str) -> None:
    (problem,) = problems(small.replace("variants: 2", "varients: 2"))
    assert 'did you mean "variants"?' in problem.message
    assert "prompt" in problem.allowed


def test_messages_show_hostile_text_escaped_and_short(problems: Problems, small: str) -> None:
    hostile = '"\\e]0;x\\a\\u202E' + "A" * 300_000 + '"'
    for text in (
        small.replace("spring-mugs", hostile),
        small + f"? {hostile}\n: 1\n",
        small + f'{hostile[:200]}": 1\n',
    ):
        for problem in problems(text):
            assert len(str(problem)) < 1500
            assert str(problem).isprintable()


def test_messages_use_no_library_jargon(problems: Problems, small: str) -> None:
    for old, new, *_ in CASES:
        for problem in problems(small.replace(old, new)):
            words = str(problem).lower()
            assert not any(jargon in words for jargon in ("pydantic", "tuple", "dict", "input should", "datetime"))


def test_problems_are_bounded(problems: Problems, small: str) -> None:
    found = problems(small + "".join(f"x{i}: 1\n" for i in range(5000)))
    assert len(found) == 100


def test_a_refused_brief_leaves_nothing_behind(folder: Path, small: str, problems: Problems) -> None:
    before = sorted(path.name for path in folder.rglob("*"))
    assert problems(small.replace("variants: 2", "variants: 0"))
    assert sorted(path.name for path in folder.rglob("*")) == before


def test_the_error_says_what_to_do(folder: Path) -> None:
    (folder / "brief.yaml").write_text("schema_version: 1\n")
    with pytest.raises(InvalidInput) as caught:
        load_brief(folder / "brief.yaml")
    assert "brief.yaml:1" in caught.value.where
    assert "Nothing was ordered" in caught.value.hint
    assert caught.value.message.endswith("(and 5 more)")


def test_a_deadline_in_the_past_is_no_error(problems: Problems, small: str) -> None:
    assert problems(small + "deadline: 1999-01-01T00:00:00Z\n") == ()


@pytest.mark.parametrize("cap", ["2.00", "2", '"2"', "0.000001", "1000000", "+2"])
def test_budgets_may_be_numbers_or_text(problems: Problems, small: str, cap: str) -> None:
    assert problems(small.replace('"2.00"', cap)) == ()
