"""The command line: parse, call, print. Heavy imports sit inside the commands, so that help answers at once."""

import sys

import typer

from colophon.cli import assets, campaigns, home, output, publishing, reviewing
from colophon.errors import InvalidInput

app = typer.Typer(
    name="colophon",
    help="Brand pictures that carry their papers: from a campaign brief to signed, catalogued renditions.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (home, campaigns, assets, reviewing, publishing):
    module.add_to(app)


def main() -> None:
    """The console script. Wrong use is told like any other error: with ``--json`` as one document."""
    import click

    try:
        code = app(standalone_mode=False)
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "colophon"
        wrong = InvalidInput(error.format_message(), where=where, hint=f"{where} --help")
        try:
            output.fail(wrong, "--json" in sys.argv)
        except typer.Exit as leave:
            code = leave.exit_code
    except click.Abort:
        code = 130
    sys.exit(code if isinstance(code, int) else output.DONE)
