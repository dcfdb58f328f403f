"""Objects, signatures, approvals and public files held against the records."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar

from colophon.domain.asset import AssetState, sha256
from colophon.domain.audit import Checked, Decided, Disagreement, Held, Published, SignedFile
from colophon.domain.descent import acceptable
from colophon.domain.finding import findings_digest
from colophon.domain.gate import may_publish
from colophon.errors import ColophonError, InvalidInput, NotFound, ObjectCorrupt
from colophon.ports import AuditedCatalog, ManifestReader, Shelf, Store
from colophon.services.public_files import manifest_key

_AHEAD = 3  # items given to each thread before the first of them is asked for
T = TypeVar("T")
R = TypeVar("R")

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


Found = Iterator[Disagreement | Checked]


def check_objects(catalog: AuditedCatalog, store: Store, *, threads: int) -> Found:
    """Every object that a row refers to is there, with the bytes its digest says."""

    def one(item: Held | Disagreement) -> list[Disagreement | Checked]:
        if isinstance(item, Disagreement):
            return [item]
        try:
            store.get(item.sha256)
        except (NotFound, InvalidInput):
            what = f"{item.kind}/{item.id} refers to it, and it is not in the store"
            return [Disagreement("object_missing", "object", item.sha256, what), Checked("objects")]
        except ColophonError as error:
            code = "object_differs" if isinstance(error, ObjectCorrupt) else "object_unreadable"
            what = f"{item.kind}/{item.id} refers to it: {error.message}"
            return [Disagreement(code, "object", item.sha256, what), Checked("objects")]
        return [Checked("objects")]

    for results in _in_order(one, catalog.objects(), threads):
        yield from results


def check_signatures(
    catalog: AuditedCatalog, store: Store, reader: ManifestReader, *, threads: int, sample: int | None
) -> Found:
    """Every rendition, or ``sample`` of them evenly spread, is believed under the trust policy as a child of what was
    approved. One whose bytes are not there was told with the objects."""

    def one(item: SignedFile | Disagreement) -> list[Disagreement | Checked]:
        if isinstance(item, Disagreement):
            return []  # told with the rows
        try:
            content = store.get(item.sha256)
            detached = store.get(item.manifest_sha256) if item.manifest_sha256 else None
        except ColophonError:
            return []
        verdict = reader.read(content, detached)
        if acceptable(verdict, item.original):
            return [Checked("signatures")]
        unread = any(problem.startswith("reader.") for problem in verdict.problems)
        code, word = ("signature_unread", "could not be read") if unread else ("signature_doubted", "is not accepted")
        what = f"its signature {word}: {verdict.doubts or verdict.state.value}"
        return [Disagreement(code, "renditions", item.id, what), Checked("signatures")]

    files = catalog.signed()
    if sample is not None:
        total = sum(1 for _ in catalog.signed())
        files = islice(files, 0, None, max(1, -(-total // sample)))
    for results in _in_order(one, files, threads):
        yield from results


def check_approvals(catalog: AuditedCatalog) -> Iterator[Disagreement]:
    """What is approved or public was approved as it is: these bytes, these findings, and nobody rejected it since."""
    for item in catalog.decided():
        if isinstance(item, Disagreement):
            continue  # told with the rows
        for code, what in _unapproved(item):
            yield Disagreement(code, "assets", item.dossier.asset.id, what)


def check_shelf(catalog: AuditedCatalog, shelf: Shelf) -> Found:
    """What is public by the records is served, and what was withdrawn is not: the file, and the manifest beside it."""
    for item in catalog.publications():
        if isinstance(item, Published):
            publication, manifest = item.publication, item.manifest_sha256
            public = publication.published_until is None
            yield from _served(publication.id, publication.key, publication.sha256, public, shelf, "file")
            if manifest is not None:
                yield from _served(publication.id, manifest_key(publication.key), manifest, public, shelf, "manifest")
            yield Checked("publications")


def _unapproved(item: Decided) -> Iterator[tuple[str, str]]:
    """That an approval ended is no disagreement: upkeep holds its asset, and publishing refuses it meanwhile."""
    state = item.dossier.asset.state
    if state is not AssetState.APPROVED:
        yield "public_not_approved", f"it is {state.value}, and a rendition of it is public"
    elif (why := may_publish(item.dossier, _BEFORE_ALL)) is not None:
        yield "not_approved", f"it is approved by its state, but {why}"
    elif item.dossier.round.findings_sha256 != findings_digest(item.dossier.round.findings):
        yield "not_approved", "it was approved with other findings than are on record now"


def _served(name: str, key: str, digest: str, public: bool, shelf: Shelf, what: str) -> Iterator[Disagreement]:
    """``what`` is the file or its manifest, each with codes of its own."""
    code = "public" if what == "file" else "public_manifest"
    try:
        content = shelf.get(key)
    except (NotFound, InvalidInput):
        if public:
            yield Disagreement(f"{code}_missing", "publications", name, f"its {what} {key} is not in the CDN store")
        return
    except ColophonError as error:
        yield Disagreement(f"{code}_unreadable", "publications", name, error.message)
        return
    if not public:
        yield Disagreement(f"{code}_after_withdrawal", "publications", name, f"its {what} {key} is still served")
    elif sha256(content) != digest:
        yield Disagreement(f"{code}_differs", "publications", name, f"other bytes are served as its {what} {key}")


def _in_order(work: Callable[[T], R], items: Iterable[T], threads: int) -> Iterator[R]:
    """Never more than a few items a thread are taken before their results are asked for."""
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="audit") as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) >= threads * _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
