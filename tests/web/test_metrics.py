"""/metrics: what monitoring reads, over the real composition."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from colophon.bootstrap import Runtime, initialise
from colophon.settings import Settings
from colophon.web.app import create_web


@pytest.fixture
def rt(tmp_path: Path) -> Iterator[Runtime]:
    settings = Settings(home=tmp_path / "home")
    initialise(settings)
    made = Runtime(settings)
    yield made
    made.close()


def scraped(rt: Runtime) -> dict[str, list[tuple[dict[str, str], float]]]:
    answer = TestClient(create_web(rt)).get("/metrics")
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
    client = TestClient(create_web(rt))
    assert "colophon_signing_certificate_days_left" in client.get("/metrics").text
    (rt.settings.pki_folder / "chain.pem").unlink()
    assert "colophon_signing_certificate_days_left{" not in client.get("/metrics").text
