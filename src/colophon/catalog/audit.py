"""The port by which an audit reads a catalog: as of one moment, nothing written, nothing believed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from colophon.catalog import audit_money, audit_rows, committed, issues, pictures, publications, rounds, schema
from colophon.catalog.asset_tables import (
    AssetRow,
    ManifestRow,
    PublicationRow,
    RenditionRow,
)
from colophon.catalog.audit_rows import UNREADABLE
from colophon.catalog.committed import Content, Key
from colophon.catalog.guards import GUARDS
from colophon.catalog.publishing_tables import IssueRow
from colophon.catalog.review_tables import FindingRow
from colophon.catalog.snapshot import snapshot
from colophon.catalog.tables import GenerationRow, Row
from colophon.domain.asset import AssetState
from colophon.domain.audit import Decided, Disagreement, Held, Published, SignedFile
from colophon.domain.event import Event
from colophon.errors import InvalidInput
from colophon.ports import Issue

T = TypeVar("T")


@contextmanager
def open_audited(url: str) -> Iterator["SqlAudit"]:
    """Raises `InvalidInput` for a catalog of another version than this program's: it would be read wrongly."""
    with snapshot(url) as connection:
        found, known = schema.revision_of(connection), schema.newest()
        if found != known:
            raise InvalidInput(
                f"the catalog has schema {found or 'none'}, and this program reads schema {known}",
                where="catalog",
                hint="audit it with the version of the program that wrote it",
            )
        yield SqlAudit(connection)


class SqlAudit:
    """Implements `colophon.ports.AuditedCatalog`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(self) -> Iterator[tuple[int, Sequence[Disagreement]]]:
        return audit_rows.compare(self._connection)

    def events(self) -> Iterator[Event | Disagreement]:
        return audit_rows.events(self._connection)

    def texts(self) -> Iterator[Disagreement]:
        return audit_rows.texts(self._connection)

    def money(self) -> Iterator[Disagreement]:
        return audit_money.compare(self._connection)

    def objects(self) -> Iterator[Held | Disagreement]:
        """An original is named by its asset, and by its generation until there is one; a manifest by its label; a
        reference by the first generation that shows it."""
        shown: set[str] = set()
        yield from self._each(AssetRow, lambda row, key: Held("assets", key, row["sha256"]))
        yield from self._each(RenditionRow, lambda row, key: Held("renditions", key, row["sha256"]))
        yield from self._each(ManifestRow, lambda row, key: Held("manifests", key, row["sha256"]))
        yield from self._each(GenerationRow, _original)
        yield from self._several(GenerationRow, lambda row, key: _references(row, key, shown))
        yield from self._each(FindingRow, _evidence)

    def signed(self) -> Iterator[SignedFile | Disagreement]:
        return self._each(RenditionRow, self._signed)

    def decided(self) -> Iterator[Decided | Disagreement]:
        return self._each(AssetRow, self._decided)

    def publications(self) -> Iterator[Published | Disagreement]:
        return self._each(PublicationRow, self._publication)

    def public_campaigns(self) -> Sequence[str]:
        campaign, until = _column(PublicationRow, "campaign"), _column(PublicationRow, "published_until")
        found = select(campaign).where(until.is_(None)).distinct().order_by(campaign)
        return list(self._connection.scalars(found))

    def public_of(self, campaign: str) -> Iterator[Published | Disagreement]:
        """Rows that cannot be read are left out here."""
        number, until = _column(PublicationRow, "id"), _column(PublicationRow, "published_until")
        mine = _column(PublicationRow, "campaign") == campaign
        ids = self._connection.scalars(select(number).where(mine, until.is_(None)).order_by(number)).all()
        guard = next(each for each in GUARDS.values() if each.row is PublicationRow)
        for part in committed.parts(ids):
            try:
                rows = committed.rows(self._connection, guard, [(each,) for each in part])
            except UNREADABLE:
                continue  # told with the rows
            yield from (self._published(row) for row in rows.values())

    def issues(self) -> Iterator[Issue | Disagreement]:
        return self._each(IssueRow, lambda row, key: issues.value_of(IssueRow(**row)))

    def _each(self, table: type[Row], make: Callable[[Content, str], T | None]) -> Iterator[T | Disagreement]:
        """What is made of each row, in the order of keys. What cannot be read is told with the rows; what can be read
        and means nothing is told here."""
        guard = next(each for each in GUARDS.values() if each.row is table)
        for _, rows, _ in audit_rows.pages(self._connection, guard):
            for key, row in sorted(rows.items(), key=lambda pair: _order(pair[0])):
                subject = guard.subject(key)
                try:
                    made = make(row, subject)
                except UNREADABLE as error:
                    what = f"its content means nothing: {str(error)[:200]}"
                    yield Disagreement("row_unreadable", guard.name, subject, what)
                else:
                    if made is not None:
                        yield made

    def _several(self, table: type[Row], make: Callable[[Content, str], list[T]]) -> Iterator[T | Disagreement]:
        for made in self._each(table, make):
            yield from [made] if isinstance(made, Disagreement) else made

    def _publication(self, row: Content, _key: str) -> Published | None:
        if row["published_until"] is not None:
            key, until = _column(PublicationRow, "key"), _column(PublicationRow, "published_until")
            again = select(key).where(key == row["key"], until.is_(None)).limit(1)
            if self._connection.execute(again).one_or_none() is not None:
                return None
        return self._published(row)

    def _published(self, row: Content) -> Published:
        manifest = select(_column(RenditionRow, "manifest_sha256")).where(
            _column(RenditionRow, "id") == row["rendition"]
        )
        return Published(publications.value_of(PublicationRow(**row)), self._connection.scalar(manifest))

    def _signed(self, row: Content, key: str) -> SignedFile | None:
        found = select(_column(AssetRow, "provenance")).where(_column(AssetRow, "id") == row["asset"])
        original = self._connection.execute(found).one_or_none()
        if original is None:  # the log names the asset that is gone
            return None
        provenance = pictures.PROVENANCE.validate_python(original[0])
        return SignedFile(key, row["sha256"], row["manifest_sha256"], provenance)

    def _decided(self, row: Content, key: str) -> Decided | None:
        public = (
            select(_column(PublicationRow, "id"))
            .join(RenditionRow, _column(RenditionRow, "id") == _column(PublicationRow, "rendition"))
            .where(_column(RenditionRow, "asset") == row["id"], _column(PublicationRow, "published_until").is_(None))
            .limit(1)
        )
        is_public = self._connection.execute(public).one_or_none() is not None
        if row["state"] != AssetState.APPROVED and not is_public:
            return None
        with Session(self._connection) as session:
            return Decided(rounds.dossier(session, pictures.row_of(session, row["id"])), is_public)


def _references(row: Content, key: str, shown: set[str]) -> list[Held]:
    new = [Held("generations", key, each["sha256"]) for each in row["references"] if each["sha256"] not in shown]
    shown.update(each.sha256 for each in new)
    return new


def _evidence(row: Content, key: str) -> Held | None:
    """The picture that shows what a check found."""
    return Held("findings", key, row["evidence"]["sha256"]) if row["evidence"] else None


def _original(row: Content, key: str) -> Held | None:
    if row["original_sha256"] is None or row["asset_id"] is not None:
        return None
    return Held("generations", key, row["original_sha256"])


def _column(table: type[Row], name: str) -> Any:
    return table.__table__.c[name]  # type: ignore[attr-defined]


def _order(key: Key) -> tuple[tuple[str, Any], ...]:
    """Also of keys whose parts are not of the type they should be."""
    return tuple((type(part).__name__, part if isinstance(part, int | str) else str(part)) for part in key)
