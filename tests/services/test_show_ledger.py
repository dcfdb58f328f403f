"""Sums of the ledger by what a person asks for, caps with what is left, and the rows themselves."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from colophon.domain.generation import GenerationState
from colophon.domain.money import Money
from colophon.domain.record import Cap, CostBasis, Intent
from colophon.errors import NotFound
from colophon.services.show_ledger import Narrowed, caps_view, entries_view, ledger_view

if TYPE_CHECKING:
    from colophon.services.show_ledger import By
    from tests.services.conftest import World


def sums(world: World, *by: By, **narrowed: Any) -> dict[str, Any]:
    view = ledger_view(Narrowed(**narrowed), by, orders=world.rt.catalog.orders)
    assert json.loads(json.dumps(view)) == view
    return view


def begun(world: World, generation: str) -> int:
    now = world.clock.now()
    intent = Intent("sandbox", "key", Money.of("0.03"), now + timedelta(minutes=1), "worker")
    return world.rt.catalog.orders.begin_attempt(generation, intent, now=now)


@pytest.fixture
def spent(world: World) -> World:
    """spring: one bought for 0.03 and one still open; autumn: one bought for another brand."""
    world.bought("spring")
    begun(world, world.one("summer"))
    world.bought("autumn", brand={"name": "Southwind"})
    return world


def test_sums_by_campaign_route_and_day_keep_reserved_and_settled_apart(spent: World) -> None:
    today = spent.rt.today.isoformat()
    view = sums(spent)
    assert view["by"] == ["campaign", "route", "day"]
    assert [(r["campaign"], r["spent"], r["settled"], r["reserved"], r["charges"]) for r in view["lines"]] == [
        ("autumn", "0.03", "0.03", "0.00", 1),
        ("spring", "0.03", "0.03", "0.00", 1),
        ("summer", "0.00", "0.00", "0.03", 0),
    ]
    assert {(r["route"], r["day"], r["currency"]) for r in view["lines"]} == {("sandbox", today, "USD")}
    assert view["totals"] == {
        "USD": {
            "spent": "0.06",
            "reserved": "0.03",
            "estimated": "0.00",
            "reported": "0.00",
            "settled": "0.06",
            "unknown": 0,
            "charges": 2,
        }
    }


def test_sums_follow_what_is_asked(spent: World) -> None:
    assert [(r["brand"], r["spent"]) for r in sums(spent, "brand")["lines"]] == [
        ("Northwind", "0.03"),
        ("Southwind", "0.03"),
    ]
    [line] = sums(spent, "model")["lines"]
    assert (line["model"], line["spent"], line["reserved"]) == ("flux-2-pro", "0.06", "0.03")
    assert [r["campaign"] for r in sums(spent, campaign="summer")["lines"]] == ["summer"]
    assert sums(spent, route="bfl") == {"by": ["campaign", "route", "day"], "lines": [], "totals": {}}
    today = spent.rt.today
    assert len(sums(spent, since=today, until=today)["lines"]) == 3
    assert sums(spent, until=date(2020, 1, 1))["lines"] == []
    with pytest.raises(NotFound):
        sums(spent, campaign="winter")


def test_a_charge_nobody_knows_is_counted(world: World) -> None:
    generation = world.one()
    world.rt.catalog.orders.end(
        generation,
        begun(world, generation),
        GenerationState.FAILED,
        code="failed",
        problem="it broke",
        charge=None,
        basis=CostBasis.UNKNOWN,
        now=world.clock.now(),
    )
    [line] = sums(world)["lines"]
    assert (line["unknown"], line["charges"], line["spent"], line["reserved"]) == (1, 1, "0.00", "0.00")


def test_rows_are_shown_as_they_were_written(spent: World) -> None:
    orders = spent.rt.catalog.orders
    rows = entries_view(Narrowed("spring"), orders=orders)
    assert sorted((r["kind"], r["amount"], r["basis"]) for r in rows) == [
        ("charge", "0.03", "settled"),
        ("release", "0.03", "estimated"),
        ("reservation", "0.03", "estimated"),
    ]
    [charge] = [r for r in rows if r["kind"] == "charge"]
    assert charge["request_id"] == spent.invoice[0]["id"]
    assert (charge["campaign"], charge["brand"], charge["route"]) == ("spring", "Northwind", "sandbox")
    with pytest.raises(NotFound):
        entries_view(Narrowed("winter"), orders=orders)


def test_caps_say_what_is_left(spent: World) -> None:
    limits = [
        Cap("day", Money.of("1.00"), "COLOPHON_CAPS__DAY"),
        Cap("brand/northwind", Money.of("0.05"), "COLOPHON_CAPS__BRAND"),
        Cap("brand/Eastwind", Money.of("0.05"), "COLOPHON_CAPS__BRAND"),
        Cap("day", Money.of("1.00", "EUR"), "elsewhere"),
    ]
    today = spent.rt.today
    rows = {r["purse"] + r["currency"]: r for r in caps_view(None, limits, catalog=spent.rt.catalog, today=today)}
    shown = {name: (r["spent"], r["reserved"], r["cap"], r["left"]) for name, r in rows.items()}
    assert shown == {
        "campaign/autumnUSD": ("0.03", "0.00", "2.00", "1.97"),
        "campaign/springUSD": ("0.03", "0.00", "2.00", "1.97"),
        "campaign/summerUSD": ("0.00", "0.03", "2.00", "1.97"),
        f"day/{today}USD": ("0.06", "0.03", "1.00", "0.91"),
        "brand/northwindUSD": ("0.03", "0.03", "0.05", "0.00"),
        f"day/{today}EUR": ("0.00", "0.00", "1.00", "1.00"),
    }


def test_a_brand_s_own_budget_is_a_cap(world: World) -> None:
    brand = {"name": "Northwind", "buying": {"budget": {"cap": "0.50"}}}
    world.bought("spring", brand=brand)
    world.bought("summer", brand=brand)
    rows = caps_view("spring", (), catalog=world.rt.catalog, today=world.rt.today)
    assert [(r["purse"], r["spent"], r["cap"]) for r in rows] == [
        ("campaign/spring", "0.03", "2.00"),
        ("brand/northwind", "0.06", "0.50"),
    ]
