"""Several pictures from outside into the catalog: all of them, or none."""

from collections.abc import Sequence
from pathlib import Path

from colophon.domain.asset import Asset
from colophon.errors import InvalidInput, PictureError, Problem
from colophon.ports import Imaging
from colophon.services.examine import Bench
from colophon.services.ingest import ingest_file, read_picture_file


def ingest_files(paths: Sequence[Path], *, bench: Bench) -> list[Asset]:
    """Look at every file before the first is registered. Raises `InvalidInput` that names every bad one, or, for a
    single file, whatever `ingest_file` raises.

    The pictures are not kept in memory in between: each is read again when its turn comes.
    """
    if len(paths) > 1:
        problems = [problem for path in paths for problem in _problems(path, bench.imaging)]
        if problems:
            raise InvalidInput.of(problems, hint="nothing was ingested; leave these files out or mend them")
    return [ingest_file(path, bench=bench) for path in paths]


def _problems(path: Path, imaging: Imaging) -> list[Problem]:
    try:
        imaging.inspect(read_picture_file(path))
    except (InvalidInput, PictureError) as error:
        return [Problem(error.code, error.message, file=str(path))]
    return []
