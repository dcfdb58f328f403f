"""Commands about this installation: init, doctor, sandbox, schema."""

from pathlib import Path
from typing import Annotated

import typer

from colophon.cli.output import ANSWER_IS_NO, Json, errors_shown, say, show, table


def add_to(app: typer.Typer) -> None:
    app.command()(init)
    app.command()(doctor)
    app.command()(sandbox)
    app.command()(schema)


def init(json: Json = False) -> None:
    """Make the home folder: settings, catalog, store, development certificate. Safe to repeat."""
    with errors_shown(json):
        from colophon.bootstrap import initialise
        from colophon.settings import load_settings

        settings = load_settings()
        made = initialise(settings)
        view = {"home": str(settings.home), "made": made}
        lines = [f"home: {settings.home}", *(f"made: {thing}" for thing in made)]
        show(view, json, lambda: "\n".join(lines if made else [*lines, "everything was there already"]))


def doctor(json: Json = False) -> None:
    """Say what is configured, reachable, expired or missing, and what to do about it. Exit 1 on a problem."""
    with errors_shown(json):
        from colophon.bootstrap.doctor import examine
        from colophon.settings import load_settings

        rows = examine(load_settings())
        view = {"ok": all(row["state"] != "problem" for row in rows), "checks": rows}
        show(view, json, lambda: table(rows, ("state", "part", "message", "hint")))
        if not view["ok"]:
            raise typer.Exit(ANSWER_IS_NO)


def sandbox(
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8787,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    takes: Annotated[float, typer.Option(min=0, max=3600, help="Seconds until a task is done.")] = 0.0,
    active_limit: Annotated[
        int | None, typer.Option(min=1, help="Unfinished tasks a key may have; one more is answered 429.")
    ] = None,
    json: Json = False,
) -> None:
    """Serve the providers' HTTP dialects on this machine, with an invoice. Ends with Ctrl-C."""
    with errors_shown(json):
        from colophon.sandbox import serve
        from colophon.settings import load_settings

        folder = load_settings().sandbox_folder
        address = f"http://{host}:{port}"
        view = {"address": address, "bfl": f"{address}/bfl", "invoice": f"{address}/invoice", "folder": str(folder)}
        show(view, json, lambda: f"sandbox at {address} (one folder a dialect, /bfl and others; invoice at /invoice)")
        say("development stand-in: it draws its own pictures and signs them with a test certificate")
        serve(folder, host, port, takes=takes, active_limit=active_limit)


def schema(
    folder: Annotated[Path, typer.Argument(help="Where to write the JSON Schemas.")] = Path("schemas"),
    json: Json = False,
) -> None:
    """Write the JSON Schemas of brief and brand files, lists, messages and lineage, and the API's OpenAPI document."""
    with errors_shown(json):
        from colophon.briefs import write_schemas
        from colophon.errors import InvalidInput
        from colophon.web.api.document import written_document

        try:
            write_schemas(folder)
            (folder / "api.openapi.json").write_text(written_document(), encoding="utf-8")
        except OSError as error:
            raise InvalidInput(f"the schemas cannot be written: {error.strerror}", where=str(folder)) from error
        show({"folder": str(folder)}, json, lambda: f"schemas written to {folder}")
