"""What is sent to the vendors that answer an order with the picture: declared, complete, and nothing else."""

import email
import json
from dataclasses import replace
from email.message import Message
from typing import Any

import httpx
import pytest

from colophon import data
from colophon.domain.asset import sha256
from colophon.domain.brief import ReferenceRole, Safety
from colophon.domain.conversion import How, Parameter, undeclared
from colophon.domain.generation import Generation, Hook, Order, ReferenceUse
from colophon.domain.money import Estimate, Money
from colophon.domain.placement import PictureFormat
from colophon.domain.route import parse_routes
from colophon.errors import ProviderRefused
from colophon.ports import Provider
from colophon.providers.access import Access
from colophon.providers.http import guarded_client
from colophon.providers.registry import ADAPTERS

KEY = "test-key-0123456789"
ROUTES = parse_routes(data.text("routes.toml"))
ALL = ("openai-images", "lumenfall", "azure", "together", "aimlapi", "callmissed")
EDITING = ("openai-images", "lumenfall", "azure", "together", "aimlapi")
PNG, JPEG = b"\x89PNG\r\n\x1a\none", b"\xff\xd8\xfftwo"
PROMPT = "a red mug on a table"


def make_order(**changes: Any) -> Order:
    references = changes.pop("references", ())
    output_format = changes.pop("output_format", PictureFormat.PNG)
    members: dict[str, Any] = {
        "id": "g1",
        "campaign": "c",
        "visual": "v",
        "variant": 1,
        "master": "m",
        "width": 1024,
        "height": 768,
        "route": "r",
        "model": "flux-2-pro",
        "seed": 7,
        "prompt": PROMPT,
        "structure": "",
        "safety": Safety.STRICT,
        "references": (),
        "cost": Estimate(Money(0), Money(0)),
    }
    hook = Hook("https://hooks.example/1", "secret")
    return Order(Generation(**(members | changes)), references=references, output_format=output_format, hook=hook)


class Sent:
    """Answers every order with a picture and keeps what was asked."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(200, json={"data": [{"b64_json": "cGljdHVyZQ=="}]})

    def provider(self, name: str, **changes: Any) -> Provider:
        client = guarded_client(transport=httpx.MockTransport(self))
        route = ROUTES[name].model_copy(update=changes)
        return ADAPTERS[route.adapter](Access(route, KEY, client, client))

    @property
    def json(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.requests[-1].content)
        return body

    @property
    def parts(self) -> list[Message]:
        request = self.requests[-1]
        head = b"Content-Type: " + request.headers["Content-Type"].encode() + b"\r\n\r\n"
        parts = email.message_from_bytes(head + request.content).get_payload()
        assert isinstance(parts, list)
        return [part for part in parts if isinstance(part, Message)]


@pytest.fixture
def sent() -> Sent:
    return Sent()


TEXT_TO_PICTURE: dict[str, tuple[str, dict[str, Any]]] = {
    "openai-images": (
        "https://gateway.example/v1/images/generations",
        {"model": "flux-2-pro", "size": "1024x768", "output_format": "png", "response_format": "b64_json", "n": 1},
    ),
    "lumenfall": (
        "https://api.lumenfall.ai/openai/v1/images/generations",
        {"model": "flux.2-pro", "size": "1024x768", "output_format": "png", "response_format": "url", "n": 1}
        | {"seed": 7, "safety_tolerance": 1},
    ),
    "azure": (
        "https://resource.services.ai.azure.example/providers/blackforestlabs/v1/flux-2-pro?api-version=preview",
        {"model": "FLUX.2-pro", "width": 1024, "height": 768, "output_format": "png", "num_images": 1}
        | {"seed": 7, "safety_tolerance": 0},
    ),
    "together": (
        "https://api.together.ai/v1/images/generations",
        {"model": "black-forest-labs/FLUX.2-pro", "width": 1024, "height": 768, "output_format": "png", "n": 1}
        | {"seed": 7, "response_format": "base64", "prompt_upsampling": False},
    ),
    "aimlapi": (
        "https://api.aimlapi.com/v1/images/generations",
        {"model": "blackforestlabs/flux-2-pro", "image_size": {"width": 1024, "height": 768}, "output_format": "png"}
        | {"seed": 7, "safety_tolerance": "1"},
    ),
    "callmissed": (
        "https://api.callmissed.com/v1/images/generations",
        {"model": "flux-2-pro", "size": "1024x768", "seed": 7, "n": 1, "response_format": "b64_json"},
    ),
}


@pytest.mark.parametrize("name", ALL)
def test_an_order_is_sent_as_the_contract_has_it_and_with_nothing_else(sent: Sent, name: str) -> None:
    """Traps 24, 26, 29, 30, 35, 36: size and seed always, one picture an order, no foreign member."""
    sent.provider(name).submit(make_order())
    url, expected = TEXT_TO_PICTURE[name]
    assert str(sent.requests[0].url) == url
    assert sent.requests[0].headers["Authorization"] == f"Bearer {KEY}"
    assert sent.json == {**expected, "prompt": PROMPT}
    assert len(sent.requests) == 1


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("references", [(), (PNG, JPEG)])
def test_every_parameter_is_declared_and_the_record_is_what_was_declared(
    sent: Sent, name: str, references: tuple[bytes, ...]
) -> None:
    provider = sent.provider(name)
    order = make_order(references=references if name in EDITING else ())
    rows = provider.convert(order)
    assert not undeclared(rows)
    assert all(row.note for row in rows if row.how in (How.REFUSED, How.EMULATED))
    record = provider.wire_parameters(order)
    assert PROMPT not in json.dumps(record)
    assert (sha256(JPEG) in json.dumps(record)) is bool(order.references)
    assert not sent.requests


SAFETY_SENT = [
    *(("lumenfall", step, value) for step, value in ((Safety.STRICT, 1), (Safety.NORMAL, 2), (Safety.LOOSE, 5))),
    *(("azure", step, value) for step, value in ((Safety.STRICT, 0), (Safety.NORMAL, 2), (Safety.LOOSE, 5))),
    *(("aimlapi", step, value) for step, value in ((Safety.STRICT, "1"), (Safety.NORMAL, "2"), (Safety.LOOSE, "5"))),
    *((name, step, None) for name in ("openai-images", "together", "callmissed") for step in Safety),
]


@pytest.mark.parametrize(("name", "step", "value"), SAFETY_SENT)
def test_a_step_of_our_scale_is_mapped_by_strictness_or_said_to_be_refused(
    sent: Sent, name: str, step: Safety, value: int | str | None
) -> None:
    """Trap 28: another scale, another type, or none at all."""
    provider, order = sent.provider(name), make_order(safety=step)
    provider.submit(order)
    row = next(row for row in provider.convert(order) if row.parameter is Parameter.SAFETY)
    assert sent.json.get("safety_tolerance") == value
    assert (row.how is How.REFUSED) is (value is None)
    assert "disable_safety_checker" not in sent.json


def test_a_step_the_route_cannot_say_is_not_sent_as_another(sent: Sent) -> None:
    provider = sent.provider("lumenfall", safety={Safety.NORMAL: 2})
    provider.submit(make_order(safety=Safety.STRICT))
    assert "safety_tolerance" not in sent.json
    row = next(row for row in provider.convert(make_order()) if row.parameter is Parameter.SAFETY)
    assert row.how is How.REFUSED
    assert "strict" in row.note


def test_a_gateway_of_the_openai_shape_gets_a_seed_only_where_its_route_says_so(sent: Sent) -> None:
    """Trap 30: the shape has no seed; it is sent as an extra member, or declared as refused."""
    plain = sent.provider("openai-images")
    row = next(row for row in plain.convert(make_order()) if row.parameter is Parameter.SEED)
    assert row.how is How.REFUSED
    seeded = sent.provider("openai-images", capabilities=frozenset({"seed"}), safety={Safety.STRICT: 1})
    seeded.submit(make_order())
    assert (sent.json["seed"], sent.json["safety_tolerance"]) == (7, 1)


def test_the_makers_switch_for_rewriting_is_sent_to_azure_only_behind_its_capability(sent: Sent) -> None:
    """Trap 29."""
    sent.provider("azure").submit(make_order())
    assert "disable_pup" not in sent.json
    sent.provider("azure", capabilities=frozenset({"disable_pup"})).submit(make_order())
    assert sent.json["disable_pup"] is True


@pytest.mark.parametrize("name", ["openai-images", "lumenfall"])
def test_references_are_files_of_a_form_in_their_order(sent: Sent, name: str) -> None:
    """Traps 32, 34: multipart, the first file is the first reference."""
    sent.provider(name).submit(make_order(references=(PNG, JPEG)))
    assert sent.requests[0].url.path.endswith("/images/edits")
    found = [
        (part.get_param("name", header="content-disposition"), part.get_payload(decode=True)) for part in sent.parts
    ]
    assert [content for member, content in found if member == "image[]"] == [PNG, JPEG]
    assert [part.get_content_type() for part in sent.parts if part.get_filename()] == ["image/png", "image/jpeg"]
    texts = {
        str(member): content.decode() for member, content in found if isinstance(content, bytes) and member != "image[]"
    }
    assert texts["prompt"] == PROMPT
    assert texts["size"] == "1024x768"
    assert texts.get("seed") == ("7" if name == "lumenfall" else None)


def test_a_single_file_has_the_singular_name(sent: Sent) -> None:
    sent.provider("lumenfall").submit(make_order(references=(PNG,)))
    assert [part.get_param("name", header="content-disposition") for part in sent.parts if part.get_filename()] == [
        "image"
    ]


def test_references_are_numbered_base64_on_azure(sent: Sent) -> None:
    """Traps 32, 34: raw base64, and the first slot has no number."""
    sent.provider("azure").submit(make_order(references=(b"one", b"two")))
    assert (sent.json["input_image"], sent.json["input_image_2"]) == ("b25l", "dHdv")


@pytest.mark.parametrize(("name", "member"), [("together", "reference_images"), ("aimlapi", "image_urls")])
def test_references_are_data_addresses_in_one_list(sent: Sent, name: str, member: str) -> None:
    """Traps 32, 34; the model for editing has another name at one vendor."""
    sent.provider(name).submit(make_order(references=(PNG, JPEG)))
    assert [text.partition(",")[0] for text in sent.json[member]] == ["data:image/png;base64", "data:image/jpeg;base64"]
    assert (
        sent.json["model"]
        == {"together": "black-forest-labs/FLUX.2-pro", "aimlapi": "blackforestlabs/flux-2-pro-edit"}[name]
    )


REFUSED_HERE: list[tuple[str, dict[str, Any], str]] = [
    ("aimlapi", {"references": (PNG,) * 4}, "at most 3"),
    ("aimlapi", {"references": (PNG,), "model": "flux-2-max"}, "at most 0"),
    ("callmissed", {"references": (PNG,)}, "at most 0"),
    ("azure", {"references": (PNG,) * 9}, "at most 8"),
    ("aimlapi", {"width": 1040}, "multiples of 32"),
    ("aimlapi", {"width": 480}, "512 to 2048"),
    ("azure", {"width": 240}, "256 to 4096"),
    ("together", {"width": 1936}, "256 to 1920"),
    ("azure", {"width": 1080}, "multiples of 16"),
    ("aimlapi", {"prompt": "x" * 4001}, "4000 characters"),
    ("callmissed", {"prompt": "x" * 4001}, "4000 characters"),
    ("aimlapi", {"seed": 0}, "seeds from 1"),
    ("together", {"model": "flux-2-klein-4b"}, "does not sell"),
    ("together", {"output_format": PictureFormat.WEBP}, "does not make webp"),
    ("azure", {"output_format": PictureFormat.WEBP}, "does not make webp"),
]


@pytest.mark.parametrize(("name", "changes", "message"), REFUSED_HERE)
def test_what_a_route_cannot_take_is_refused_before_anything_is_sent(
    sent: Sent, name: str, changes: dict[str, Any], message: str
) -> None:
    """Traps 22, 23, 30, 33: aligned sides, each vendor's bounds, no seed 0, and no reference silently left out."""
    provider = sent.provider(name)
    with pytest.raises(ProviderRefused, match=message) as caught:
        provider.convert(make_order(**changes))
    with pytest.raises(ProviderRefused):
        provider.submit(make_order(**changes))
    assert caught.value.reason == "validation"
    assert not sent.requests


@pytest.mark.parametrize("name", EDITING)
def test_references_that_are_not_at_hand_are_not_left_out(sent: Sent, name: str) -> None:
    """Trap 33: with one picture fewer, "image 2" would mean another."""
    uses = tuple(ReferenceUse(sha256(each), ReferenceRole.PRODUCT, 512, 512) for each in (PNG, JPEG))
    order = replace(make_order(), generation=replace(make_order().generation, references=uses), references=(PNG,))
    with pytest.raises(ProviderRefused, match="2"):
        sent.provider(name).submit(order)
    assert not sent.requests


def test_the_same_order_has_the_same_key_and_another_seed_another(sent: Sent) -> None:
    """Trap 37: the one vendor with a key for repeated orders gets it."""
    provider = sent.provider("callmissed")
    for order in (make_order(), make_order(), make_order(seed=8), make_order(id="g2")):
        provider.submit(order)
    keys = [request.headers["Idempotency-Key"] for request in sent.requests]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    assert all(len(key) == 32 for key in keys)


def test_aimlapi_is_told_our_name_for_the_order(sent: Sent) -> None:
    sent.provider("aimlapi").submit(make_order())
    assert len(sent.requests[0].headers["X-Client-Request-Id"]) == 32
