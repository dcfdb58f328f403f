"""The moderation service: what is sent, what is believed of its answers, over the sandbox and stored ones."""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
from openai.types import ModerationCreateResponse
from pydantic import SecretStr

from colophon import data
from colophon.bootstrap.screening import make_moderation
from colophon.checks.moderation import ModerationCheck
from colophon.checks.profiles import CheckProfile, ModerationRules, parse_profiles
from colophon.domain.finding import Verdict
from colophon.domain.placement import PictureFormat
from colophon.errors import CheckError, InvalidInput
from colophon.ports import ModerationService
from colophon.providers.http import guarded_client
from colophon.providers.openai_moderation import MAX_BYTES, OpenAiModeration
from colophon.sandbox import create_app, transport
from colophon.sandbox.moderations import SEEN
from colophon.settings import ModerationSettings
from tests.checks.conftest import make_asset, make_candidate

BASE = "https://sandbox.invalid/openai-moderations/v1"
KEY = "sk-secret-key-0123456789"
PNG = PictureFormat.PNG
# The documented example's shape, shortened to three categories.
STORED: dict[str, Any] = {
    "id": "modr-970d409ef3bef3b70c73d8232df86e7d",
    "model": "omni-moderation-latest",
    "results": [
        {
            "flagged": True,
            "categories": {"sexual": False, "sexual/minors": False, "violence": True},
            "category_scores": {"sexual": 2.34e-07, "sexual/minors": 1.63e-07, "violence": 0.8599265510337075},
            "category_applied_input_types": {"sexual": ["image"], "sexual/minors": [], "violence": ["image"]},
        }
    ],
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, httpx.BaseTransport]]:
    folder = tmp_path_factory.mktemp("moderation") / "sandbox"
    made = transport(create_app(folder))
    yield folder, made
    made.close()


def service(inner: httpx.BaseTransport) -> OpenAiModeration:
    client = guarded_client(transport=inner)
    return OpenAiModeration(client, f"{BASE}/", KEY, model="omni-moderation-latest", timeout_s=5)


@pytest.fixture
def ordered(sandbox: tuple[Path, httpx.BaseTransport]) -> Iterator[Callable[[str], OpenAiModeration]]:
    """The service after a fault was ordered of it."""
    folder, inner = sandbox

    def order(fault: str) -> OpenAiModeration:
        (folder / "faults.json").write_text(json.dumps([{"fault": fault, "route": "openai-moderations"}]))
        return service(inner)

    yield order
    (folder / "faults.json").unlink(missing_ok=True)


def answering(body: object, status: int = 200) -> OpenAiModeration:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return service(httpx.MockTransport(lambda _: httpx.Response(status, content=content)))


def changed(**members: Any) -> dict[str, Any]:
    return STORED | {"results": [STORED["results"][0] | members]}


def test_a_picture_is_scored_by_the_categories_that_look_at_pictures(
    sandbox: tuple[Path, httpx.BaseTransport],
) -> None:
    port: ModerationService = service(sandbox[1])
    told = port.judge(b"picture", PNG)
    assert set(told.scores) == SEEN
    assert {"hate", "sexual/minors"} < told.unseen
    assert (told.model, told.flagged) == ("omni-moderation-2024-09-26", False)
    assert max(told.scores.values()) < 0.02
    assert port.judge(b"picture", PNG) == told


def test_one_request_with_a_data_uri_and_the_key_in_its_header_only() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json=STORED)

    service(httpx.MockTransport(answer)).judge(b"picture", PictureFormat.JPEG)
    [request] = sent
    assert (request.method, str(request.url)) == ("POST", f"{BASE}/moderations")
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    picture = f"data:image/jpeg;base64,{base64.b64encode(b'picture').decode()}"
    assert json.loads(request.content) == {
        "model": "omni-moderation-latest",
        "input": [{"type": "image_url", "image_url": {"url": picture}}],
    }


def test_the_vendors_client_takes_the_dialect(sandbox: tuple[Path, httpx.BaseTransport]) -> None:
    http = httpx.Client(transport=sandbox[1])  # closing it would close the sandbox of the other tests
    client = openai.OpenAI(api_key=KEY, base_url=BASE, http_client=http, max_retries=0)  # type: ignore[arg-type]
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    made = client.moderations.create(model="omni-moderation-latest", input=[picture])  # type: ignore[arg-type]
    ModerationCreateResponse.model_validate(made.model_dump(by_alias=True))
    scores = made.results[0].category_scores
    assert 0 <= scores.violence_graphic < 0.02
    assert made.results[0].category_applied_input_types.sexual == ["image"]
    assert made.results[0].category_applied_input_types.hate == []


@pytest.mark.parametrize(
    ("fault", "reason", "words"),
    [
        ("rate_limited:20", "rate_limited", "answered 429"),
        ("server_error", "upstream_transient", "answered 500"),
        ("unavailable", "upstream_transient", "answered 503"),
        ("unauthorised", "auth", "answered 401"),
        ("html_answer", "limits", "makes no sense"),
        ("empty_answer", "limits", "makes no sense"),
        ("null_answer", "limits", "makes no sense"),
        ("wrong_type", "limits", "makes no sense"),
        ("deep_answer", "limits", "makes no sense"),
        ("reset", "upstream_transient", "not reached"),
    ],
)
def test_no_answer_and_odd_answers_are_no_verdict(
    ordered: Callable[[str], OpenAiModeration], fault: str, reason: str, words: str
) -> None:
    with pytest.raises(CheckError, match=words) as caught:
        ordered(fault).judge(b"picture", PNG)
    assert caught.value.reason == reason
    assert KEY not in caught.value.message


@pytest.mark.parametrize("error", [httpx.ReadTimeout, httpx.ConnectError, httpx.ConnectTimeout])
def test_a_service_out_of_reach_is_no_verdict_and_the_key_is_not_told(error: type[httpx.TransportError]) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error(f"while sending Bearer {KEY}", request=request)

    with pytest.raises(CheckError) as caught:
        service(httpx.MockTransport(fail)).judge(b"picture", PNG)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        {},
        STORED | {"results": []},
        STORED | {"results": [STORED["results"][0]] * 2},
        STORED | {"model": ""},
        changed(flagged="yes"),
        changed(category_scores={}),
        changed(category_scores={"sexual": 1.5}),
        changed(category_scores={"sexual": "0.5"}),
        changed(category_scores={"se\nxual": 0.5}),
        changed(category_applied_input_types={"sexual": "image"}),
        json.dumps(changed(category_scores={"sexual": float("nan")})).encode(),
    ],
)
def test_an_answer_of_another_shape_is_no_verdict(body: object) -> None:
    with pytest.raises(CheckError, match="makes no sense"):
        answering(body).judge(b"picture", PNG)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx.Response(200, content=b'{"id":"' + b"x" * 300_000), "larger than"),
        (httpx.Response(200, headers={"Content-Encoding": "br"}, content=b""), "compressed"),
        (httpx.Response(302, headers={"Location": "https://elsewhere.invalid"}), "answered 302"),
    ],
)
def test_large_and_packed_answers_are_not_read_and_redirects_not_followed(answer: httpx.Response, words: str) -> None:
    with pytest.raises(CheckError, match=words):
        service(httpx.MockTransport(lambda _: answer)).judge(b"picture", PNG)


def test_what_the_service_does_not_take_is_not_sent() -> None:
    def never(request: httpx.Request) -> httpx.Response:
        raise AssertionError("sent")

    port = service(httpx.MockTransport(never))
    for content, form in ((b"picture", PictureFormat.AVIF), (b"x" * (MAX_BYTES + 1), PNG)):
        with pytest.raises(CheckError, match="was not shown"):
            port.judge(content, form)


# --- the check


@pytest.fixture(scope="module")
def profile() -> CheckProfile:
    return parse_profiles(data.text("checks.toml"))["default"]


def test_raw_scores_are_kept_with_service_and_model(
    sandbox: tuple[Path, httpx.BaseTransport], profile: CheckProfile
) -> None:
    finding = ModerationCheck(profile.moderation, service(sandbox[1]))(make_candidate())
    assert finding.verdict is Verdict.PASS
    kept = finding.parameters
    assert (kept["service"], kept["model"]) == ("openai", "omni-moderation-2024-09-26")
    scores = kept["scores"]
    assert isinstance(scores, Mapping)
    assert set(scores) == SEEN
    assert "hate" in str(kept["not_judged"])


@pytest.mark.parametrize(
    ("fault", "verdict", "words"),
    [
        ("moderation_flags:violence", Verdict.REVIEW, "violence 0.97 (limit for review: 0.5) | openai flags"),
        ("moderation_flags:sexual", Verdict.FAIL, "sexual 0.97 (limit for fail: 0.9)"),
    ],
)
def test_categories_over_their_limits(
    ordered: Callable[[str], OpenAiModeration], profile: CheckProfile, fault: str, verdict: Verdict, words: str
) -> None:
    finding = ModerationCheck(profile.moderation, ordered(fault))(make_candidate())
    assert finding.verdict is verdict
    assert words in " | ".join(finding.reasons)


def test_a_category_that_is_left_out_is_no_pass(
    ordered: Callable[[str], OpenAiModeration], profile: CheckProfile
) -> None:
    with pytest.raises(CheckError, match="gave no score of the picture for self-harm"):
        ModerationCheck(profile.moderation, ordered("moderation_lacks:self-harm"))(make_candidate())


def test_a_score_of_the_text_alone_is_no_score_of_the_picture() -> None:
    rules = ModerationRules.model_validate({"categories": {"sexual/minors": {"review": 0.1}}})
    with pytest.raises(CheckError, match="sexual/minors"):
        ModerationCheck(rules, answering(STORED))(make_candidate())


def test_what_the_service_flags_is_for_review_under_any_thresholds() -> None:
    finding = ModerationCheck(ModerationRules(), answering(STORED))(make_candidate())
    assert (finding.verdict, finding.reasons) == (Verdict.REVIEW, ("openai flags the picture",))


def test_a_profile_may_require_a_service() -> None:
    with pytest.raises(CheckError, match="requires an outside moderation service"):
        ModerationCheck(ModerationRules(required=True), None)(make_candidate(make_asset()))


# --- settings


def test_it_is_off_until_it_is_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert make_moderation(ModerationSettings()) is None
    made = make_moderation(ModerationSettings(service="openai"))
    assert made is not None
    made.close()


@pytest.mark.parametrize(
    ("members", "where"),
    [
        ({}, "COLOPHON_MODERATION__API_KEY"),
        ({"api_key": SecretStr("two words")}, "COLOPHON_MODERATION__API_KEY"),
        ({"base_url": "http://127.0.0.1:1/v1", "api_key": SecretStr(KEY)}, "COLOPHON_MODERATION__BASE_URL"),
    ],
)
def test_what_is_set_up_wrongly_is_told(monkeypatch: pytest.MonkeyPatch, members: dict[str, Any], where: str) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(InvalidInput) as caught:
        make_moderation(ModerationSettings(service="openai", **members))
    assert caught.value.where == where


def test_addresses_inside_this_network_are_refused_unless_allowed() -> None:
    settings = ModerationSettings(service="openai", base_url="https://127.0.0.1:9/v1", api_key=SecretStr(KEY))
    made = make_moderation(settings)
    assert made is not None
    with pytest.raises(CheckError, match="not reached"):
        made.judge(b"picture", PNG)
    made.close()
