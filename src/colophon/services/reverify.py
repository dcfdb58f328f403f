"""Verify stored files again, under the present policy, lists, library and clock, and say what changed and why.

Each file is judged by itself from its stored bytes. What could not be judged (an object that is missing or damaged, a
reader that gave up) is a problem of its own and no verdict: it says nothing about the signature, and stays due.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from colophon.domain.history import Change, Due, Grounds, Judged, Occasion, Scope, Standing, compare
from colophon.domain.provenance import Provenance
from colophon.errors import CheckError, NotFound, ObjectCorrupt
from colophon.ports import Clock, ManifestReader, Store, Verdicts
from colophon.services.side_by_side import side_by_side

_PAGE = 500
_ON_RECORD_AT_ONCE = 50  # one transaction: what a run that is killed has to do again


@dataclass(frozen=True, slots=True)
class Lab:
    """The ports by which files are verified again, ``threads`` of them at a time."""

    verdicts: Verdicts
    store: Store
    reader: ManifestReader
    clock: Clock
    threads: int = 2


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a file could not be judged. ``code`` is object_missing, object_corrupt or unread."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one file. Either ``provenance`` or ``trouble`` is there; ``change`` None: nothing was on record
    before, or the same verdict was reached on the same grounds."""

    standing: Standing
    provenance: Provenance | None = None
    change: Change | None = None
    trouble: Trouble | None = None

    @property
    def changed(self) -> bool:
        """It says something else now: a new verdict with the same answer is no news."""
        return self.change is not None and bool(self.change.parts)

    @property
    def let_down(self) -> bool:
        """Somebody relies on it, and it is not trusted without problems, or could not be judged."""
        return self.standing.relied_on and not (self.provenance is not None and self.provenance.clean)


def what_is_due(lab: Lab) -> Due:
    """Everything that was judged otherwise than this lab would now.

    The reader's own grounds are asked of it with a file that is no picture. Raises `CheckError` when it fails.
    """
    nothing = lab.reader.read(b"")
    if not nothing.library:
        raise CheckError(f"the reader of manifests does not answer: {nothing.doubts}", hint="run `colophon doctor`")
    return Due(Grounds.of(nothing), lab.clock.now())


def standings(scope: Scope, due: Due | None, *, verdicts: Verdicts) -> Iterator[Standing]:
    """Page by page, so that a catalog of any size fits."""
    last: Standing | None = None
    while page := verdicts.standings(scope, due=due, limit=_PAGE, after=last):
        yield from page
        last = page[-1]


def verify_again(files: Iterable[Standing], *, lab: Lab) -> Iterator[Result]:
    """Judge each file and put it on record. Results come as they are recorded, in the order of ``files``; whoever
    stops listening, or dies, loses at most what was not recorded yet: the rest is still due. Raises
    `StoreUnavailable`."""
    for batch in _batches(_judged(files, lab, None)):
        judged = [Judged(r.standing.asset, r.standing.rendition, r.provenance) for r in batch if r.provenance]
        recorded = lab.verdicts.record(judged, occasion=Occasion.AGAIN, now=lab.clock.now())
        changes = dict(zip((each.subject for each in judged), recorded, strict=True))
        for r in batch:
            yield Result(r.standing, r.provenance, changes.get(r.standing.subject), r.trouble)


def what_if(files: Iterable[Standing], *, lab: Lab, at: datetime | None = None) -> Iterator[Result]:
    """The same without a word on record: how the lab's reader would judge at ``at`` (None: now)."""
    for batch in _batches(_judged(files, lab, at)):
        known = lab.verdicts.latest([r.standing.subject for r in batch])
        for r in batch:
            before = known.get(r.standing.subject)
            change = compare(before.provenance, r.provenance) if before and r.provenance else None
            yield Result(r.standing, r.provenance, change, r.trouble)


def _judged(files: Iterable[Standing], lab: Lab, at: datetime | None) -> Iterator[Result]:
    yield from side_by_side(lambda file: _judge(file, lab, at), files, threads=lab.threads, name="verify")


def _judge(file: Standing, lab: Lab, at: datetime | None) -> Result:
    try:
        content = lab.store.get(file.sha256)
        detached = lab.store.get(file.manifest_sha256) if file.manifest_sha256 else None
    except NotFound as error:
        return Result(file, trouble=Trouble("object_missing", error.message))
    except ObjectCorrupt as error:
        return Result(file, trouble=Trouble("object_corrupt", error.message))
    provenance = lab.reader.read(content, detached, at=at)
    if any(problem.startswith("reader.") for problem in provenance.problems):
        return Result(file, trouble=Trouble("unread", f"the file could not be read this time: {provenance.doubts}"))
    return Result(file, provenance)


def _batches(results: Iterator[Result]) -> Iterator[list[Result]]:
    while batch := list(islice(results, _ON_RECORD_AT_ONCE)):
        yield batch
