"""The public lists held against the records: the signed list of all lists, each campaign's, and the numbers they
were issued under."""

import json
from collections.abc import Generator, Iterator

from pydantic import ValidationError

from colophon.domain.asset import sha256
from colophon.domain.audit import Checked, Disagreement, Published
from colophon.domain.publication_list import CURRENT_KEY, LIST_NAME, SIGNATURE_KEY, CurrentList, PublicationList
from colophon.errors import ColophonError, InvalidInput, NotFound
from colophon.ports import AuditedCatalog, Issue, ListVerifier, Shelf

LIST = "list"
Found = Iterator[Disagreement | Checked]


def check_issues(catalog: AuditedCatalog) -> Iterator[Disagreement]:
    """Each signed list on record against its digest, and what it says of the one before. Only the newest is there."""
    before: Issue | None = None
    for issue in catalog.issues():
        if isinstance(issue, Disagreement):
            continue  # told with the rows
        name = str(issue.sequence)
        if issue.sequence != (before.sequence if before else 0) + 1:
            yield Disagreement("issue_missing", "issues", name, "the list before it is not on record")
        if issue.content is not None:
            said = _current(issue.content)
            if sha256(issue.content) != issue.sha256:
                yield Disagreement("issue_differs", "issues", name, "the bytes on record are not those of its digest")
            elif said is None or said.sequence != issue.sequence:
                yield Disagreement("issue_differs", "issues", name, "its content is not the list of this number")
            elif before is not None and said.previous != before.sha256:
                yield Disagreement("issue_differs", "issues", name, "it does not follow the list before it")
        before = issue


def check_lists(catalog: AuditedCatalog, shelf: Shelf, verifier: ListVerifier) -> Found:
    """What is served of the lists: the newest that was signed, believed under the trust policy; each campaign's as
    that one names it, with the files that are public by the records and no others."""
    newest: Issue | None = None
    for issue in catalog.issues():
        newest = issue if isinstance(issue, Issue) else newest
    served = yield from _served(CURRENT_KEY, newest is not None, shelf)
    if newest is None:
        if served is not None:
            yield _differs(CURRENT_KEY, "it is served, and no list is on record")
        return
    if served is not None and sha256(served) != newest.sha256:
        yield _differs(CURRENT_KEY, f"it is not list {newest.sequence}, the newest that was signed")
    signature = yield from _served(SIGNATURE_KEY, True, shelf)
    if signature is not None and signature != newest.signature:
        yield _differs(SIGNATURE_KEY, f"it is not the signature of list {newest.sequence}")
    if newest.content is None or (current := _current(newest.content)) is None:
        return  # told with the lists on record
    doubt = verifier.doubt(newest.content, newest.signature, newest.issued_at)
    if doubt is not None:
        yield Disagreement("list_untrusted", LIST, CURRENT_KEY, doubt)
    yield Checked("lists")
    listed = {each.campaign: each.sha256 for each in current.campaigns}
    for campaign in sorted({*listed, *catalog.public_campaigns()}):
        yield from _of_campaign(campaign, listed.get(campaign), catalog, shelf)


def _of_campaign(campaign: str, digest: str | None, catalog: AuditedCatalog, shelf: Shelf) -> Found:
    key = f"{campaign}/{LIST_NAME}"
    content = yield from _served(key, True, shelf)
    if digest is None:
        yield Disagreement("list_missing", LIST, key, f"{CURRENT_KEY} does not name it, and files of it are public")
    elif content is not None and sha256(content) != digest:
        yield _differs(key, f"it is not the one that {CURRENT_KEY} names")
    if content is None:
        return
    yield Checked("lists")
    try:
        said = PublicationList.model_validate_json(content)
    except ValidationError:
        yield _differs(key, "it cannot be read as a publication list")
        return
    files = {(file.rendition, file.address, file.sha256) for file in said.publications}
    public = {
        (item.publication.rendition, item.publication.address, item.publication.sha256)
        for item in catalog.public_of(campaign)
        if isinstance(item, Published)
    }
    for rendition, address, _ in sorted(files - public):
        yield Disagreement("list_disagrees", LIST, key, f"it names {rendition} at {address}, which is not on record")
    for rendition, address, _ in sorted(public - files):
        yield Disagreement("list_disagrees", LIST, key, f"it does not name {rendition}, public at {address}, as it is")


def _served(key: str, wanted: bool, shelf: Shelf) -> Generator[Disagreement, None, bytes | None]:
    """Returns the bytes; None: there are none, which is told where some are wanted."""
    try:
        return shelf.get(key)
    except (NotFound, InvalidInput):
        if wanted:
            yield Disagreement("list_missing", LIST, key, "it is not in the CDN store")
    except ColophonError as error:
        yield Disagreement("list_unreadable", LIST, key, error.message)
    return None


def _current(content: bytes) -> CurrentList | None:
    try:
        return CurrentList.model_validate(json.loads(content))
    except (ValidationError, ValueError, RecursionError):
        return None


def _differs(key: str, what: str) -> Disagreement:
    return Disagreement("list_differs", LIST, key, what)
