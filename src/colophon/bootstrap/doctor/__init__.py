"""What is configured, reachable, expired or missing, and what to do about it."""

from collections.abc import Callable, Iterator
from dataclasses import asdict

from colophon.bootstrap.doctor.installation import PARTS as INSTALLATION
from colophon.bootstrap.doctor.judging import PARTS as JUDGING
from colophon.bootstrap.doctor.outside import PARTS as OUTSIDE
from colophon.bootstrap.doctor.row import Row
from colophon.bootstrap.home import is_initialised
from colophon.bootstrap.runtime import Runtime
from colophon.errors import ColophonError
from colophon.settings import Settings

_PARTS = (*INSTALLATION, *JUDGING, *OUTSIDE)


def examine(settings: Settings) -> list[dict[str, str]]:
    """One row a part. Reads, and writes one small object to the store; orders nothing and calls no provider."""
    if not is_initialised(settings):
        row = Row("problem", "home", f"{settings.home} is not set up", "colophon init")
        return [asdict(row)]
    rt = Runtime(settings)
    try:
        return [asdict(row) for part in _PARTS for row in _safely(part, rt)]
    finally:
        rt.close()


def _safely(part: Callable[[Runtime], Iterator[Row]], rt: Runtime) -> Iterator[Row]:
    """A part that fails is a finding, and the next is still looked at."""
    try:
        yield from part(rt)
    except ColophonError as error:
        name = part.__name__.replace("_", " ")
        yield Row("problem", name, f"{error.where + ': ' if error.where else ''}{error.message}", error.hint)
