"""What the core asks of the part of the catalog that knows who works here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from colophon.domain.account import Account, ApiToken, Failures, Grant, SignedIn, SignInTry


class KnownBrowsers(Protocol):
    """Browsers that somebody signed in with before. Each is of one account, and known by the digest of a key. With the
    sign-ins of an account `Accounts` ends what is known of its browsers."""

    def know(
        self, digest: str, account: str, *, now: datetime, expires_at: datetime, instead_of: str | None, most: int
    ) -> None:
        """From now on; ``instead_of`` is what the same browser was known by, and ends where it is this account's. Of
        more than ``most`` that are known the oldest end."""

    def account_of(self, digest: str, *, now: datetime) -> str | None:
        """Whose it is. None for one that is unknown, has ended or expired."""

    def failed(self, digest: str, *, most: int, now: datetime) -> None:
        """A wrong password came from it; after ``most`` of them it is not known any more."""


class SignInTries(Protocol):
    """Tries to sign in, kept for the audit and to slow down guessing."""

    def tried(self, attempt: SignInTry) -> None: ...

    def failures(self, *, name: str, address: str, lately: datetime, longer: datetime) -> Failures:
        """How many tries failed since ``lately``, and those of the name from anywhere since ``longer``. Addresses count
        as `colophon.domain.origin.origin_of` has them. A success of the name starts anew what is counted of it there,
        and nothing else."""


class Accounts(Protocol):
    """Secrets (session keys, tokens, links) come and are kept as SHA-256 digests only."""

    def add(self, account: Account, *, password: str | None, by: str) -> Account:
        """With its grants. ``password`` is an argon2 hash. Raises `Conflict` for a name or subject that is taken."""

    def account(self, account: str) -> Account:
        """Raises `NotFound`."""

    def named(self, name: str) -> tuple[Account, str | None] | None:
        """The account of this name, whatever its case, with the hash of its password."""

    def of_subject(self, subject: str) -> Account | None:
        """Whom an identity provider means."""

    def every(self) -> Sequence[Account]:
        """By name; closed ones too."""

    def set_password(self, account: str, password: str) -> None:
        """Another argon2 hash of the same password. Raises `NotFound`."""

    def change_password(self, account: str, password: str, *, now: datetime) -> int:
        """The argon2 hash of another password; all sign-ins, known browsers and unused links end with the
        old one, in one transaction. How many sign-ins that were. Raises `NotFound`."""

    def set_grants(self, account: str, grants: Sequence[Grant], *, by: str, now: datetime) -> Account:
        """These and no others. Raises `NotFound`."""

    def close_account(self, account: str, *, now: datetime) -> None:
        """With all its sign-ins, known browsers and tokens, in one transaction. Raises `NotFound`."""

    def sign_in(self, digest: str, session: SignedIn) -> None: ...

    def signed_in(self, digest: str, *, now: datetime) -> tuple[SignedIn, Account] | None:
        """None for a session that is unknown, has ended or expired, and for one of a closed account."""

    def seen(self, digest: str, *, now: datetime) -> None:
        """A session is in use."""

    def sign_out(self, digest: str, *, now: datetime) -> None: ...

    def sign_out_everywhere(self, account: str, *, now: datetime) -> int:
        """How many sign-ins this ended. No browser of the account is known any more, and unused links end too."""

    def sign_ins(self, account: str, *, now: datetime) -> Sequence[SignedIn]:
        """Those that have not ended."""

    def add_link(self, digest: str, account: str, *, expires_at: datetime) -> None:
        """A link that signs in once."""

    def use_link(self, digest: str, *, now: datetime) -> Account | None:
        """Whom a link signs in; used up by this. None: unknown, used, expired or of a closed account."""

    def add_token(self, token: ApiToken, digest: str) -> None: ...

    def token(self, digest: str, *, now: datetime) -> tuple[ApiToken, Account] | None:
        """None for one that is unknown, has ended or expired, and for one of a closed account."""

    def token_used(self, token: str, *, now: datetime) -> None: ...

    def tokens(self, account: str) -> Sequence[ApiToken]:
        """Newest first, ended ones too."""

    def end_token(self, token: str, *, account: str, now: datetime) -> None:
        """Raises `NotFound` for one that is not this account's."""
