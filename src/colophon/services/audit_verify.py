"""Everything on record held against everything else: rows, log, checkpoints, objects, signatures, approvals, money, and
what is public. Nothing is written, and the running product is not needed: a copy of catalog and store will do."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from colophon.domain.audit import Checked, Disagreement
from colophon.domain.checkpoint import Note
from colophon.domain.event import Event
from colophon.ports import ListVerifier, ManifestReader, Shelf, Store
from colophon.services import audit_files
from colophon.services.audit_lists import check_issues, check_lists
from colophon.services.audit_log import Log, Uncovered, check_log

MOST_PROBLEMS = 10_000  # held in memory; what is beyond them is counted


@dataclass(frozen=True, slots=True)
class Audit:
    """What is audited. Without a store its objects, without a reader its signatures, without a shelf its public files
    and lists are left out, which is told. ``sample``: so many signatures at most, evenly spread."""

    log: Log
    store: Store | None = None
    reader: ManifestReader | None = None
    shelf: Shelf | None = None
    lists: ListVerifier | None = None
    threads: int = 4
    sample: int | None = None


@dataclass
class Findings:
    """What came out. ``left_out``: problems beyond `MOST_PROBLEMS`. ``uncovered``: events after the newest checkpoint.
    ``unseen``: what was not looked at, and why."""

    checked: Counter[str] = field(default_factory=Counter)
    problems: list[Disagreement] = field(default_factory=list)
    left_out: int = 0
    uncovered: int = 0
    unseen: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.problems

    def add(self, problem: Disagreement) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)
        else:
            self.left_out += 1


def verify(audit: Audit) -> Findings:
    """Raises only what keeps an audit from being made at all: `StoreUnavailable` of the catalog."""
    found = Findings(unseen=list(_unseen(audit)))
    for item in _all(audit):
        if isinstance(item, Disagreement):
            found.add(item)
        elif isinstance(item, Checked):
            found.checked[item.what] += 1
        elif isinstance(item, Event):
            found.checked["events"] += 1
        elif isinstance(item, Note):
            found.checked["checkpoints"] += 1
        elif isinstance(item, Uncovered):
            found.uncovered = item.events
        else:
            found.checked["rows"] += item
    return found


def audit_view(found: Findings) -> dict[str, Any]:
    names = ("rows", "objects", "events", "signatures", "checkpoints", "publications", "lists")
    return {
        "ok": found.ok,
        "checked": {name: found.checked[name] for name in names},
        "problems": [asdict(problem) for problem in found.problems],
        "left_out": found.left_out,
        "uncovered": found.uncovered,
        "not_looked_at": found.unseen,
    }


def _all(audit: Audit) -> Iterator[Disagreement | Event | Note | Uncovered | Checked | int]:
    catalog = audit.log.catalog
    for count, problems in catalog.rows():
        yield count
        yield from problems
    yield from check_log(audit.log)
    yield from catalog.texts()
    yield from catalog.money()
    yield from check_issues(catalog)
    yield from audit_files.check_approvals(catalog)
    if audit.store is not None:
        yield from audit_files.check_objects(catalog, audit.store, threads=audit.threads)
        if audit.reader is not None:
            yield from audit_files.check_signatures(
                catalog, audit.store, audit.reader, threads=audit.threads, sample=audit.sample
            )
    if audit.shelf is not None:
        yield from audit_files.check_shelf(catalog, audit.shelf)
        if audit.lists is not None:
            yield from check_lists(catalog, audit.shelf, audit.lists)


def _unseen(audit: Audit) -> Iterator[str]:
    if audit.store is None:
        yield "objects and signatures: no store was named"
    elif audit.reader is None:
        yield "signatures of renditions: they were left out"
    elif audit.sample is not None:
        yield f"signatures of renditions beyond about {audit.sample}"
    if audit.shelf is None:
        yield "public files and lists: no CDN store was named"
