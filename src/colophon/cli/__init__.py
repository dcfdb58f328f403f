"""The command line: parse, call, print. Heavy imports sit inside the commands, so that help answers at once."""

import io
import signal
import sys
from typing import Any

import typer

from colophon.cli import (
    assets,
    auditing,
    campaigns,
    certs,
    halting,
    home,
    money,
    notifying,
    output,
    publishing,
    reviewing,
    serving,
    users,
)
from colophon.errors import InvalidInput

app = typer.Typer(
    name="colophon",
    help="Brand pictures that carry their papers: from a campaign brief to signed, catalogued renditions.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_MODULES = (
    home,
    campaigns,
    halting,
    assets,
    reviewing,
    publishing,
    notifying,
    money,
    auditing,
    certs,
    users,
    serving,
)
for module in _MODULES:
    module.add_to(app)


def main() -> None:
    """The console script. Wrong use is told like any other error: with ``--json`` as one document."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a file's name may be any bytes; \udc80 is also JSON
    signal.signal(signal.SIGTERM, _interrupt)  # as Ctrl-C: child processes end, what is on record stays
    try:
        code = app(standalone_mode=False)
    except typer.Abort:
        code = output.STOPPED
    except Exception as error:
        if not _is_wrong_use(error):
            raise
        code = _tell_wrong_use(error)
    sys.exit(code if isinstance(code, int) else output.DONE)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _is_wrong_use(error: Exception) -> bool:
    """Typer brings a parser of its own whose errors it does not export; they are known by what they offer."""
    return hasattr(error, "show") and hasattr(error, "format_message") and getattr(error, "exit_code", 0) == 2


def _tell_wrong_use(error: Any) -> int:
    if "--json" not in sys.argv:
        error.show()
    else:
        command = error.ctx.command_path if error.ctx else "colophon"
        wrong = InvalidInput(error.format_message(), where=command, hint=f"{command} --help")
        output.show(output.error_view(wrong), True, str)
    return output.WRONG_USE
