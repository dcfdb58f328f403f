"""Programs outside: vendors, who is told what happens, who measures, and what runs campaigns."""

from collections.abc import Iterator
from os import environ

import httpx

from colophon.bootstrap.buying import api_key
from colophon.bootstrap.doctor.row import Row
from colophon.bootstrap.hooks import check_hooks
from colophon.bootstrap.reach import others_reach, trusted_proxies
from colophon.bootstrap.runtime import Runtime
from colophon.bootstrap.tokens import metrics_token
from colophon.errors import InvalidInput
from colophon.services.show_notify import target_views


def routes(rt: Runtime) -> Iterator[Row]:
    for route in rt.market.routes.values():
        if not route.enabled:
            yield Row("note", f"route {route.name}", "switched off")
            continue
        try:
            api_key(route, rt.settings)
        except InvalidInput as error:
            yield Row("note", f"route {route.name}", "no API key", error.hint)
            continue
        sandboxed = " (draws its own pictures, signs with a test certificate)" if route.embedded else ""
        default = ", used by default" if route.name in rt.settings.default_routes else ""
        yield Row("ok", f"route {route.name}", f"{route.base_url}{sandboxed}{default}")


def webhooks(rt: Runtime) -> Iterator[Row]:
    address = check_hooks(rt.settings)
    if address is None:
        yield Row("ok", "webhooks", "off: vendors are asked, and none is given an address")
        return
    hint = (
        "" if rt.settings.webhook_key else "where several machines order or receive, give all one COLOPHON_WEBHOOK_KEY"
    )
    yield Row("ok", "webhooks", f"vendors may report to {address}, where `colophon serve` is to answer", hint)


def notify(rt: Runtime) -> Iterator[Row]:
    views = target_views(rt.despatch)
    if not views:
        yield Row("ok", "notify", "no other program is told what happens")
    for view in views:
        where = view["address"] or "not in these settings"
        counts = f"{view['pending']} waiting, {view['dead']} given up"
        if view["state"] == "stopped":
            yield Row("problem", "notify", f"{view['name']}: {view['why']}", f"colophon notify resume {view['name']}")
        elif view["dead"]:
            hint = "colophon notify list --state dead says why; colophon notify redeliver --dead"
            yield Row("problem", "notify", f"{view['name']} ({where}): {counts}", hint)
        else:
            yield Row("ok" if view["configured"] else "note", "notify", f"{view['name']} ({where}): {counts}")


def metrics(rt: Runtime) -> Iterator[Row]:
    token = metrics_token(rt.settings)
    if not others_reach(None, trusted_proxies(None, rt.settings), rt.settings):
        yield Row("ok", "metrics", "/metrics answers this machine; from elsewhere it needs COLOPHON_METRICS_TOKEN")
    elif token is None:
        hint = "set COLOPHON_METRICS_TOKEN, and give it to Prometheus as a bearer token"
        yield Row("note", "metrics", "settings speak of a proxy, so /metrics answers nobody: it has no key", hint)
    else:
        yield Row("ok", "metrics", "/metrics asks for its bearer token")


def prefect(rt: Runtime) -> Iterator[Row]:
    address = environ.get("PREFECT_API_URL")
    if not address:
        yield Row(
            "ok", "prefect", "a temporary server for each run, and one that `colophon serve` keeps (no PREFECT_API_URL)"
        )
        return
    try:
        httpx.get(f"{address.rstrip('/')}/health", timeout=5).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        hint = "start it with `prefect server start`, or unset PREFECT_API_URL"
        yield Row("problem", "prefect", f"{address} does not answer: {type(error).__name__}", hint)
    else:
        yield Row("ok", "prefect", address)


PARTS = (routes, webhooks, notify, metrics, prefect)
