"""The tables of spending by person: who ordered what, whose money an attempt is, and what each may spend."""

from typing import Annotated

from sqlalchemy import ForeignKeyConstraint
from sqlmodel import Field

from colophon.catalog.columns import Digest
from colophon.catalog.tables import Key, MaybeBig, Moment, Name, NumberKey, Prose, Row, Sha


class OrdererRow(Row, table=True):
    """Who ordered a revision last; ``person`` is the digest by which their money is counted. A revision from before
    there was such a record has no row."""

    __tablename__ = "orderers"
    __table_args__ = (ForeignKeyConstraint(["campaign", "revision"], ["revisions.campaign", "revisions.revision"]),)

    campaign: Key
    revision: Annotated[str, Field(sa_type=Digest, primary_key=True)]
    person: Sha
    ordered_by: Prose
    at: Moment


class PayerRow(Row, table=True):
    """Whose money an attempt is, from its reservation on, whoever orders the campaign later."""

    __tablename__ = "payers"
    __table_args__ = (ForeignKeyConstraint(["generation", "attempt"], ["attempts.generation", "attempts.number"]),)

    generation: Key
    attempt: NumberKey
    person: Sha


class LimitRow(Row, table=True):
    """What an account may spend in a calendar month (UTC); ``micros`` null: what the settings say for everybody."""

    __tablename__ = "account_limits"
    __table_args__ = (ForeignKeyConstraint(["account"], ["accounts.id"]),)

    account: Key
    micros: MaybeBig = None
    currency: Name
    set_by: Prose
    set_at: Moment
