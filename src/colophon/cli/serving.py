"""The command that answers over HTTP: serve."""

from typing import Annotated

import typer

from colophon.cli.output import Json, errors_shown, say, show, show_logs


def add_to(app: typer.Typer) -> None:
    app.command()(serve)


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8080,
    json: Json = False,
) -> None:
    """Receive the vendors' webhooks under /hooks, find lost manifests of published pictures again under /api/v1/c2pa,
    and say at /healthz and /readyz whether this works. Ends with Ctrl-C.

    Vendors call the public address in COLOPHON_WEBHOOK_URL; put a proxy with TLS in front. Web page and API are not
    part of it yet.
    """
    with errors_shown(json):
        import uvicorn

        from colophon.bootstrap import runtime
        from colophon.bootstrap.reception import local_link
        from colophon.web.app import create_web
        from colophon.web.resolution import PREFIX

        rt = runtime()
        app = create_web(rt)
        address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        public = rt.settings.webhook_url
        view = {
            "address": address,
            "health": f"{address}/healthz",
            "resolution": f"{address}{PREFIX}",
            "hooks": f"{public.rstrip('/')}/hooks" if public else None,
        }
        if host in ("127.0.0.1", "::1", "localhost"):
            view["sign_in"] = local_link(rt, address)
        show(view, json, lambda: f"serving at {address}\nsign in once, within 15 minutes: {view.get('sign_in')}")
        if not public:
            say("no vendor is given an address to call: COLOPHON_WEBHOOK_URL is not set")
        if rt.settings.resolution_token is None:
            say(f"{PREFIX} answers everybody, about published pictures only: COLOPHON_RESOLUTION_TOKEN is not set")
        show_logs()
        # Paths hold the addresses given to vendors, so there is no access log.
        uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False, server_header=False)
