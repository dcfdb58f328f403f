"""The tables of money: the ledger's rows, and running sums of them."""

from datetime import date
from typing import Annotated

from sqlalchemy import Date, ForeignKeyConstraint, Index, String, text
from sqlmodel import Field

from colophon.catalog.columns import PurseText, Word
from colophon.catalog.tables import Big, Day, Id, Key, MaybeId, MaybeName, MaybeTold, Moment, Name, Prose, Row


class LedgerRow(Row, table=True):
    """An attempt reserves, releases and charges at most once each; the index makes a second row impossible.
    ``brand`` and ``day`` are those of the attempt's reservation, whenever the row was written."""

    __tablename__ = "ledger"
    __table_args__ = (
        ForeignKeyConstraint(["campaign"], ["campaigns.slug"]),
        ForeignKeyConstraint(["generation"], ["generations.id"]),
        Index(None, "campaign", "kind"),
        Index(None, "day"),
        # Corrections too, and usable on SQLite, which does not see that a kind lies within the condition below.
        Index(None, "generation", "attempt"),
        Index(
            None,
            "generation",
            "attempt",
            "kind",
            unique=True,
            sqlite_where=text("kind <> 'correction'"),
            postgresql_where=text("kind <> 'correction'"),
        ),
    )

    id: Key
    campaign: Id
    brand: Prose
    day: Day
    model: MaybeName = None
    generation: MaybeId = None
    attempt: int | None = None
    kind: Name
    micros: Big
    currency: Name
    basis: Name
    route: MaybeName = None
    request_id: MaybeTold = None
    at: Moment
    note: MaybeTold = None


class PurseRow(Row, table=True):
    """What is spent and reserved of ``campaign/SLUG``, ``brand/NAME/CURRENCY`` or ``day/YYYY-MM-DD/CURRENCY``: always
    the sums of the ledger's rows. NAME is folded, see `colophon.domain.purse.brand_purse`."""

    __tablename__ = "purses"

    purse: Annotated[str, Field(sa_type=PurseText, primary_key=True)]
    currency: Name
    spent: Big
    reserved: Big


class TallyRow(Row, table=True):
    """Sums of the ledger's rows with the same six columns, see `colophon.catalog.tallies`; ``route`` and ``model`` are
    empty where a row has none."""

    __tablename__ = "tallies"
    __table_args__ = (ForeignKeyConstraint(["campaign"], ["campaigns.slug"]), Index(None, "campaign", "day"))

    day: Annotated[date, Field(sa_type=Date, primary_key=True)]
    campaign: Key
    brand: Annotated[str, Field(sa_type=String(300), primary_key=True)]
    route: Annotated[str, Field(sa_type=Word, primary_key=True)]
    model: Annotated[str, Field(sa_type=Word, primary_key=True)]
    currency: Annotated[str, Field(sa_type=Word, primary_key=True)]
    reserved: Big
    estimated: Big
    reported: Big
    settled: Big
    unknown: Big
    charges: Big


class DayTallyRow(Row, table=True):
    """The tallies of a day added up by brand and currency: a month of a large catalog is tens of thousands of tallies,
    and some hundreds of these."""

    __tablename__ = "day_tallies"

    day: Annotated[date, Field(sa_type=Date, primary_key=True)]
    brand: Annotated[str, Field(sa_type=String(300), primary_key=True)]
    currency: Annotated[str, Field(sa_type=Word, primary_key=True)]
    reserved: Big
    estimated: Big
    reported: Big
    settled: Big
    unknown: Big
    charges: Big
