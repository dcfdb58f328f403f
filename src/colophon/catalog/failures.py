"""What goes wrong in a database, in this package's own errors."""

import errno
import re

from sqlalchemy import exc

from colophon.errors import ColophonError, Conflict, InvalidInput, StoreUnavailable

_LONGEST = 300
_CREDENTIALS = re.compile(r"(?i)(password|passwd|pwd)(\s*[=:]\s*)\S+|(://[^:/\s@]*):[^@\s]*@")
_OTHER_FILE = "choose another COLOPHON_DATABASE_URL or restore the file from a backup"
_OTHER_PLACE = "choose another COLOPHON_DATABASE_URL or let this user write there"
# What SQLite says of a file that will be no better the next time (https://www.sqlite.org/rescode.html).
_WRONG_FILES = {
    "SQLITE_NOTADB": _OTHER_FILE,
    "SQLITE_CORRUPT": _OTHER_FILE,
    "SQLITE_FORMAT": _OTHER_FILE,
    "SQLITE_READONLY": _OTHER_PLACE,
    "SQLITE_PERM": _OTHER_PLACE,
}
_WRONG_PLACES = (
    errno.EACCES,
    errno.EEXIST,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EOPNOTSUPP,
    errno.EPERM,
    errno.EROFS,
)
_HINTS = (
    ("read-only", "the database accepts no writes"),
    ("unable to open", "check that the catalog's folder is still there, and that not too many files are open"),
    ("disk", "free some space, then run it again"),
    ("locked", "another program holds the catalog's file; run it again"),
    ("password authentication", "check user and password in COLOPHON_DATABASE_URL"),
    ("does not exist", "check database and user in COLOPHON_DATABASE_URL, and that the schema is up to date"),
)


def translated(error: exc.SQLAlchemyError) -> ColophonError:
    """The error of this package that says what to do next. Neither statements nor their values nor passwords are in
    its message: they hold prompts and secrets."""
    cause = getattr(error, "orig", None) or error
    if isinstance(cause, ColophonError):
        return cause
    if isinstance(error, exc.IntegrityError):
        return Conflict(f"the catalog already holds something else in this place: {first_line(cause)}", reason="taken")
    if isinstance(error, exc.DataError) or (isinstance(error, exc.StatementError) and not _from_driver(error)):
        return InvalidInput(f"a value does not fit the catalog: {first_line(cause)}")
    if isinstance(error, exc.NoSuchModuleError | exc.ArgumentError):
        return _wrong_address(f"not a database address this program knows: {first_line(cause)}", URL_HINT)
    return _wrong_file(cause) or unavailable(cause)


URL_HINT = "sqlite:///path/to/catalog.db or postgresql+psycopg://user:password@host/database"


def unavailable(cause: BaseException) -> StoreUnavailable:
    text = first_line(cause)
    hint = next((hint for word, hint in _HINTS if word in text.lower()), "check that the database server is running")
    return StoreUnavailable(f"the catalog is out of reach: {text}", where="catalog", hint=hint)


def wrong_place(error: OSError) -> ColophonError:
    """`InvalidInput` for a place where no catalog can be; a full disk, for one, is `StoreUnavailable`."""
    if error.errno in _WRONG_PLACES:
        return _wrong_address(f"no catalog can be kept there: {first_line(error)}", _OTHER_PLACE)
    return unavailable(error)


def _wrong_file(cause: BaseException) -> InvalidInput | None:
    name = str(getattr(cause, "sqlite_errorname", ""))
    hint = next((hint for wrong, hint in _WRONG_FILES.items() if name == wrong or name.startswith(f"{wrong}_")), None)
    return _wrong_address(f"the catalog's file cannot be used: {first_line(cause)}", hint) if hint else None


def _wrong_address(message: str, hint: str) -> InvalidInput:
    return InvalidInput(message, where="COLOPHON_DATABASE_URL", hint=hint)


def first_line(cause: BaseException) -> str:
    line = (str(cause).strip() or type(cause).__name__).splitlines()[0][:_LONGEST]
    return _CREDENTIALS.sub(lambda m: f"{m[1]}{m[2]}***" if m[1] else f"{m[3]}:***@", line)


def _from_driver(error: exc.StatementError) -> bool:
    """A value refused on its way to the driver (NaN, a time without zone, an integer over 64 bits) is not one."""
    return isinstance(error, exc.DBAPIError) and not isinstance(error.orig, OverflowError)
