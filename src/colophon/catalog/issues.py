"""The port of signed lists: numbered without gaps, the bytes kept of the newest only."""

import hashlib

from sqlalchemy import insert, select, update
from sqlmodel import col

from colophon.catalog.database import Database
from colophon.catalog.publishing_tables import IssueRow
from colophon.errors import Conflict, ObjectCorrupt
from colophon.ports import Issue


class SqlIssues:
    """Implements `colophon.ports.Issues`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self) -> Issue | None:
        """Raises `ObjectCorrupt` where its bytes are not those of its digest: the next list is made of them."""
        with self._database.reading() as session:
            row = session.scalars(select(IssueRow).order_by(col(IssueRow.sequence).desc()).limit(1)).one_or_none()
        if row is None:
            return None
        content = None if row.content is None else row.content.encode()
        if content is not None and hashlib.sha256(content).hexdigest() != row.sha256:
            raise ObjectCorrupt(
                f"the catalog's copy of signed list {row.sequence} is not the list that was signed",
                where=f"issues/{row.sequence}",
                hint="find out who changed it, and restore the catalog; `colophon audit verify` says what else differs",
            )
        return value_of(row)

    def add(self, issue: Issue) -> bool:
        values = {
            "sequence": issue.sequence,
            "sha256": issue.sha256,
            "issued_at": issue.issued_at,
            "content": None if issue.content is None else issue.content.decode(),
            "signature": issue.signature.decode(),
        }
        older = update(IssueRow).where(col(IssueRow.sequence) < issue.sequence, col(IssueRow.content).is_not(None))
        try:
            with self._database.writing() as session:
                session.execute(insert(IssueRow).values(**values))
                session.execute(older.values(content=None).execution_options(synchronize_session=False))
        except Conflict:
            return False
        return True


def value_of(row: IssueRow) -> Issue:
    """As it stands: nothing says that its bytes are those of its digest."""
    content = None if row.content is None else row.content.encode()
    return Issue(row.sequence, row.sha256, row.issued_at, content, row.signature.encode())
