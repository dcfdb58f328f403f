"""What every command shares: one JSON document or text for people, progress to stderr, errors with their exit code."""

import json
import logging
import os
import sys
import traceback
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TextIO

import typer

from colophon.errors import (
    CheckError,
    ColophonError,
    Conflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    ObjectCorrupt,
    PictureError,
    ProviderError,
    SigningError,
    SigningUnavailable,
    StoreUnavailable,
)

DONE, ANSWER_IS_NO, WRONG_USE, OUTSIDE_FAILED = 0, 1, 2, 3
EMBEDDED = "embedded"  # what views say of a manifest that is inside its file; else they say where it lies
if TYPE_CHECKING:
    from colophon.bootstrap import Runtime

_COMMANDING = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # joiners, which scripts and emoji need, are let through
STOPPED = 130  # by Ctrl-C or a termination signal, as shells count it

# The first class that matches decides; every member of the family is covered by the last.
_EXIT_CODES: tuple[tuple[type[ColophonError], int], ...] = (
    (InvalidInput, WRONG_USE),
    (PictureError, WRONG_USE),
    (NotFound, ANSWER_IS_NO),
    (Conflict, ANSWER_IS_NO),
    (NotSignedIn, ANSWER_IS_NO),
    (NotAllowed, ANSWER_IS_NO),
    (ObjectCorrupt, ANSWER_IS_NO),
    (CheckError, ANSWER_IS_NO),
    (SigningUnavailable, OUTSIDE_FAILED),
    (SigningError, ANSWER_IS_NO),
    (ProviderError, OUTSIDE_FAILED),
    (StoreUnavailable, OUTSIDE_FAILED),
    (ColophonError, ANSWER_IS_NO),
)

Limit = Annotated[int, typer.Option(min=1, max=1000, help="At most this many.")]
Cursor = Annotated[str | None, typer.Option(help="Go on after this asset: the next_cursor of the page before.")]
Json = Annotated[bool, typer.Option("--json", help="Write one JSON document to stdout and nothing else there.")]
View = dict[str, Any]


def exit_code(error: ColophonError) -> int:
    return next(code for kind, code in _EXIT_CODES if isinstance(error, kind))


def show(view: object, as_json: bool, text: Callable[[], str]) -> None:
    """The result of a command: the document itself, or what a person reads."""
    if as_json:
        json.dump(view, sys.stdout, indent=2, ensure_ascii=False, default=str)
        sys.stdout.write("\n")
        sys.stdout.flush()  # some commands go on for long after this
    else:
        typer.echo(inert(text()))


def say(text: str) -> None:
    """A word to the person at the terminal; never part of the result."""
    typer.echo(inert(text), err=True)


def inert(text: str) -> str:
    """Text for a terminal. Words from files and vendors may hold codes that move the cursor, change what stands above,
    or turn the order of letters; those are written as escapes."""
    return "".join(
        _escaped(c) if unicodedata.category(c) in _COMMANDING and c not in "\n\t\u200c\u200d" else c for c in text
    )


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


@contextmanager
def errors_shown(as_json: bool) -> Iterator[None]:
    """Turn the family of errors into the contract's form and end with its exit code."""
    try:
        yield
    except ColophonError as error:
        fail(error, as_json)
    except UnicodeEncodeError as error:
        wrong = InvalidInput("an argument is not text in this system's encoding", where=ascii(error.object)[1:80])
        fail(wrong, as_json)
    except KeyboardInterrupt:
        stopped = ColophonError("stopped by a signal", hint="what was done is on record; run the same command again")
        stopped.code = "stopped"
        fail(stopped, as_json, code=STOPPED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left; nothing more to say
        raise typer.Exit(DONE) from None
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:  # noqa: BLE001 - a bug; even then scripts get their one document, and people the place
        traceback.print_exc()
        bug = ColophonError(
            f"internal error: {type(error).__name__}: {error}", hint="please report it with the lines above"
        )
        bug.code = "internal_error"
        fail(bug, as_json)


def fail(error: ColophonError, as_json: bool, *, begun: bool = False, code: int | None = None) -> NoReturn:
    """``begun``: something was done before it, so the code that promises "nothing was done" is not used."""
    code = exit_code(error) if code is None else code
    if as_json:
        show(error_view(error), True, str)
    else:
        for problem in error.problems:
            say(f"error: {problem}")
        if not error.problems:
            say(f"error: {error.where + ': ' if error.where else ''}{error.message}")
        if error.hint:
            say(f"hint: {error.hint}")
    raise typer.Exit(ANSWER_IS_NO if begun and code == WRONG_USE else code)


def error_view(error: ColophonError) -> View:
    """The contract's form of an error; ``problems`` where there are several things wrong with one input."""
    body: View = {"code": error.code, "message": error.message, "where": error.where, "hint": error.hint}
    if error.problems:
        body["problems"] = [asdict(problem) for problem in error.problems]
    return {"error": body}


class _ToStderr(logging.StreamHandler[TextIO]):
    """To what is stderr when there is something to say: it may be another stream than when the process began."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def show_logs(rt: "Runtime | None" = None) -> None:
    """What the package logs from warnings on, as plain lines on stderr; as JSON where the settings say so."""
    if rt is not None and rt.settings.log_format == "json":
        from colophon.bootstrap.logs import log_to_stderr

        log_to_stderr(rt)
    logger = logging.getLogger("colophon")
    if not logger.handlers:
        logger.addHandler(_ToStderr())
        logger.propagate = False


def table(rows: list[View], columns: tuple[str, ...]) -> str:
    """Rows as aligned text, as wide as their content."""
    cells = [list(columns), *([_cell(row.get(column)) for column in columns] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in cells)


def _cell(value: object) -> str:
    return "-" if value is None or value == "" else str(value)
