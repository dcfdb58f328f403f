"""Routes with the user's settings laid over the shipped ones, and the providers behind them."""

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

import httpx

from colophon import data
from colophon.domain.brief import Brief
from colophon.domain.money import PriceRule, rule_for
from colophon.domain.route import Route, RouteChoice, parse_prices, parse_routes
from colophon.errors import InvalidInput, Problem
from colophon.providers.bfl import BflProvider
from colophon.providers.http import download, guarded_client
from colophon.settings import RouteSettings, Settings

# Pictures from a web address stay far below what a vendor takes as a reference.
_LARGEST_REFERENCE = 20 * 1024 * 1024
_ANY_HOST = ("*",)


@dataclass(frozen=True, slots=True)
class Market:
    """All routes by name, and the dated price rules of each."""

    routes: Mapping[str, Route]
    prices: Mapping[str, tuple[PriceRule, ...]]

    def choice(self, names: tuple[str, ...], model: str, on: date) -> RouteChoice:
        """The first of the wanted routes that is on, sells the model and has a known price.

        Raises `InvalidInput` saying for each why it cannot be used.
        """
        problems = []
        for name in names:
            route, rule = self.routes.get(name), rule_for(self.prices.get(name, ()), model, on)
            if route and rule and route.enabled and model in route.models:
                return RouteChoice(name, names, rule, route.wire, max_references=route.reference_limit(model))
            problems.append(Problem("bad_route", self._why_not(name, model), path="model.routes", found=name))
        raise InvalidInput.of(problems, hint="`colophon doctor` lists the routes")

    def choices(self, model: str, on: date) -> dict[str, RouteChoice]:
        """Every route that could sell the model today."""
        found = {}
        for name in self.routes:
            try:
                found[name] = self.choice((name,), model, on)
            except InvalidInput:
                continue
        return found

    def _why_not(self, name: str, model: str) -> str:
        route = self.routes.get(name)
        if route is None:
            near = difflib.get_close_matches(name, self.routes, n=1)
            return f"there is no route {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
        if not route.enabled:
            return f"route {name} is switched off"
        if model not in route.models:
            return f"route {name} does not sell {model}"
        return f"the price of {model} on route {name} is not known today"


def wanted_routes(brief: Brief, override: str | None, settings: Settings) -> tuple[str, ...]:
    return (override,) if override else brief.model.routes or settings.default_routes


def open_market(settings: Settings) -> Market:
    """The shipped tables with the settings laid over them. Raises `InvalidInput`."""
    routes = dict(parse_routes(data.text("routes.toml")))
    for written, members in settings.routes.items():
        name = written.replace("_", "-")  # an environment variable cannot hold a hyphen
        routes[name] = _merged(name, routes.get(name), members)
    return Market(routes, parse_prices(data.text("prices.toml")))


def _merged(name: str, shipped: Route | None, members: RouteSettings) -> Route:
    given = members.model_dump(exclude_none=True, exclude={"api_key"})
    if shipped is None and not {"adapter", "base_url", "models", "provider"} <= given.keys():
        raise InvalidInput(
            f"there is no route {name!r}",
            where=f"COLOPHON_ROUTES__{name.upper()}",
            hint="a route of your own needs at least adapter, provider, base_url and models",
        )
    base = shipped.model_dump() if shipped else {"name": name, "enabled": True}
    try:
        return Route.model_validate({**base, **given})
    except ValueError as error:
        raise InvalidInput(f"route {name} is set up wrongly: {error}", where=f"[routes.{name}]") from error


def make_provider(route: Route, settings: Settings, embedded: httpx.BaseTransport | None) -> BflProvider:
    """The adapter of a route. Raises `InvalidInput` when its key is missing or its address is not allowed."""
    if route.embedded:
        client = downloads = guarded_client(transport=embedded)
    else:
        _check_scheme(route)
        client = guarded_client(allow_private=route.allow_private, answer_seconds=settings.submit_timeout_seconds)
        downloads = guarded_client(allow_private=route.allow_private)
    own_host = urlsplit(route.base_url).hostname or ""
    return BflProvider(
        route.provider,
        route.base_url,
        api_key(route, settings),
        client,
        models=route.models,
        poll_hosts=(*route.poll_hosts, *route.hosts, own_host),
        delivery_hosts=(*route.delivery_hosts, *route.hosts, own_host),
        downloads=downloads,
    )


def api_key(route: Route, settings: Settings) -> str:
    """From the settings or the vendor's own variable; the embedded sandbox takes any."""
    for written, members in settings.routes.items():
        if written.replace("_", "-") == route.name and members.api_key is not None:
            return members.api_key.get_secret_value()
    if route.key_variable and os.environ.get(route.key_variable):
        return os.environ[route.key_variable]
    if route.key_variable is None:
        return "sandbox"
    raise InvalidInput(
        f"route {route.name} has no API key",
        where=route.key_variable,
        hint=f"set {route.key_variable}, or use --route sandbox",
    )


def _check_scheme(route: Route) -> None:
    if not route.base_url.startswith("https://") and not route.allow_private:
        raise InvalidInput(
            f"route {route.name} would send its key over plain http",
            where=route.base_url,
            hint=f"use https, or set COLOPHON_ROUTES__{route.name.upper().replace('-', '_')}__ALLOW_PRIVATE=true",
        )


def fetch_reference(address: str) -> bytes:
    """A brief's https reference, through the guarded client. Raises `ProviderError`."""
    with guarded_client() as client:
        return download(client, address, hosts=_ANY_HOST, base_url=address, max_bytes=_LARGEST_REFERENCE, deadline_s=30)
