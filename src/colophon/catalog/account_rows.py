"""Accounts, sign-ins and tokens as they stand in rows, and out of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog.account_tables import AccountRow, GrantRow, SessionRow, TokenRow
from colophon.domain.account import Account, ApiToken, Grant, Role, SignedIn
from colophon.domain.identity import new_id

_OPEN = select(GrantRow).where(col(GrantRow.ended_at).is_(None))


def account_of(session: Session, row: AccountRow) -> Account:
    """With the roles it has now, in the order they were given."""
    held = session.scalars(open_grants(row.id).order_by(col(GrantRow.id)))
    return _account(row, [grant_of(grant) for grant in held])


def every_account(session: Session) -> Sequence[Account]:
    """By name, each as `account_of` has it. However many there are, two statements read them."""
    rows = session.scalars(select(AccountRow).order_by(col(AccountRow.name))).all()
    held: dict[str, list[Grant]] = {}  # read after the accounts: none is shown without those it was made with
    for grant in session.scalars(_OPEN.order_by(col(GrantRow.id))):
        held.setdefault(grant.account, []).append(grant_of(grant))
    return [_account(row, held.get(row.id, ())) for row in rows]


def open_grants(account: str) -> Select[GrantRow]:
    return _OPEN.where(col(GrantRow.account) == account)


def grant_of(row: GrantRow) -> Grant:
    return Grant(Role(row.role), row.brand)


def grant_rows(account: str, grants: Iterable[Grant], by: str, now: datetime) -> list[GrantRow]:
    return [
        GrantRow(
            id=new_id("gra", now), account=account, role=grant.role.value, brand=grant.brand, given_at=now, given_by=by
        )
        for grant in grants
    ]


def session_row(session: SignedIn, digest: str) -> SessionRow:
    return SessionRow(
        digest=digest,
        account=session.account,
        via=session.via,
        made_at=session.made_at,
        expires_at=session.expires_at,
        seen_at=session.seen_at,
    )


def signed_in_of(row: SessionRow) -> SignedIn:
    return SignedIn(row.account, row.made_at, row.expires_at, row.seen_at, row.via)


def token_row(token: ApiToken, digest: str) -> TokenRow:
    return TokenRow(
        id=token.id,
        account=token.account,
        title=token.title,
        digest=digest,
        roles=None if token.roles is None else [role.value for role in token.roles],
        brands=None if token.brands is None else list(token.brands),
        made_at=token.made_at,
        expires_at=token.expires_at,
    )


def token_of(row: TokenRow) -> ApiToken:
    return ApiToken(
        id=row.id,
        account=row.account,
        title=row.title,
        made_at=row.made_at,
        expires_at=row.expires_at,
        roles=None if row.roles is None else tuple(Role(role) for role in row.roles),
        brands=None if row.brands is None else tuple(row.brands),
        ended_at=row.ended_at,
        used_at=row.used_at,
    )


def _account(row: AccountRow, grants: Sequence[Grant]) -> Account:
    return Account(
        id=row.id,
        name=row.name,
        made_at=row.made_at,
        grants=tuple(grants),
        subject=row.subject,
        closed_at=row.closed_at,
    )
