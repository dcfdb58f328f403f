"""The command that answers over HTTP: serve."""

from collections.abc import Iterator
from contextlib import contextmanager
from os import environ
from typing import TYPE_CHECKING, Annotated

import typer

from colophon.cli.output import Json, View, errors_shown, say, show

if TYPE_CHECKING:
    from colophon.bootstrap import Runtime
    from colophon.ports import Starter


_PATIENCE = 10  # seconds that answers under way are given when it ends; those of live pages would go on for minutes


def add_to(app: typer.Typer) -> None:
    app.command()(serve)


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8080,
    runner: Annotated[
        bool, typer.Option("--runner/--no-runner", help="Start what runs campaigns, where no PREFECT_API_URL is set.")
    ] = True,
    behind_proxy: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESSES",
            help="Take who asks, and whether by TLS, from X-Forwarded-For and -Proto of these addresses or networks; "
            "COLOPHON_TRUSTED_PROXIES unless given.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Open the pages and the API under /api/v1, webhooks of the vendors under /hooks, lost manifests of published
    pictures under /api/v1/c2pa, /healthz, /readyz and /metrics. Without PREFECT_API_URL a local Prefect server and a
    process that runs campaigns and the scheduled flows are started beside it and end with it. Ends with Ctrl-C.

    Vendors call the public address in COLOPHON_WEBHOOK_URL; put a proxy with TLS in front, and name it with
    --behind-proxy.
    """
    with errors_shown(json):
        import uvicorn

        from colophon.bootstrap import runtime
        from colophon.bootstrap.logs import log_to_stderr
        from colophon.bootstrap.reach import is_loopback, others_reach, trusted_proxies
        from colophon.bootstrap.reception import local_link
        from colophon.web.app import create_web
        from colophon.web.proxies import behind
        from colophon.web.resolution import PREFIX

        rt = runtime()
        # Without a proxy that is named nobody's word is taken for who asks: guessing is slowed down by address.
        proxies = trusted_proxies(behind_proxy, rt.settings)
        alone = not others_reach(host, proxies, rt.settings)
        with _starter(rt, wanted=runner) as starter:
            app = create_web(rt, starter, alone=alone)
            address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
            public = rt.settings.webhook_url
            view: View = {
                "address": address,
                "health": f"{address}/healthz",
                "resolution": f"{address}{PREFIX}",
                "hooks": f"{public.rstrip('/')}/hooks" if public else None,
                "runner": starter.trouble(),
            }
            if is_loopback(host):
                view["sign_in"] = local_link(rt, address)
            show(view, json, lambda: _address_text(view))
            if not public:
                say("no vendor is given an address to call: COLOPHON_WEBHOOK_URL is not set")
            if rt.settings.resolution_token is None:
                say(f"{PREFIX} answers everybody, about published pictures only: COLOPHON_RESOLUTION_TOKEN is not set")
            if not alone and rt.settings.metrics_token is None:
                say("others may reach this server, so /metrics is closed: COLOPHON_METRICS_TOKEN is not set")
            log_to_stderr(rt, requests=True)
            # Paths hold the addresses given to vendors, so uvicorn keeps no access log of them.
            uvicorn.run(
                behind(app, proxies),
                host=host,
                port=port,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=_PATIENCE,
                proxy_headers=False,
            )


def _address_text(view: View) -> str:
    link = view.get("sign_in")
    return f"serving at {view['address']}" + (f"\nsign in once, within 15 minutes: {link}" if link else "")


@contextmanager
def _starter(rt: "Runtime", *, wanted: bool) -> "Iterator[Starter]":
    """Where this server starts campaigns; what it runs for that ends with it."""
    from colophon.launcher import prepare_prefect
    from colophon.launcher.runner import LocalRunner
    from colophon.launcher.starter import NoStarter, local_starter, named_starter

    if not wanted:
        yield NoStarter()
        return
    if environ.get("PREFECT_API_URL"):
        yield named_starter()
        return
    _ = rt.catalog  # without a home there is nothing to run
    prepare_prefect(rt.settings.home)
    made = LocalRunner(rt.settings.home)
    if not made.start():
        say("campaigns are run by another `colophon serve` over this home; this one starts none")
    try:
        yield local_starter(made)
    finally:
        made.stop()
