"""What is declared of a parameter where routes and models differ, and that the wire is built from it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from colophon.domain.brief import ReferenceRole, Safety
from colophon.domain.conversion import Conversion, How, Parameter
from colophon.domain.generation import Hook, Order, ReferenceUse
from colophon.errors import ProviderUnavailable
from colophon.ports import Provider
from colophon.providers.declared import request

Make = Callable[..., Order]
Stored = Callable[..., Provider]


def nothing(request: httpx.Request) -> httpx.Response:
    raise AssertionError("a request was sent")


def row(provider: Provider, order: Order, parameter: Parameter) -> Conversion:
    return next(row for row in provider.convert(order) if row.parameter is parameter)


@pytest.mark.parametrize(
    ("route", "model", "changes", "member", "value"),
    [
        ("bfl", "flux-2-flex", {}, "prompt_upsampling", False),
        ("bfl", "flux-2-pro", {"capabilities": frozenset({"disable_pup"})}, "disable_pup", True),
        ("bfl", "flux-2-pro", {}, "", None),
        ("bfl", "flux-2-klein-4b", {"capabilities": frozenset({"disable_pup"})}, "", None),
        ("replicate", "flux-2-flex", {}, "input.prompt_upsampling", False),
        ("replicate", "flux-2-pro", {}, "", None),
        ("cometapi", "flux-2-flex", {}, "input.prompt_upsampling", False),
        ("fal", "flux-2-pro", {}, "", None),
        ("fal", "flux-2-klein-4b", {"models": {"flux-2-klein-4b": "fal-ai/k"}}, "enable_prompt_expansion", False),
    ],
)
def test_rewriting_is_switched_off_where_the_contract_can(
    stored: Stored, order: Make, route: str, model: str, changes: dict[str, Any], member: str, value: object
) -> None:
    """Trap 29: where it cannot be, the plan says so."""
    declared = row(stored(route, nothing, **changes), order(model=model, width=512, height=512), Parameter.REWRITING)
    assert (declared.member, declared.value) == (member, value)
    assert declared.how is (How.CONVERTED if member else How.REFUSED)
    assert declared.note


@pytest.mark.parametrize("route", ["bfl", "replicate", "cometapi", "fal", "fireworks"])
def test_a_step_that_a_route_does_not_have_is_refused_and_not_sent(stored: Stored, order: Make, route: str) -> None:
    """Trap 28: no number is copied from another scale."""
    provider = stored(route, nothing, safety={Safety.NORMAL: 3})
    strict = order(width=512, height=512, safety=Safety.STRICT)
    assert row(provider, strict, Parameter.SAFETY).how is How.REFUSED
    assert "safety_tolerance" not in json.dumps(provider.wire_parameters(strict))
    assert row(provider, order(width=512, height=512, safety=Safety.NORMAL), Parameter.SAFETY).value == 3


def test_a_scale_is_the_routes_own(stored: Stored, order: Make) -> None:
    """Trap 28."""
    said = {
        route: [
            row(stored(route, nothing), order(width=512, height=512, safety=step), Parameter.SAFETY).value
            for step in Safety
        ]
        for route in ("bfl", "replicate", "fal")
    }
    assert said == {"bfl": [0, 2, 5], "replicate": [1, 2, 5], "fal": ["1", "2", "5"]}


def test_a_plan_names_references_before_their_bytes_are_at_hand(stored: Stored, order: Make) -> None:
    uses = tuple(ReferenceUse(digit * 64, ReferenceRole.PRODUCT, 64, 64) for digit in "ab")
    wanted = order(width=512, height=512)
    wanted = replace(wanted, generation=replace(wanted.generation, references=uses))
    said = [row.value for row in stored("bfl", nothing).convert(wanted) if row.parameter is Parameter.REFERENCES]
    assert said == ["a" * 64, "b" * 64]
    assert row(stored("fal", nothing), wanted, Parameter.REFERENCES).value == ["a" * 64, "b" * 64]
    assert row(stored("fal", nothing), wanted, Parameter.MODEL).value == "fal-ai/flux-2-pro/edit"


def test_what_has_no_declared_place_is_not_sent() -> None:
    rows = [Conversion(Parameter.PROMPT, How.PASSED, "input.prompt"), Conversion(Parameter.SEED, How.PASSED, "seed", 7)]
    assert request(rows, {"input.prompt": "p"}) == {"input": {"prompt": "p"}, "seed": 7}
    with pytest.raises(ValueError, match="not declared"):
        request(rows, {"prompt": "p"})


def test_bfl_is_told_whom_to_call(stored: Stored, order: Make) -> None:
    """Trap 3: the answer has no polling address then, and the record has no secret."""
    seen: list[Any] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content))
        return httpx.Response(200, json={"id": "T1", "status": "Pending", "webhook_url": "https://hooks.example/7"})

    provider = stored("bfl", handler)
    wanted = replace(order(), hook=Hook("https://hooks.example/7", "s3cret-of-this-order"))
    assert (provider.can_hook, provider.submit(wanted).polling_url) == (True, None)
    assert (seen[0]["webhook_url"], seen[0]["webhook_secret"]) == ("https://hooks.example/7", "s3cret-of-this-order")
    assert "s3cret" not in repr(provider.wire_parameters(wanted)) + repr(wanted)


@pytest.mark.parametrize("route", ["bfl", "replicate", "cometapi", "fal", "fireworks"])
def test_a_key_without_its_scheme_is_masked_too(stored: Stored, order: Make, route: str) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("proxy said: test-key-0123456789 is not known here")

    with pytest.raises(ProviderUnavailable) as caught:
        stored(route, handler).submit(order(width=512, height=512))
    assert "test-key" not in caught.value.message
