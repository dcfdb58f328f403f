"""The tables of who works here: accounts, roles, sign-ins, tokens. Secrets are kept as digests."""

from typing import Annotated

from sqlalchemy import ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field

from colophon.catalog.tables import Id, Key, MaybeId, MaybeMoment, Moment, Name, Prose, Row, Sha, Structure

MaybeProse = Annotated[str | None, Field(sa_type=Text)]


class AccountRow(Row, table=True):
    """``folded`` is the name without case, by which it is unique."""

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("folded"), UniqueConstraint("subject_sha256"))

    id: Key
    name: Prose
    folded: Sha
    password: MaybeProse = None
    subject: MaybeProse = None
    subject_sha256: MaybeId = None
    made_at: Moment
    made_by: Prose
    closed_at: MaybeMoment = None


class GrantRow(Row, table=True):
    """A role for a brand, until it is ended: who had it when stays on record."""

    __tablename__ = "grants"
    __table_args__ = (ForeignKeyConstraint(["account"], ["accounts.id"]), Index(None, "account"))

    id: Key
    account: Id
    role: Name
    brand: Prose
    given_at: Moment
    given_by: Prose
    ended_at: MaybeMoment = None


class SessionRow(Row, table=True):
    """A browser that signed in. ``digest`` is that of the key in its cookie."""

    __tablename__ = "sessions"
    __table_args__ = (ForeignKeyConstraint(["account"], ["accounts.id"]), Index(None, "account"))

    digest: Key
    account: Id
    via: Name
    made_at: Moment
    expires_at: Moment
    ended_at: MaybeMoment = None
    seen_at: Moment


class KnownBrowserRow(Row, table=True):
    """A browser that somebody signed in with. ``digest`` is that of the key in a cookie of its own, which outlives
    sessions and signs nobody in; ``failed`` are wrong passwords that came with it."""

    __tablename__ = "known_browsers"
    __table_args__ = (ForeignKeyConstraint(["account"], ["accounts.id"]), Index(None, "account"))

    digest: Key
    account: Id
    made_at: Moment
    expires_at: Moment
    failed: int = 0
    ended_at: MaybeMoment = None


class LinkRow(Row, table=True):
    """A link that signs in once."""

    __tablename__ = "sign_in_links"
    __table_args__ = (ForeignKeyConstraint(["account"], ["accounts.id"]),)

    digest: Key
    account: Id
    expires_at: Moment
    used_at: MaybeMoment = None


class TokenRow(Row, table=True):
    """``roles`` and ``brands`` null: all that the account has."""

    __tablename__ = "api_tokens"
    __table_args__ = (
        ForeignKeyConstraint(["account"], ["accounts.id"]),
        UniqueConstraint("digest"),
        Index(None, "account"),
    )

    id: Key
    account: Id
    title: Prose
    digest: Sha
    roles: Structure
    brands: Structure
    made_at: Moment
    expires_at: Moment
    ended_at: MaybeMoment = None
    used_at: MaybeMoment = None


class SignInTryRow(Row, table=True):
    """``folded`` and ``address_sha256`` find the tries of a name and from a place: the latter is the digest of what
    ``address`` counts as."""

    __tablename__ = "sign_in_tries"
    __table_args__ = (Index(None, "folded", "at"), Index(None, "address_sha256", "at"))

    id: Key
    at: Moment
    name: Prose
    folded: Sha
    address: Prose
    address_sha256: Sha
    outcome: Name
    via: Name
    account: MaybeId = None


class ReplyRow(Row, table=True):
    """The answer to a write with an ``Idempotency-Key``; ``status`` null: it is being worked on."""

    __tablename__ = "replies"
    __table_args__ = (Index(None, "begun_at"),)

    key: Key
    request_sha256: Sha
    begun_at: Moment
    status: int | None = None
    body: Prose = ""
    location: Prose = ""


class FlowRow(Row, table=True):
    """A sign-in under way at an identity provider; ``state`` and ``browser`` are digests."""

    __tablename__ = "sign_in_flows"
    __table_args__ = (Index(None, "expires_at"),)

    state: Key
    browser: Sha
    back: Prose
    expires_at: Moment
