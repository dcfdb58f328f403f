"""A brief from a file or from text: read, checked as a whole, and fixed under the digest of its canonical form."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from pydantic import ValidationError

from colophon import data
from colophon.briefs.agreement import member_faults, placement_faults
from colophon.briefs.brand_files import brand_faults, pinned_brand, with_layouts
from colophon.briefs.builder import MAX_PROBLEMS
from colophon.briefs.complaints import complaints
from colophon.briefs.document import parse_document, read_document
from colophon.briefs.references import ReferenceFiles, is_file, reference_faults
from colophon.briefs.sources import Sources, gather
from colophon.briefs.tree import Fault, Tree
from colophon.domain.brief import Brief, Reference
from colophon.domain.placement import parse_placements
from colophon.errors import InvalidInput, Problem

HINT = "Nothing was ordered and nothing was written; correct the brief and give it again."


@dataclass(frozen=True, slots=True)
class LoadedBrief:
    """A brief that is fit to be planned. ``canonical`` is JSON that reads back as ``brief``, in which references to
    files carry the files' digests; ``revision`` is its SHA-256. References to files are relative to ``folder``."""

    brief: Brief
    folder: Path
    canonical: str
    revision: str


def load_brief(path: Path) -> LoadedBrief:
    """A brief file with its brand file and the digests of its references. Raises `InvalidInput` naming all problems."""
    try:
        tree = read_document(path, str(path))
    except InvalidInput as error:
        raise _refused(error.problems) from error
    return _load(tree, path.parent)


def load_brief_text(content: str | bytes, name: str = "brief.yaml", folder: Path | None = None) -> LoadedBrief:
    """A brief that is not in a file; ``name`` stands for it in messages and says by ``.json`` that it is JSON.

    Without a folder it may name no files, neither as brand nor as reference. Raises `InvalidInput`.
    """
    try:
        tree = parse_document(content.encode() if isinstance(content, str) else content, name)
    except InvalidInput as error:
        raise _refused(error.problems) from error
    except UnicodeEncodeError as error:
        raise _refused([Problem("not_utf8", "the text has half of a surrogate pair", file=name)]) from error
    return _load(tree, folder)


def canonical(brief: Brief) -> str:
    """The brief as JSON in which equal briefs are equal: members sorted, no white space, defaults written out."""
    members = brief.model_dump(mode="json", by_alias=True)
    members["budget"]["cap"] = str(brief.budget.money)
    for visual in members["visuals"]:
        if visual["alt"] is None:  # younger than the first briefs: those keep their digest
            del visual["alt"]
    return json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _load(tree: Tree, folder: Path | None) -> LoadedBrief:
    sources, files = with_layouts(gather(tree, folder), folder), ReferenceFiles(folder)
    cross = list(islice(_cross_checks(sources, files), MAX_PROBLEMS))
    brief, others = _validated(sources, cross)
    problems = [*sources.problems, *_distinct(sources.problem(fault) for fault in [*cross, *others])]
    if brief is None or problems:
        raise _refused(sorted(problems, key=lambda problem: (problem.file != tree.file, problem.line or 0)))
    brief = _pinned(brief, sources, files)
    text = canonical(brief)
    return LoadedBrief(brief, folder or Path(), text, hashlib.sha256(text.encode()).hexdigest())


def _cross_checks(sources: Sources, files: ReferenceFiles) -> Iterator[Fault]:
    table = parse_placements(data.text("placements.csv"))
    faults = chain(
        placement_faults(sources.value, table),
        member_faults(sources.value),
        reference_faults(sources.value, files),
        brand_faults(sources, files),
    )
    return (fault for fault in faults if not sources.doubtful(fault.path))


def _validated(sources: Sources, told: Sequence[Fault]) -> tuple[Brief | None, list[Fault]]:
    try:
        return Brief.model_validate(sources.value), []
    except ValidationError as error:
        fresh = (fault for fault in complaints(error, sources) if not _known(fault, sources, told))
        return None, list(islice(fresh, MAX_PROBLEMS))


def _known(fault: Fault, sources: Sources, told: Sequence[Fault]) -> bool:
    """Whether a fault says again, of a mapping as a whole, what was told of a place within it."""
    if sources.doubtful(fault.path):
        return True
    whole = fault.code == "wrong_value" and isinstance(sources.found(fault.path), dict)
    return whole and any(other.path[: len(fault.path)] == fault.path for other in told)


def _distinct(problems: Iterable[Problem]) -> list[Problem]:
    """The first problem of each place."""
    first: dict[tuple[str, str], Problem] = {}
    for problem in problems:
        first.setdefault((problem.file, problem.path), problem)
    return list(first.values())


def _pinned(brief: Brief, sources: Sources, files: ReferenceFiles) -> Brief:
    """The brief with the digest of every file it refers to."""

    def pin(references: Sequence[Reference]) -> tuple[Reference, ...]:
        return tuple(
            one.model_copy(update={"sha256": files.digest(one.image)}) if is_file(one.image) else one
            for one in references
        )

    visuals = tuple(visual.model_copy(update={"references": pin(visual.references)}) for visual in brief.visuals)
    brand = pinned_brand(brief.brand, sources, files)
    return brief.model_copy(update={"references": pin(brief.references), "visuals": visuals, "brand": brand})


def _refused(problems: Sequence[Problem]) -> InvalidInput:
    more = f" Only {MAX_PROBLEMS} problems are listed." if len(problems) >= MAX_PROBLEMS else ""
    return InvalidInput.of(problems[:MAX_PROBLEMS], hint=HINT + more)
