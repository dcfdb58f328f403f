"""The routes as plain data: on or off and why, prices, limits, and how they did for us."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from colophon.domain.money import PriceRule, rule_for
from colophon.domain.route import Route
from colophon.domain.speed import Speed
from colophon.errors import InvalidInput

View = dict[str, Any]
SIDE = 1024
"""Prices are shown for a picture of ``SIDE`` x ``SIDE`` pixels without references."""


def routes_view(
    routes: Mapping[str, Route],
    prices: Mapping[str, Sequence[PriceRule]],
    speeds: Mapping[tuple[str, str], Speed],
    has_key: Callable[[Route], bool],
    today: date,
    *,
    model: str | None = None,
) -> list[View]:
    """Every route, or those that sell ``model``, in the order of the table. Raises `InvalidInput` for a model that no
    route sells."""
    sold = {name for route in routes.values() for name in route.models}
    if model is not None and model not in sold:
        near = difflib.get_close_matches(model, sold, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"sold are: {', '.join(sorted(sold))}"
        raise InvalidInput(f"no route sells {model!r}", where="--model", hint=hint)
    return [
        {
            **_route(route, has_key(route)),
            "models": [
                _model(route, name, rule_for(prices.get(route.name, ()), name, today), speeds.get((route.name, name)))
                for name in route.models
                if model in (None, name)
            ],
        }
        for route in routes.values()
        if model is None or model in route.models
    ]


def _route(route: Route, keyed: bool) -> View:
    state, why = _state(route, keyed)
    return {
        "name": route.name,
        "state": state,
        "why": why,
        "region": route.region,
        "provider": route.provider,
        "adapter": route.adapter,
        "base_url": route.base_url,
        "active_limit": route.active_limit,
        "limits": {
            "max_references": route.max_references,
            "model_references": route.model_references,
            "max_prompt": route.max_prompt,
            "side_multiple": route.side_multiple,
            "min_side": route.min_side,
            "max_side": route.max_side,
            "max_pixels": route.max_pixels,
            "formats": [each.value for each in route.formats],
            "safety": {step.value: sent for step, sent in route.safety.items()},
        },
    }


def _state(route: Route, keyed: bool) -> tuple[str, str]:
    """``off``, ``no_address``, ``no_key`` or ``on``, and what to say about it."""
    variable = f"COLOPHON_ROUTES__{route.name.upper().replace('-', '_')}"
    if not route.enabled:
        return "off", route.why_off or f"switched off; {variable}__ENABLED=true switches it on"
    if route.unplaced:
        return "no_address", f"set {variable}__BASE_URL to the address of your own deployment"
    if not keyed:
        return "no_key", f"set {route.key_variable or variable + '__API_KEY'}"
    return "on", "draws its own pictures, on this machine" if route.embedded else ""


def _model(route: Route, name: str, rule: PriceRule | None, speed: Speed | None) -> View:
    return {
        "model": name,
        "vendor_model": route.models[name],
        "vendor_edit_model": route.edit_models.get(name, route.models[name]),
        "max_references": route.reference_limit(name),
        "price": _price(rule) if rule else None,
        "measured": _measured(speed) if speed else None,
    }


def _price(rule: PriceRule) -> View:
    estimate = rule.price(SIDE, SIDE)
    return {
        "width": SIDE,
        "height": SIDE,
        "low": str(estimate.low),
        "high": str(estimate.high),
        "currency": rule.currency,
        "confirmed": rule.confirmed,
        "source": rule.source,
        "valid_from": rule.valid_from.isoformat(),
    }


def _measured(speed: Speed) -> View:
    """Durations are seconds; ``success`` is a share of 1."""
    return {
        "samples": speed.samples,
        "p50": speed.p50,
        "p95": speed.p95,
        "first_byte": speed.first_byte,
        "success": speed.success,
    }
