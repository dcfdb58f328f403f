"""ledger, its reconcile, unknown and resolve, and routes: what people and scripts get, with exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from colophon.bootstrap import Runtime
from colophon.bootstrap.planning import plan_brief, register_plan
from colophon.domain.generation import Job, JobStatus, Order
from colophon.domain.record import Intent, Progress
from colophon.errors import NotFound
from colophon.sandbox.invoice import Invoice, as_csv
from colophon.settings import load_settings

if TYPE_CHECKING:
    from tests.cli.conftest import Call


@dataclass
class Shop:
    """A home with one campaign of two pictures, ordered at the embedded sandbox through the ports alone."""

    home: Path
    rt: Runtime

    def __post_init__(self) -> None:
        self.orders = self.rt.catalog.orders
        self.provider = self.rt.provider("sandbox")

    @property
    def pictures(self) -> list[str]:
        return [p.generation.id for p in self.orders.wanted("spring")]

    def begin(self, generation: str) -> int:
        now, reserve = self.rt.clock.now(), self.orders.progress(generation).generation.cost.high
        return self.orders.begin_attempt(
            generation, Intent("sandbox", "key", reserve, now + timedelta(minutes=1), "worker"), now=now
        )

    def order(self, generation: str) -> Job:
        return self.provider.submit(Order(self.orders.progress(generation).generation))

    def place(self, generation: str) -> Job:
        attempt, job, now = self.begin(generation), self.order(generation), self.rt.clock.now()
        self.orders.record_job(generation, attempt, job, provider=self.provider.name, parameters={}, now=now)
        return job

    def buy(self, generation: str) -> None:
        job = self.place(generation)
        attempt = self.progress(generation).attempt
        ready = next(answer for _ in range(20) if (answer := self.provider.poll(job)).status is JobStatus.READY)
        self.orders.record_original(generation, attempt, "ab" * 32, ready, now=self.rt.clock.now())

    def lose_answer(self, generation: str) -> Job:
        """The task the sandbox has for an order whose answer never arrived."""
        attempt, job = self.begin(generation), self.order(generation)
        problem = "the provider answered 500; the order may have been taken"
        self.orders.record_unknown(generation, attempt, problem=problem, now=self.rt.clock.now())
        return job

    def progress(self, generation: str) -> Progress:
        return self.orders.progress(generation)

    def invoice(self, change: Callable[[list[dict[str, object]]], object] = lambda lines: None) -> str:
        """The path of the sandbox's invoice as the CSV it serves, after ``change``."""
        lines = Invoice(self.home / "sandbox").lines()
        change(lines)
        path = self.home.parent / "invoice.csv"
        path.write_text(as_csv(lines))
        return str(path)


@pytest.fixture
def shop(ready: Path, brief: Callable[..., str]) -> Iterator[Shop]:
    rt = Runtime(load_settings())
    register_plan(plan_brief(Path(brief()), None, rt), rt)
    yield Shop(ready, rt)
    rt.close()


def test_a_new_home_has_no_money_on_record(call: Call, ready: Path) -> None:
    assert call("ledger", "--json").json == {"by": ["campaign", "route", "day"], "lines": [], "totals": {}, "caps": []}
    assert call("ledger").out.strip() == "no money on record"
    assert call("ledger", "--entries", "--json").json == {"entries": []}
    assert call("ledger", "unknown", "--json").json == {"unknown": []}


def test_the_ledger_sums_and_shows_caps(call: Call, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    hero, plain = shop.pictures
    shop.buy(hero)
    shop.lose_answer(plain)
    monkeypatch.setenv("COLOPHON_CAPS__DAY", "0.50")
    view = call("ledger", "--json").json
    [line] = view["lines"]
    assert (line["campaign"], line["route"], line["settled"], line["reserved"]) == ("spring", "sandbox", "0.03", "0.03")
    assert view["totals"]["USD"]["spent"] == "0.03"
    assert [(c["where"], c["left"]) for c in view["caps"]] == [("budget.cap", "1.94"), ("COLOPHON_CAPS__DAY", "0.44")]
    text = call("ledger", "--by", "brand,model", "--campaign", "spring").out
    assert "Northwind  flux-2-pro  0.03" in text
    assert "COLOPHON_CAPS__DAY" in text
    assert call("ledger", "--until", "2020-01-01", "--json").json["lines"] == []
    kinds = [row["kind"] for row in call("ledger", "--entries", "--json").json["entries"]]
    assert sorted(kinds) == ["charge", "release", "reservation", "reservation"]
    assert "reservation" in call("ledger", "--entries").out


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        (["--since", "yesterday"], "--since"),
        (["--since", "2026-02-02", "--until", "2026-02-01"], "--since"),
        (["--by", "colour"], "--by"),
        (["--route", "bfl", "unknown"], "colophon ledger"),
    ],
)
def test_wrong_use_of_the_ledger_is_told(call: Call, ready: Path, arguments: list[str], where: str) -> None:
    answer = call("ledger", "--json", *arguments)
    assert (answer.code, answer.error["where"]) == (2, where)


def test_a_campaign_that_is_not_there_is_an_error(call: Call, ready: Path) -> None:
    answer = call("ledger", "--campaign", "winter", "--json")
    assert (answer.code, answer.error["code"]) == (1, "not_found")


def test_the_sandbox_s_invoice_equals_the_ledger(call: Call, shop: Shop) -> None:
    for generation in shop.pictures:
        shop.buy(generation)
    answer = call("ledger", "reconcile", shop.invoice(), "--json")
    assert (answer.code, answer.json["equal"], answer.json["differences"]) == (0, True, [])
    assert (answer.json["invoice"]["total"], answer.json["ledger"]["total"]) == ("0.06", "0.06")
    assert "invoice and ledger are equal" in call("ledger", "reconcile", shop.invoice()).out


def test_differences_are_listed_and_settled_on_request(call: Call, shop: Shop) -> None:
    hero, plain = shop.pictures
    shop.buy(hero)
    stray = shop.lose_answer(plain).request_id

    def dearer(lines: list[dict[str, object]]) -> None:
        lines[0]["amount"] = "0.04"

    path = shop.invoice(dearer)
    answer = call("ledger", "reconcile", path, "--json")
    assert answer.code == 1
    differences = answer.json["differences"]
    assert {d["kind"]: d["request_id"] for d in differences} == {
        "amount_differs": shop.progress(hero).request_id,
        "missing_in_ledger": stray,
    }
    assert answer.json["unknown_outcomes"] == 1
    text = call("ledger", "reconcile", path)
    assert (text.code, "differences that remain: 2" in text.out, "ledger unknown" in text.out) == (1, True, True)

    settled = call("ledger", "reconcile", path, "--settle", "--json")
    assert settled.code == 1, "what only the invoice has is not settled"
    assert [(s["before"], s["after"]) for s in settled.json["settled"]] == [("0.03", "0.04")]
    again = call("ledger", "reconcile", path, "--route", "sandbox", "--json").json
    assert [d["kind"] for d in again["differences"]] == ["missing_in_ledger"]
    assert call("status", "spring", "--json").json["cost"]["spent"] == "0.04"


def test_an_invoice_that_cannot_be_read_changes_nothing(call: Call, shop: Shop) -> None:
    def broken(lines: list[dict[str, object]]) -> None:
        lines[0]["amount"] = "much"

    shop.buy(shop.pictures[0])
    answer = call("ledger", "reconcile", shop.invoice(broken), "--settle", "--json")
    assert (answer.code, answer.error["problems"][0]["line"]) == (2, 2)
    assert call("ledger", "reconcile", "none.csv", "--json").code == 2
    assert call("ledger", "reconcile", shop.invoice(), "--credit", "free", "--json").error["where"] == "--credit"
    assert call("ledger", "reconcile", shop.invoice(), "--route", "nobody", "--json").error["where"] == "--route"


def test_what_is_unknown_is_shown_with_what_to_do(call: Call, shop: Shop) -> None:
    generation = shop.pictures[0]
    shop.lose_answer(generation)
    [row] = call("ledger", "unknown", "--json").json["unknown"]
    assert (row["generation"], row["campaign"], row["route"], row["attempt"]) == (generation, "spring", "sandbox", 1)
    assert (row["reserved"], row["currency"]) == ("0.03", "USD")
    assert "500" in row["known"]
    assert "--not-bought" in row["do"]
    text = call("ledger", "unknown", "--campaign", "spring").out
    assert generation in text
    assert "0.03 USD" in text
    assert call("ledger", "unknown", "--campaign", "winter", "--json").code == 1


def resolve(call: Call, generation: str, *how: str) -> Any:
    return call("ledger", "resolve", generation, "--as", "Ana", "--reason", "asked the vendor", *how, "--json")


def test_not_bought_goes_back_to_planned(call: Call, shop: Shop) -> None:
    generation = shop.pictures[0]
    shop.lose_answer(generation)
    answer = resolve(call, generation, "--not-bought")
    assert (answer.code, answer.json["state"], answer.json["by"]) == (0, "planned", "Ana")
    assert call("ledger", "--json").json["totals"]["USD"]["reserved"] == "0.00"
    [attempt] = shop.orders.attempts(generation)
    assert (attempt.outcome, attempt.resolved_by, attempt.problem) == ("not_taken", "Ana", "asked the vendor")
    again = resolve(call, generation, "--not-bought")
    assert (again.code, again.error["code"]) == (1, "conflict")


@pytest.mark.parametrize(
    ("amount", "booked"), [([], ("0.03", "estimated")), (["--amount", "0.02"], ("0.02", "settled"))]
)
def test_lost_books_what_was_billed_or_all_that_was_reserved(
    call: Call, shop: Shop, amount: list[str], booked: tuple[str, str]
) -> None:
    generation = shop.pictures[0]
    shop.lose_answer(generation)
    answer = resolve(call, generation, "--lost", *amount)
    assert (answer.code, answer.json["state"]) == (0, "failed")
    sums = call("ledger", "--json").json["totals"]["USD"]
    assert (sums["spent"], sums["reserved"], sums[booked[1]]) == (booked[0], "0.00", booked[0])


def test_a_task_that_is_found_is_collected_by_the_next_run(call: Call, shop: Shop) -> None:
    hero, plain = shop.pictures
    shop.buy(hero)
    task = shop.lose_answer(plain)
    nobody = resolve(call, plain, "--task-id", "00000000-0000-0000-0000-000000000000")
    assert (nobody.code, nobody.error["code"]) == (1, "not_found")
    taken = resolve(call, plain, "--task-id", str(shop.progress(hero).request_id))
    assert (taken.code, hero in taken.error["message"]) == (1, True)
    assert resolve(call, plain, "--task-id", "../account").code == 2

    bare = resolve(call, plain, "--task-id", task.request_id)
    assert (bare.code, "--polling-url" in bare.error["hint"]) == (1, True), "its cluster is another one"
    elsewhere = resolve(call, plain, "--task-id", task.request_id, "--polling-url", "https://example.com/get?id=1")
    assert elsewhere.code == 3, "the key goes to the route's own hosts only"
    assert shop.progress(plain).state.value == "unknown"

    answer = resolve(call, plain, "--task-id", task.request_id, "--polling-url", str(task.polling_url))
    assert answer.code == 0, answer.out
    assert (answer.json["state"], answer.json["provider_request_id"]) == ("submitted", task.request_id)
    assert shop.progress(plain).parameters["seed"] == shop.progress(plain).generation.seed
    assert call("ledger", "unknown", "--json").json["unknown"] == []


@pytest.mark.parametrize(
    "how",
    [
        [],
        ["--lost", "--not-bought"],
        ["--not-bought", "--amount", "1"],
        ["--lost", "--polling-url", "https://api.bfl.ai"],
        ["--lost", "--amount", "NaN"],
    ],
)
def test_one_clear_word_is_needed(call: Call, shop: Shop, how: list[str]) -> None:
    generation = shop.pictures[0]
    shop.lose_answer(generation)
    assert resolve(call, generation, *how).code == 2
    nameless = call("ledger", "resolve", generation, "--as", " ", "--reason", "x", "--not-bought")
    groundless = call("ledger", "resolve", generation, "--as", "Ana", "--reason", " ", "--not-bought")
    assert (nameless.code, groundless.code) == (2, 2)
    assert shop.progress(generation).state.value == "unknown"


def test_an_order_that_does_not_come_is_shown_and_can_be_given_up(
    call: Call, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    hero, plain = shop.pictures
    task = shop.place(hero)
    assert call("ledger", "unknown", "--json").json["unknown"] == [], "two hours have not passed"
    later = shop.rt.clock.now() + timedelta(hours=3, minutes=20)
    monkeypatch.setattr("colophon.bootstrap.clock.SystemClock.now", lambda self: later)
    shop.lose_answer(plain)

    late, lost = call("ledger", "unknown", "--json").json["unknown"]
    assert (late["generation"], late["state"], late["known"]) == (hero, "submitted", "ordered and not here for 3 h")
    assert (lost["generation"], lost["state"]) == (plain, "unknown")
    assert task.request_id in late["do"]
    assert "ordered and not here for 3 h" in call("ledger", "unknown", "--campaign", "spring").out

    refused = resolve(call, hero, "--not-bought")
    assert (refused.code, refused.error["code"], shop.progress(hero).state.value) == (1, "conflict", "submitted")
    answer = resolve(call, hero, "--lost")
    assert (answer.code, answer.json["state"]) == (0, "failed")
    # The sandbox said its price with the order; without that it would be what was reserved.
    assert (answer.json["cost"], answer.json["cost_basis"]) == (str(task.cost), "reported")
    assert [row["generation"] for row in call("ledger", "unknown", "--json").json["unknown"]] == [plain]


def test_a_submitted_order_is_given_up_at_what_was_billed(call: Call, shop: Shop) -> None:
    generation = shop.pictures[0]
    shop.place(generation)
    answer = resolve(call, generation, "--lost", "--amount", "0")
    assert (answer.json["state"], answer.json["cost"], answer.json["cost_basis"]) == ("failed", "0.00", "settled")
    assert call("ledger", "--json").json["totals"]["USD"]["reserved"] == "0.00"


def test_a_task_with_another_seed_is_another_order(call: Call, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    generation = shop.pictures[0]
    task = shop.lose_answer(generation)
    poll = type(shop.provider).poll

    def other(self: Any, job: Job) -> Job:
        return replace(poll(self, job), seed_reported=shop.progress(generation).generation.seed + 1)

    monkeypatch.setattr(type(shop.provider), "poll", other)
    answer = resolve(call, generation, "--task-id", task.request_id, "--polling-url", str(task.polling_url))
    assert (answer.code, answer.error["code"], "seed" in answer.error["message"]) == (1, "conflict", True)
    assert shop.progress(generation).state.value == "unknown"


def test_only_an_unknown_outcome_is_resolved(call: Call, shop: Shop) -> None:
    generation = shop.pictures[0]
    shop.buy(generation)
    answer = resolve(call, generation, "--lost")
    assert (answer.code, answer.error["code"]) == (1, "conflict")
    assert "delivered" in answer.error["message"]
    assert resolve(call, "gen_none", "--not-bought").error["code"] == "not_found"
    with pytest.raises(NotFound):
        shop.progress("gen_none")


def test_routes_are_shown_without_a_home(call: Call, home: Path) -> None:
    rows = {row["name"]: row for row in call("routes", "--json").json["routes"]}
    assert (rows["sandbox"]["state"], rows["bfl"]["state"]) == ("on", "no_key")
    assert rows["sandbox"]["models"][0]["measured"] is None
    assert not home.exists()
    text = call("routes").out
    assert "no samples" in text
    assert "BFL_API_KEY" in text


def test_routes_are_shown_with_prices_and_our_own_measurements(call: Call, shop: Shop) -> None:
    shop.buy(shop.pictures[0])
    rows = {row["name"]: row for row in call("routes", "--model", "flux-2-pro", "--json").json["routes"]}
    [sold] = rows["sandbox"]["models"]
    assert (sold["price"]["low"], sold["price"]["currency"], sold["measured"]["samples"]) == ("0.03", "USD", 1)
    assert sold["measured"]["success"] == 1.0
    assert "1 sample " in call("routes", "--model", "flux-2-pro").out
    assert call("routes", "--model", "flux-3", "--json").code == 2


def test_the_document_is_one_even_for_the_group(call: Call, ready: Path) -> None:
    answer = call("ledger", "--json")
    assert json.loads(answer.out) == answer.json
    assert call("ledger", "nothing", "--json").code == 2
