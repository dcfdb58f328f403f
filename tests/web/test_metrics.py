"""/metrics: what monitoring reads, over the real composition."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from colophon.bootstrap import Runtime, initialise
from colophon.bootstrap.doctor import examine
from colophon.bootstrap.planning import plan_brief, register_plan
from colophon.bootstrap.reach import others_reach, trusted_proxies
from colophon.domain.generation import GenerationState, Job, JobStatus
from colophon.domain.money import Money
from colophon.domain.record import CostBasis, Intent
from colophon.errors import InvalidInput
from colophon.services.halt import halt
from colophon.settings import Settings
from colophon.web.app import create_web


@pytest.fixture
def rt(tmp_path: Path) -> Iterator[Runtime]:
    settings = Settings(home=tmp_path / "home")
    initialise(settings)
    made = Runtime(settings)
    yield made
    made.close()


def here(rt: Runtime, **others: object) -> TestClient:
    """A client of this machine."""
    told = {"base_url": "http://127.0.0.1:8080", "client": ("127.0.0.1", 50000)} | others
    return TestClient(create_web(rt), **told)  # type: ignore[arg-type]


def scraped(rt: Runtime) -> dict[str, list[tuple[dict[str, str], float]]]:
    answer = here(rt).get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    samples = (sample for family in text_string_to_metric_families(answer.text) for sample in family.samples)
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for sample in samples:
        found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def test_days_left_versions_and_whether_signing_works(rt: Runtime) -> None:
    found = scraped(rt)
    [(labels, days)] = found["colophon_signing_certificate_days_left"]
    assert "Development signer" in labels["subject"]
    assert 364 < days <= 365
    assert {labels["anchor"] for labels, _ in found["colophon_anchor_days_left"]} == {"brand", "sandbox"}
    assert found["colophon_signing_self_test"] == [({}, 1.0)]
    assert found["colophon_info"][0][0].keys() == {"version", "c2pa_rs"}
    assert found["colophon_generations_unknown"] == found["colophon_assets_waiting"] == [({}, 0.0)]


def test_a_key_that_does_not_sign_is_a_zero(rt: Runtime) -> None:
    (rt.settings.pki_folder / "key.pem").write_text("damaged")
    assert scraped(rt)["colophon_signing_self_test"] == [({}, 0.0)]


def test_what_cannot_be_read_is_left_out_and_the_rest_is_told(rt: Runtime) -> None:
    rt.settings.trust_policy_file.write_text("damaged")
    found = scraped(rt)
    assert "colophon_anchor_days_left" not in found
    assert "colophon_generations_unknown" in found
    assert found["colophon_signing_self_test"] == [({}, 0.0)]


def test_a_certificate_that_was_renewed_is_seen_without_a_restart(rt: Runtime) -> None:
    client = here(rt)
    assert "colophon_signing_certificate_days_left" in client.get("/metrics").text
    (rt.settings.pki_folder / "chain.pem").unlink()
    assert "colophon_signing_certificate_days_left{" not in client.get("/metrics").text


def test_orders_money_routes_and_halts_are_told(rt: Runtime, tmp_path: Path) -> None:
    brief = tmp_path / "brief.json"
    visuals = [{"id": name, "prompt": f"A {name}"} for name in ("mug", "jug", "cup")]
    content = {"schema_version": 1, "campaign": "mugs", "title": "Mugs", "brand": {"name": "Northwind"}}
    order = {"visuals": visuals, "placements": ["linkedin/text_ad"], "budget": {"currency": "USD", "cap": "2.00"}}
    brief.write_text(json.dumps(content | order))
    register_plan(plan_brief(brief, None, rt), rt)
    bought, refused, _ = (each.generation.id for each in rt.catalog.orders.wanted("mugs"))
    now, orders = rt.clock.now(), rt.catalog.orders
    intent = Intent("sandbox", "account", Money.of("0.05"), now + timedelta(seconds=60), "worker-1")
    job = Job("task-1", JobStatus.READY, cost=Money.of("0.03"), cost_settled=True)
    attempt = orders.begin_attempt(bought, intent, now=now)
    orders.record_job(bought, attempt, job, provider="BFL", parameters={}, now=now)
    orders.record_original(bought, attempt, "ab" * 32, job, now=now)
    attempt = orders.begin_attempt(refused, intent, now=now)
    said = {"code": "moderated_input", "problem": "said no", "charge": None, "basis": CostBasis.UNKNOWN}
    orders.end(refused, attempt, GenerationState.REFUSED, now=now, **said)  # type: ignore[arg-type]
    halt("mugs", by="Ada", reason="a wrong price", halts=rt.catalog.halts, orders=orders, clock=rt.clock)
    found = scraped(rt)
    states = {labels["state"]: value for labels, value in found["colophon_generations"]}
    assert states.keys() == {state.value for state in GenerationState}
    assert (states["planned"], states["delivered"], states["refused"]) == (1, 1, 1)
    money = {labels["basis"]: value for labels, value in found["colophon_spend_today"]}
    assert money == {"estimated": 0.0, "reported": 0.0, "settled": 0.03}
    assert found["colophon_charges_unknown_today"] == [({"route": "sandbox"}, 1.0)]
    assert found["colophon_reserved_today"] == [({"route": "sandbox", "currency": "USD"}, 0.0)]
    outcomes = {labels["outcome"]: value for labels, value in found["colophon_attempts_recent"]}
    assert outcomes == {"delivered": 1.0, "refused": 1.0}
    assert found["colophon_refusals_recent"] == [({"route": "sandbox", "code": "moderated_input"}, 1.0)]
    [(_, age)] = found["colophon_route_success_age_seconds"]
    assert 0 <= age < 60
    assert found["colophon_halted"] == [({}, 0.0)]
    assert found["colophon_campaigns_halted"] == [({}, 1.0)]
    assert found["colophon_log_events"][0][1] > 0
    assert found["colophon_log_waiting_seconds"][0][1] >= 0
    assert {labels["state"] for labels, _ in found["colophon_files_by_verdict"]} >= {"trusted", "unjudged", "troubled"}


def test_the_catalog_is_not_asked_anew_by_each_of_many(rt: Runtime) -> None:
    client = here(rt)
    first = client.get("/metrics").text
    halt(None, by="Ada", reason="now", halts=rt.catalog.halts, orders=rt.catalog.orders, clock=rt.clock)
    assert "colophon_halted 0.0" in first
    assert "colophon_halted 0.0" in client.get("/metrics").text
    assert "colophon_halted 1.0" in here(rt).get("/metrics").text


def test_every_metric_is_in_the_documentation(rt: Runtime) -> None:
    text = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    told = here(rt).get("/metrics").text
    names = {line.split()[2] for line in told.splitlines() if line.startswith("# TYPE")}
    assert len(names) > 20
    assert [name for name in sorted(names) if f"`{name}`" not in text] == []


# Who may ask

KEY = "a key of the metrics"


@pytest.mark.parametrize(
    ("asked", "headers"),
    [
        ({"client": ("192.0.2.7", 50000)}, {}),
        ({"base_url": "http://colophon.example"}, {}),
        ({}, {"x-forwarded-for": "192.0.2.7"}),
        ({}, {"forwarded": "for=192.0.2.7"}),
        ({}, {"via": "1.1 proxy"}),
        ({}, {"host": "[::1"}),
    ],
)
def test_others_than_this_machine_need_a_key(rt: Runtime, asked: dict[str, object], headers: dict[str, str]) -> None:
    refused = here(rt, **asked).get("/metrics", headers=headers)
    assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")
    assert "COLOPHON_METRICS_TOKEN" in refused.json()["detail"]
    with_key = Runtime(Settings(home=rt.settings.home, metrics_token=KEY))
    client = here(with_key, **asked)
    for given in ({}, {"authorization": "Bearer another key"}, {"authorization": f"Basic {KEY}"}):
        told = client.get("/metrics", headers=headers | given)
        assert (told.status_code, told.headers["www-authenticate"]) == (401, "Bearer")
    assert client.get("/metrics", headers=headers | {"authorization": f"Bearer {KEY}"}).status_code == 200
    with_key.close()


def test_where_others_reach_the_server_this_machine_needs_the_key_too(rt: Runtime) -> None:
    """A proxy on this machine need not say that it is one."""
    client = TestClient(create_web(rt, alone=False), base_url="http://localhost", client=("127.0.0.1", 50000))
    assert client.get("/metrics").status_code == 403
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("host", "settings", "others"),
    [
        ("127.0.0.1", {}, False),
        ("::1", {}, False),
        ("localhost", {"public_url": "http://localhost:8080", "webhook_url": "http://127.0.0.1:8080"}, False),
        ("0.0.0.0", {}, True),  # noqa: S104
        ("", {}, True),  # every address
        ("192.0.2.1", {}, True),
        ("127.0.0.1", {"public_url": "https://colophon.example"}, True),
        ("127.0.0.1", {"webhook_url": "https://hooks.example"}, True),
        ("127.0.0.1", {"trusted_proxies": "127.0.0.1"}, True),
        (None, {}, False),
    ],
)
def test_who_reaches_a_server(tmp_path: Path, host: str | None, settings: dict[str, str], others: bool) -> None:
    chosen = Settings(home=tmp_path, **settings)  # type: ignore[arg-type]
    assert others_reach(host, trusted_proxies(None, chosen), chosen) is others


@pytest.mark.parametrize("given", ["*", "10.0.0.1, proxy.example", "10.0.0.5/8", "", "127.0.0.1,"])
def test_proxies_are_addresses_and_networks_and_nothing_else(tmp_path: Path, given: str) -> None:
    with pytest.raises(InvalidInput, match="neither an address nor a network") as caught:
        trusted_proxies(given, Settings(home=tmp_path, trusted_proxies="127.0.0.1"))
    assert caught.value.where == "--behind-proxy"


@pytest.mark.parametrize(
    ("settings", "state", "said"),
    [
        ({}, "ok", "this machine"),
        ({"public_url": "https://colophon.example"}, "note", "it has no key"),
        ({"public_url": "https://colophon.example", "metrics_token": KEY}, "ok", "bearer token"),
        ({"metrics_token": "short"}, "problem", "fewer than 16"),
        ({"trusted_proxies": "10.0.0.5/8"}, "problem", "COLOPHON_TRUSTED_PROXIES"),
    ],
)
def test_doctor_says_whom_metrics_answer(rt: Runtime, settings: dict[str, str], state: str, said: str) -> None:
    rows = examine(Settings(home=rt.settings.home, **settings))  # type: ignore[arg-type]
    [row] = [row for row in rows if row["part"] == "metrics"]
    assert row["state"] == state
    assert said in row["message"]
