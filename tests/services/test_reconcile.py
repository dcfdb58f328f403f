"""An invoice against the ledger: what agrees, every way in which it does not, and what settling books."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from colophon.catalog import SqlCatalog, open_catalog
from colophon.domain.brief import Brief, Safety
from colophon.domain.generation import Generation, GenerationState, Job, JobStatus
from colophon.domain.money import Estimate, Money
from colophon.domain.record import CostBasis, Intent
from colophon.errors import InvalidInput
from colophon.services.invoice_file import read_invoice
from colophon.services.reconcile import Asked, reconcile, settle
from colophon.services.show_reconciliation import reconciliation_view

NOON = datetime(2027, 3, 4, 12, tzinfo=UTC)
NAMES = {
    "sandbox": frozenset({"sandbox", "bfl", "colophon sandbox"}),
    "fal": frozenset({"fal", "fal.ai"}),
    "together": frozenset({"together"}),
}


@dataclass
class Books:
    """A catalog with one campaign; every order is of a generation of its own, at noon of ``day``."""

    catalog: SqlCatalog
    day: date = date(2027, 3, 4)
    ids: itertools.count[int] = field(default_factory=itertools.count)
    generations: list[Generation] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime.combine(self.day, NOON.timetz())

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody waits here")

    def begin(self, route: str = "sandbox") -> tuple[str, int]:
        price = Money.of("0.05")
        name = f"gen_{next(self.ids):04d}"
        self.generations.append(
            Generation(
                id=name,
                campaign="mugs",
                visual="hero",
                variant=len(self.generations) + 1,
                master="m1",
                width=512,
                height=512,
                route=route,
                model="flux-2-pro",
                seed=7,
                prompt="A mug",
                structure="{}",
                safety=Safety.NORMAL,
                references=(),
                cost=Estimate(price, price),
            )
        )
        brief = {
            "schema_version": 1,
            "campaign": "mugs",
            "title": "Mugs",
            "brand": {"name": "Northwind"},
            "visuals": [{"id": "hero", "prompt": "A mug"}],
            "placements": ["opengraph/universal"],
            "budget": {"cap": "9.00"},
        }
        self.catalog.orders.register(
            Brief.model_validate(brief),
            revision=f"rev-{name}",
            canonical=json.dumps(brief),
            generations=self.generations,
            renditions=(),
            now=self.now(),
        )
        return name, self.again(name, route)

    def again(self, generation: str, route: str = "sandbox") -> int:
        intent = Intent(route, "key", Money.of("0.05"), self.now() + timedelta(minutes=1), "worker")
        return self.catalog.orders.begin_attempt(generation, intent, now=self.now())

    def submitted(self, task: str, route: str = "sandbox") -> tuple[str, int]:
        generation, attempt = self.begin(route)
        self.catalog.orders.record_job(
            generation, attempt, Job(task, JobStatus.PENDING), provider=route, parameters={}, now=self.now()
        )
        return generation, attempt

    def charged(self, task: str, amount: str | None = "0.03", *, route: str = "sandbox", settled: bool = True) -> str:
        """A delivered order; without ``amount`` the vendor said none and the estimate was booked."""
        generation, attempt = self.submitted(task, route)
        cost = Money.of(amount) if amount is not None else None
        job = Job(task, JobStatus.READY, cost=cost, cost_settled=settled)
        self.catalog.orders.record_original(generation, attempt, "ab" * 32, job, now=self.now())
        return generation

    def failed(self, task: str, charge: str | None) -> str:
        """An order that ended without a picture; ``charge`` None: nobody knows what it cost."""
        generation, attempt = self.submitted(task)
        self.catalog.orders.end(
            generation,
            attempt,
            GenerationState.FAILED,
            code="failed",
            problem="it broke",
            charge=None if charge is None else Money.of(charge),
            basis=CostBasis.UNKNOWN if charge is None else CostBasis.SETTLED,
            now=self.now(),
        )
        return generation

    def compare(self, *lines: str, settling: bool = False, **asked: Any) -> dict[str, Any]:
        """Against an invoice of rows id,at,provider,model,amount,currency,settled, as the sandbox writes it."""
        text = "\n".join(["id,at,provider,model,amount,currency,settled", *lines]) + "\n"
        result = reconcile(read_invoice(text.encode()), Asked(**asked), orders=self.catalog.orders, names=NAMES)
        settled = settle(result, note="invoice of March", orders=self.catalog.orders, clock=self) if settling else []
        view: dict[str, Any] = json.loads(json.dumps(reconciliation_view(result, "march.csv", settled)))
        return view

    def bases(self, generation: str) -> list[tuple[str, str, str]]:
        rows = [e for e in self.catalog.orders.ledger() if e.generation == generation]
        return sorted((e.kind, str(e.amount), e.basis.value) for e in rows if e.kind in ("charge", "correction"))


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    catalog = open_catalog(f"sqlite:///{tmp_path}/catalog.db")
    yield Books(catalog)
    catalog.close()


def row(
    task: str, amount: str = "0.03", *, day: str = "2027-03-04", provider: str = "bfl", currency: str = "USD"
) -> str:
    return f"{task},{day}T12:00:00Z,{provider},flux-2-pro,{amount},{currency},true"


def kinds(view: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(d["kind"], d["request_id"]) for d in view["differences"]]


def test_equal_books_are_equal(books: Books) -> None:
    books.charged("t1")
    books.charged("t2", "0.045")
    view = books.compare(row("t1"), row("t2", "0.0450"))
    assert (view["equal"], view["differences"]) == (True, [])
    assert (view["invoice"]["lines"], view["invoice"]["total"], view["invoice"]["currency"]) == (2, "0.075", "USD")
    assert (view["ledger"]["orders"], view["ledger"]["total"]) == (2, "0.075")


def test_every_kind_of_difference_is_listed(books: Books) -> None:
    equal, dear, cheap, euros, twice = (books.charged(t) for t in ("t1", "t2", "t3", "t4", "t5"))
    books.charged("not-billed", "0.02")
    unknown = books.failed("t6", None)
    waiting, _ = books.submitted("t7")
    view = books.compare(
        row("t1"),
        row("t2", "0.031"),
        row("t3", "0.029"),
        row("t4", currency="EUR"),
        row("t5"),
        row("t5"),
        row("t6", "0.01"),
        row("t7"),
        row("theirs"),
        row(""),
    )
    assert sorted(kinds(view), key=str) == [
        ("amount_differs", "t2"),
        ("amount_differs", "t3"),
        ("currency_differs", "t4"),
        ("listed_twice", "t5"),
        ("missing_in_invoice", "not-billed"),
        ("missing_in_ledger", "theirs"),
        ("missing_in_ledger", None),
        ("still_open", "t7"),
        ("unknown_amount", "t6"),
    ]
    found = {d["request_id"]: d for d in view["differences"]}
    assert view["equal"] is False
    assert equal not in {d["generation"] for d in view["differences"]}
    assert (found["t2"]["generation"], found["t2"]["invoice"], found["t2"]["ledger"]) == (dear, "0.031", "0.03")
    assert "0.001 more" in found["t2"]["message"]
    assert found["t3"]["generation"] == cheap
    assert "0.001 less" in found["t3"]["message"]
    assert (found["t4"]["generation"], found["t4"]["lines"]) == (euros, [5])
    assert (found["t5"]["generation"], found["t5"]["invoice"], found["t5"]["lines"]) == (twice, "0.06", [6, 7])
    assert (found["t6"]["generation"], found["t7"]["generation"]) == (unknown, waiting)
    assert (found["not-billed"]["invoice"], found["not-billed"]["ledger"]) == (None, "0.02")
    assert view["invoice"]["totals"] == {"EUR": "0.03", "USD": "0.25"}


def test_what_cost_nothing_is_equal_whether_billed_at_zero_or_not_at_all(books: Books) -> None:
    books.failed("t1", "0.00")
    books.failed("t2", None)
    books.failed("t3", "0.00")
    books.failed("t4", None)
    assert books.compare(row("t1", "0"), row("t2", "0.00"))["differences"] == []


def test_an_open_order_is_no_difference_until_it_is_billed(books: Books) -> None:
    books.charged("t1")
    books.submitted("t2")
    assert books.compare(row("t1"))["equal"] is True
    assert kinds(books.compare(row("t1"), row("t2"))) == [("still_open", "t2")]


def test_each_attempt_of_a_generation_answers_for_its_own_id(books: Books) -> None:
    """An unknown outcome that a person settled as not bought, and whose answer came after that."""
    generation, first = books.begin()
    orders = books.catalog.orders
    orders.record_unknown(generation, first, problem="no answer", now=NOON)
    orders.not_taken(generation, first, by="Ana", problem="not in the account", now=NOON)
    second = books.again(generation)
    orders.record_job(generation, second, Job("t2", JobStatus.PENDING), provider="bfl", parameters={}, now=NOON)
    ready = Job("t2", JobStatus.READY, cost=Money.of("0.03"), cost_settled=True)
    orders.record_original(generation, second, "ab" * 32, ready, now=NOON)
    assert books.compare(row("t2"))["equal"] is True

    with pytest.raises(Exception, match="attempt 1 changes nothing"):
        orders.record_job(generation, first, Job("t1", JobStatus.PENDING), provider="bfl", parameters={}, now=NOON)
    view = books.compare(row("t1"), row("t2"), settling=True)
    [found] = view["differences"]
    assert (found["kind"], found["attempt"], found["ledger"], found["settled"]) == ("amount_differs", 1, None, True)
    assert "nothing was bought" in found["message"]


def test_a_charge_without_a_request_id_is_said(books: Books) -> None:
    generation, attempt = books.begin()
    orders = books.catalog.orders
    orders.record_unknown(generation, attempt, problem="no answer", now=NOON)
    assert books.compare(row("theirs"))["unknown_outcomes"] == 1
    orders.end(
        generation,
        attempt,
        GenerationState.FAILED,
        code="lost",
        problem="billed",
        charge=Money.of("0.05"),
        basis=CostBasis.ESTIMATED,
        now=NOON,
        by="Ana",
    )
    assert kinds(books.compare(row("theirs"))) == [("missing_in_ledger", "theirs"), ("no_request_id", None)]


def test_a_refund_is_taken_off(books: Books) -> None:
    books.charged("t1", "0.00")
    books.charged("t2", "0.03")
    view = books.compare(row("t1"), row("t1", "-0.03"), row("t2"), row("t2", "-0.01"))
    assert [(d["kind"], d["invoice"]) for d in view["differences"]] == [("amount_differs", "0.02")]


def test_the_invoice_s_own_providers_and_days_are_in_question(books: Books) -> None:
    books.charged("t1")
    books.charged("f1", route="fal")
    books.day = date(2027, 3, 20)
    books.charged("t2")
    march_4 = books.compare(row("t1"))
    assert (march_4["equal"], march_4["ledger"]["routes"], march_4["ledger"]["until"]) == (
        True,
        ["sandbox"],
        "2027-03-04",
    )
    assert kinds(books.compare(row("t1"), row("f1", provider="FAL", day="2027-03-20"))) == [
        ("missing_in_invoice", "t2")
    ]
    assert kinds(books.compare(row("t1", provider=""))) == []
    month = books.compare(row("t1"), since=date(2027, 3, 1), until=date(2027, 3, 31))
    assert kinds(month) == [("missing_in_invoice", "t2")]
    everything = books.compare(row("x", day="2027-03-04", provider="who"), since=date(2027, 3, 1))
    assert len(everything["differences"]) == 4


def test_an_order_and_its_line_may_lie_on_two_days(books: Books) -> None:
    books.charged("t1")
    assert books.compare(row("t1", day="2027-03-05"))["equal"] is True
    assert books.compare(row("t1", day="2027-03-05"), until=date(2027, 3, 4))["equal"] is True
    later = books.compare(row("t1", day="2027-03-05"), since=date(2027, 4, 1))
    assert (later["invoice"]["lines"], later["invoice"]["left_out"], later["equal"]) == (0, 1, True)


def test_asked_for_one_route_lines_of_others_are_left_out_and_counted(books: Books) -> None:
    books.charged("t1")
    books.charged("f1", route="fal")
    lines = (row("t1"), row("f1", provider="fal.ai"), row("f2", provider="fal"), row("x", provider="a stranger"))
    view = books.compare(*lines, routes=("fal",))
    assert kinds(view) == [("missing_in_ledger", "f2"), ("missing_in_ledger", "x")]
    assert (view["invoice"]["lines"], view["invoice"]["left_out"]) == (3, 1)
    assert books.compare(*lines, routes=("Colophon Sandbox",))["ledger"]["routes"] == ["sandbox"]
    with pytest.raises(InvalidInput, match="no route 'fall'") as caught:
        books.compare(*lines, routes=("fall",))
    assert "'fal'" in caught.value.hint


def test_one_id_at_two_vendors_is_two_orders(books: Books) -> None:
    books.charged("same", "0.03")
    books.charged("same", "0.04", route="fal")
    assert books.compare(row("same", "0.03"), row("same", "0.04", provider="fal"))["equal"] is True
    swapped = books.compare(row("same", "0.04"), row("same", "0.03", provider="fal"))
    assert [d["kind"] for d in swapped["differences"]] == ["amount_differs", "amount_differs"]
    assert kinds(books.compare(row("same", provider="together"))) == [("missing_in_ledger", "same")]


def test_settling_books_the_invoice_and_invents_nothing(books: Books) -> None:
    dear = books.charged("t1", "0.03", settled=False)
    agreed = books.charged("t2", None)
    final = books.charged("t3", "0.03")
    learned = books.failed("t4", None)
    books.charged("not-billed")
    lines = (row("t1", "0.031"), row("t2", "0.05"), row("t3"), row("t4", "0.01"), row("theirs"))
    view = books.compare(*lines, settling=True)
    assert {s["generation"]: (s["before"], s["after"]) for s in view["settled"]} == {
        dear: ("0.03", "0.031"),
        agreed: ("0.05", "0.05"),
        learned: ("0.00", "0.01"),
    }
    remaining = [(d["kind"], d["request_id"]) for d in view["differences"] if not d["settled"]]
    assert remaining == [("missing_in_ledger", "theirs"), ("missing_in_invoice", "not-billed")]
    assert view["equal"] is False
    assert view["ledger"]["total"] == "0.151"
    assert books.bases(dear) == [("charge", "0.03", "reported"), ("correction", "0.001", "settled")]
    assert books.bases(agreed) == [("charge", "0.05", "estimated"), ("correction", "0.00", "settled")]
    assert books.bases(final) == [("charge", "0.03", "settled")]
    assert str(books.catalog.orders.spending("mugs").spent) == "0.151"

    again = books.compare(*lines, settling=True)
    assert (again["settled"], kinds(again)) == ([], remaining)


def test_settled_differences_no_longer_count(books: Books) -> None:
    books.charged("t1")
    assert books.compare(row("t1", "0.02"), settling=True)["equal"] is True
    assert books.compare(row("t1", "0.02"))["differences"] == []


def test_what_was_billed_twice_or_below_zero_is_not_settled(books: Books) -> None:
    twice, back = books.charged("t1"), books.charged("t2")
    view = books.compare(row("t1"), row("t1"), row("t2", "-0.03"), settling=True)
    assert (view["settled"], len(view["differences"])) == ([], 2)
    assert books.bases(twice) == books.bases(back) == [("charge", "0.03", "settled")]


def test_an_empty_invoice_misses_every_charge(books: Books) -> None:
    books.charged("t1")
    assert kinds(books.compare()) == [("missing_in_invoice", "t1")]
