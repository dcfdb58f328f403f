"""The port of accounts: who works here and how they come in."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog.account_rows import (
    account_of,
    every_account,
    grant_of,
    grant_rows,
    open_grants,
    session_row,
    signed_in_of,
    token_of,
    token_row,
)
from colophon.catalog.account_tables import AccountRow, LinkRow, SessionRow, TokenRow
from colophon.catalog.database import Database
from colophon.catalog.known_browsers import end_browsers
from colophon.domain.account import Account, ApiToken, Grant, SignedIn
from colophon.domain.asset import sha256
from colophon.domain.purse import person_key
from colophon.errors import Conflict, NotFound

_MOST_SHOWN = 100  # sign-ins of one account


class SqlAccounts:
    """Implements `colophon.ports.Accounts`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, account: Account, *, password: str | None, by: str) -> Account:
        subject = _digest(account.subject) if account.subject is not None else None
        with self._database.writing() as session:
            known = select(AccountRow).where(col(AccountRow.folded) == person_key(account.name))
            if session.scalars(known).one_or_none() is not None:
                raise Conflict(f"there is an account {account.name!r} already", where=account.name)
            if subject and session.scalars(select(AccountRow).where(col(AccountRow.subject_sha256) == subject)).first():
                raise Conflict("this identity has an account already", where=account.name)
            row = AccountRow(
                id=account.id,
                name=account.name,
                folded=person_key(account.name),
                password=password,
                subject=account.subject,
                subject_sha256=subject,
                made_at=account.made_at,
                made_by=by,
            )
            session.add(row)
            session.flush()
            session.add_all(grant_rows(account.id, account.grants, by, account.made_at))
        return account

    def account(self, account: str) -> Account:
        with self._database.reading() as session:
            return account_of(session, _row(session, account))

    def named(self, name: str) -> tuple[Account, str | None] | None:
        with self._database.reading() as session:
            row = session.scalars(select(AccountRow).where(col(AccountRow.folded) == person_key(name))).one_or_none()
            return (account_of(session, row), row.password) if row else None

    def of_subject(self, subject: str) -> Account | None:
        with self._database.reading() as session:
            wanted = select(AccountRow).where(col(AccountRow.subject_sha256) == _digest(subject))
            row = session.scalars(wanted).one_or_none()
            return account_of(session, row) if row else None

    def every(self) -> Sequence[Account]:
        with self._database.reading() as session:
            return every_account(session)

    def set_password(self, account: str, password: str) -> None:
        with self._database.writing() as session:
            _row(session, account).password = password

    def change_password(self, account: str, password: str, *, now: datetime) -> int:
        with self._database.writing() as session:
            _row(session, account).password = password
            return _end_sessions(session, account, now)

    def set_grants(self, account: str, grants: Sequence[Grant], *, by: str, now: datetime) -> Account:
        with self._database.writing() as session:
            row = _row(session, account)
            held = session.scalars(open_grants(account)).all()
            for grant in held:
                if grant_of(grant) not in grants:
                    grant.ended_at = now
            kept = {grant_of(grant) for grant in held}
            session.add_all(
                grant_rows(account, [grant for grant in dict.fromkeys(grants) if grant not in kept], by, now)
            )
            session.flush()
            return account_of(session, row)

    def close_account(self, account: str, *, now: datetime) -> None:
        with self._database.writing() as session:
            row = _row(session, account)
            row.closed_at = row.closed_at or now
            _end_sessions(session, account, now)
            for token in session.scalars(select(TokenRow).where(col(TokenRow.account) == account)):
                token.ended_at = token.ended_at or now

    def sign_in(self, digest: str, session: SignedIn) -> None:
        with self._database.writing() as written:
            written.add(session_row(session, digest))

    def signed_in(self, digest: str, *, now: datetime) -> tuple[SignedIn, Account] | None:
        with self._database.reading() as session:
            row = session.get(SessionRow, digest)
            if row is None or row.ended_at is not None or row.expires_at <= now:
                return None
            account = _open_account(session, row.account)
            return (signed_in_of(row), account) if account else None

    def seen(self, digest: str, *, now: datetime) -> None:
        with self._database.writing() as session:
            row = session.get(SessionRow, digest)
            if row is not None:
                row.seen_at = now

    def sign_out(self, digest: str, *, now: datetime) -> None:
        with self._database.writing() as session:
            row = session.get(SessionRow, digest)
            if row is not None:
                row.ended_at = row.ended_at or now

    def sign_out_everywhere(self, account: str, *, now: datetime) -> int:
        with self._database.writing() as session:
            return _end_sessions(session, account, now)

    def sign_ins(self, account: str, *, now: datetime) -> Sequence[SignedIn]:
        with self._database.reading() as session:
            wanted = _open_sessions(account).where(col(SessionRow.expires_at) > now)
            return [
                signed_in_of(row)
                for row in session.scalars(wanted.order_by(col(SessionRow.made_at).desc()).limit(_MOST_SHOWN))
            ]

    def add_link(self, digest: str, account: str, *, expires_at: datetime) -> None:
        with self._database.writing() as session:
            session.add(LinkRow(digest=digest, account=account, expires_at=expires_at))

    def use_link(self, digest: str, *, now: datetime) -> Account | None:
        with self._database.writing() as session:
            row = session.scalars(select(LinkRow).where(col(LinkRow.digest) == digest).with_for_update()).one_or_none()
            if row is None or row.used_at is not None or row.expires_at <= now:
                return None
            row.used_at = now
            return _open_account(session, row.account)

    def add_token(self, token: ApiToken, digest: str) -> None:
        with self._database.writing() as session:
            _row(session, token.account)
            session.add(token_row(token, digest))

    def token(self, digest: str, *, now: datetime) -> tuple[ApiToken, Account] | None:
        with self._database.reading() as session:
            row = session.scalars(select(TokenRow).where(col(TokenRow.digest) == digest)).one_or_none()
            if row is None or row.ended_at is not None or row.expires_at <= now:
                return None
            account = _open_account(session, row.account)
            return (token_of(row), account) if account else None

    def token_used(self, token: str, *, now: datetime) -> None:
        with self._database.writing() as session:
            row = session.get(TokenRow, token)
            if row is not None:
                row.used_at = now

    def tokens(self, account: str) -> Sequence[ApiToken]:
        wanted = select(TokenRow).where(col(TokenRow.account) == account).order_by(col(TokenRow.id).desc())
        with self._database.reading() as session:
            return [token_of(row) for row in session.scalars(wanted)]

    def end_token(self, token: str, *, account: str, now: datetime) -> None:
        with self._database.writing() as session:
            row = session.get(TokenRow, token)
            if row is None or row.account != account:
                raise NotFound("there is no such token", where=token)
            row.ended_at = row.ended_at or now


def _row(session: Session, account: str) -> AccountRow:
    row = session.get(AccountRow, account)
    if row is None:
        raise NotFound("there is no such account", where=account)
    return row


def _open_account(session: Session, account: str) -> Account | None:
    row = _row(session, account)
    return None if row.closed_at is not None else account_of(session, row)


def _open_sessions(account: str) -> Select[SessionRow]:
    return select(SessionRow).where(col(SessionRow.account) == account, col(SessionRow.ended_at).is_(None))


def _end_sessions(session: Session, account: str, now: datetime) -> int:
    rows = session.scalars(_open_sessions(account).where(col(SessionRow.expires_at) > now)).all()
    for row in rows:
        row.ended_at = now
    end_browsers(session, account, now)
    _end_links(session, account, now)
    return len(rows)


def _end_links(session: Session, account: str, now: datetime) -> None:
    """Those that are still on their way: what ends all sign-ins leaves no way in that was made before."""
    wanted = select(LinkRow).where(
        col(LinkRow.account) == account, col(LinkRow.used_at).is_(None), col(LinkRow.expires_at) > now
    )
    for row in session.scalars(wanted):
        row.expires_at = now


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass"))
