"""The port of tries to sign in, and how many of them failed lately."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog.account_tables import SignInTryRow
from colophon.catalog.database import Database
from colophon.domain.account import LOCKS, Failures, SignInTry
from colophon.domain.asset import sha256
from colophon.domain.origin import origin_of
from colophon.domain.purse import person_key


class SqlSignInTries:
    """Implements `colophon.ports.SignInTries`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def tried(self, attempt: SignInTry) -> None:
        with self._database.writing() as session:
            session.add(
                SignInTryRow(
                    id=attempt.id,
                    at=attempt.at,
                    name=attempt.name,
                    folded=person_key(attempt.name),
                    address=attempt.address,
                    address_sha256=_place(attempt.address),
                    outcome=attempt.outcome,
                    via=attempt.via,
                    account=attempt.account,
                )
            )

    def failures(self, *, name: str, address: str, lately: datetime, longer: datetime) -> Failures:
        of_name = col(SignInTryRow.folded) == person_key(name)
        there = col(SignInTryRow.address_sha256) == _place(address)
        with self._database.reading() as session:
            won = session.scalar(
                select(func.max(col(SignInTryRow.at))).where(
                    of_name, there, col(SignInTryRow.at) >= lately, col(SignInTryRow.outcome) == "ok"
                )
            )
            return Failures(
                here=_failed(session, max(lately, won) if won else lately, of_name, there),
                of_place=_failed(session, lately, there),
                of_name=_failed(session, longer, of_name),
            )


def _failed(session: Session, since: datetime, *which: ColumnElement[bool]) -> int:
    no_failure = col(SignInTryRow.outcome).in_(("ok", *LOCKS))
    wanted = select(func.count()).where(*which, col(SignInTryRow.at) >= since, ~no_failure)
    return session.execute(wanted).scalar_one()


def _place(address: str) -> str:
    return sha256(origin_of(address).encode())
