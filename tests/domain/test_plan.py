"""The plan is pure: what a brief would buy, cut and cost, with ids that depend on nothing else."""

from datetime import date
from typing import Any

import pytest

from colophon import data
from colophon.domain.brief import Brief, ReferenceRole
from colophon.domain.choice import Offer, RouteChoice
from colophon.domain.donts import parse_dont_rules
from colophon.domain.generation import ReferenceUse
from colophon.domain.master import MasterLimits
from colophon.domain.money import Estimate, Money, PriceRule, rule_for
from colophon.domain.placement import parse_placements
from colophon.domain.plan import Plan, make_plan
from colophon.domain.plan_rules import Rules
from colophon.domain.route import parse_prices, parse_routes
from colophon.errors import InvalidInput

RULES = Rules(parse_placements(data.text("placements.csv")), parse_dont_rules(data.text("donts.toml")), MasterLimits())


def price(route: str = "sandbox") -> PriceRule:
    rule = rule_for(parse_prices(data.text("prices.toml"))[route], "flux-2-pro", date(2026, 11, 21))
    assert rule is not None
    return rule


ROUTES = parse_routes(data.text("routes.toml"))


def offer(name: str) -> Offer:
    return Offer(ROUTES[name], price(name))


SANDBOX = RouteChoice(("sandbox",), (offer("sandbox"),), price())


def brief(visual: dict[str, Any] | None = None, **members: Any) -> Brief:
    hero = {"id": "hero", "prompt": "A matte mug on an oak table, soft window light", "variants": 2}
    return Brief.model_validate(
        {
            "schema_version": 1,
            "campaign": "spring-mugs",
            "title": "Spring mugs",
            "brand": {"name": "Northwind"},
            "visuals": [{**hero, **(visual or {})}],
            "placements": ["instagram/feed_portrait", "iab_display/medium_rectangle", "web/card"],
            "budget": {"currency": "USD", "cap": "2.00"},
            **members,
        }
    )


def plan(order: Brief, route: RouteChoice = SANDBOX, references: dict[str, ReferenceUse] | None = None) -> Plan:
    return make_plan(order, "r" * 64, route=route, rules=RULES, references=references or {})


def ids(made: Plan) -> list[str]:
    return [generation.id for generation in made.generations]


def test_the_same_brief_gives_the_same_plan() -> None:
    assert plan(brief()) == plan(brief())


def test_every_variant_is_bought_once_for_each_master() -> None:
    made = plan(brief())
    wanted = {(m.id, variant) for m in made.masters for variant in (1, 2)}
    assert {(g.master, g.variant) for g in made.generations} == wanted
    assert len(set(ids(made))) == len(made.generations)


@pytest.mark.parametrize(
    "changed",
    [{"title": "Another title"}, {"owner": "Ana"}, {"budget": {"currency": "USD", "cap": "9.99"}}, {"notes": "x"}],
)
def test_what_does_not_decide_the_picture_does_not_change_its_id(changed: dict[str, Any]) -> None:
    assert ids(plan(brief(**changed))) == ids(plan(brief()))


@pytest.mark.parametrize(
    "changed",
    [
        brief({"prompt": "A glossy mug on an oak table, soft window light"}),
        brief({"seeds": [1, 2]}),
        brief(campaign="autumn-mugs"),
        brief(model={"name": "flux-2-pro", "safety": "loose"}),
        brief(brand={"name": "Northwind", "palette": [{"name": "sand", "hex": "#E9D8A6"}]}),
    ],
)
def test_what_decides_the_picture_changes_its_id(changed: Brief) -> None:
    assert not set(ids(plan(changed))) & set(ids(plan(brief())))


def test_the_routes_asked_for_are_part_of_the_order_and_the_one_chosen_is_not() -> None:
    one = RouteChoice(("sandbox", "bfl"), (offer("sandbox"), offer("bfl")), price())
    other = RouteChoice(("sandbox", "bfl"), (offer("bfl"),), price())
    assert {g.route for g in plan(brief(), one).generations} == {"sandbox"}
    assert {g.route for g in plan(brief(), other).generations} == {"bfl"}
    assert ids(plan(brief(), one)) == ids(plan(brief(), other))
    assert not set(ids(plan(brief(), one))) & set(ids(plan(brief())))


def test_seeds_are_ours_differ_and_are_shared_between_the_masters_of_a_variant() -> None:
    made = plan(brief())
    by_variant = {v: {g.seed for g in made.generations if g.variant == v} for v in (1, 2)}
    assert all(len(seeds) == 1 for seeds in by_variant.values())
    assert by_variant[1] != by_variant[2]
    assert all(1 <= g.seed <= 2**31 - 1 for g in made.generations)


def test_seeds_of_the_visual_win_over_those_of_the_brief() -> None:
    assert {g.seed for g in plan(brief(seeds=[7, 8])).generations} == {7, 8}
    assert {g.seed for g in plan(brief({"seeds": [5, 6]}, seeds=[7, 8])).generations} == {5, 6}


def test_a_slot_takes_one_file_a_web_page_every_width_and_format() -> None:
    made = [(f"{r.placement} {r.width}", r.format.value) for r in plan(brief()).renditions]
    assert made == [
        ("instagram/feed_portrait 1080", "jpg"),
        ("iab_display/medium_rectangle 300", "jpg"),
        *((f"web/card {width}", form) for width in (800, 400) for form in ("avif", "webp", "jpg")),
    ]


def test_the_cost_is_the_sum_and_the_cap_is_held_against_the_dear_end() -> None:
    made = plan(brief())
    assert made.cost.high == Money(sum(g.cost.high.micros for g in made.generations))
    assert not made.over_cap
    assert plan(brief(budget={"currency": "USD", "cap": str(made.cost.high)})).over_cap is False
    less = Money(made.cost.high.micros - 1)
    assert plan(brief(budget={"currency": "USD", "cap": str(less)})).over_cap


def test_references_are_paid_for_and_keep_their_order_and_roles() -> None:
    uses = {name: ReferenceUse(name * 64, ReferenceRole.PRODUCT, 1000, 1000) for name in ("a", "b")}
    order = brief({"references": ["b", {"image": "a", "role": "style"}]}, references=["a"])
    made = plan(order, references=uses)
    assert [(u.sha256[0], u.role.value) for u in made.generations[0].references] == [
        ("a", "product"),
        ("b", "product"),
        ("a", "style"),
    ]
    first = plan(brief()).generations[0]
    assert made.generations[0].cost == Estimate(first.cost.low + Money.of("0.045"), first.cost.high + Money.of("0.045"))


@pytest.mark.parametrize(
    ("order", "code", "path"),
    [
        (
            brief({"prompt": "A mug beside a rifle"}, brand={"name": "N", "banned_concepts": ["rifle"]}),
            "banned_concept",
            "visuals[0].prompt",
        ),
        (
            brief({"setting": "a wall of r1fles"}, brand={"name": "N", "banned_concepts": ["rifle"]}),
            "banned_concept",
            "visuals[0].prompt",
        ),
        (brief({"prompt": "very " * 700 + "blue mug"}), "prompt_too_long", "visuals[0].prompt"),
        (brief(budget={"currency": "EUR", "cap": "2"}), "currency", "budget.currency"),
    ],
)
def test_what_must_not_be_bought_is_refused_with_its_place(order: Brief, code: str, path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        plan(order)
    assert (code, path) in {(p.code, p.path) for p in caught.value.problems}


def test_too_many_and_too_large_references_are_refused_before_spending() -> None:
    large = {"a": ReferenceUse("a" * 64, ReferenceRole.PRODUCT, 2000, 2000)}
    one_only = ROUTES["sandbox"].model_copy(update={"max_references": 1})
    few = RouteChoice(("sandbox",), (Offer(one_only, price()),), price())
    order = brief({"references": ["a", "a", "a"]})
    with pytest.raises(InvalidInput) as caught:
        plan(order, few, large)
    assert {p.code for p in caught.value.problems} == {"too_many_references", "references_too_large"}


def test_problems_of_all_visuals_are_told_at_once() -> None:
    order = brief(
        brand={"name": "N", "banned_concepts": ["knife"]},
        visuals=[{"id": f"v{i}", "prompt": f"A knife number {i} in sunlight"} for i in range(3)],
    )
    with pytest.raises(InvalidInput) as caught:
        plan(order)
    assert {p.path for p in caught.value.problems} == {f"visuals[{i}].prompt" for i in range(3)}


def test_where_no_manifest_fits_the_plan_says_so() -> None:
    made = plan(brief(placements=["iab_display/feature_phone_small", "web/thumbnail", "x/summary"]))
    assert {r.placement: r.manifest for r in made.renditions} == {
        "iab_display/feature_phone_small": "detached",
        "web/thumbnail": "embedded",
        "x/summary": "embedded",
    }
    [said] = [warning for warning in made.warnings if "manifest" in warning]
    assert "iab_display/feature_phone_small has no room for a manifest in 5000 bytes" in said
