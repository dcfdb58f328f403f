"""Accounts and tokens as plain data; never a digest, never a hash."""

from datetime import datetime
from typing import Any

from colophon.domain.account import ALL_BRANDS, Account, ApiToken, Grant, Role, SignedIn
from colophon.errors import InvalidInput
from colophon.services.times import time_text

View = dict[str, Any]


def account_view(account: Account) -> View:
    return {
        "id": account.id,
        "name": account.name,
        "grants": [{"role": grant.role.value, "brand": grant.brand} for grant in account.grants],
        "organisation": account.subject is not None,
        "made_at": time_text(account.made_at),
        "closed_at": time_text(account.closed_at) if account.closed_at else None,
    }


def token_view(token: ApiToken, now: datetime) -> View:
    return {
        "id": token.id,
        "title": token.title,
        "roles": None if token.roles is None else [role.value for role in token.roles],
        "brands": None if token.brands is None else list(token.brands),
        "made_at": time_text(token.made_at),
        "expires_at": time_text(token.expires_at),
        "used_at": time_text(token.used_at) if token.used_at else None,
        "ended_at": time_text(token.ended_at) if token.ended_at else None,
        "state": "ended" if token.ended_at else "expired" if token.expires_at <= now else "in use",
    }


def sign_in_view(session: SignedIn) -> View:
    return {
        "via": session.via,
        "made_at": time_text(session.made_at),
        "seen_at": time_text(session.seen_at),
        "expires_at": time_text(session.expires_at),
    }


def parse_grant(text: str) -> Grant:
    """``role`` for all brands, ``role@brand`` for one. Raises `InvalidInput`."""
    word, _, brand = text.partition("@")
    try:
        return Grant(Role(word.strip()), brand.strip() or ALL_BRANDS)
    except ValueError:
        known = ", ".join(Role)
        raise InvalidInput(f"there is no role {word.strip()[:40]!r}", where="role", hint=f"one of {known}") from None
