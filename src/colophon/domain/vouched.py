"""Somebody as an identity provider vouches for them, and what its words mean here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from colophon.domain.account import Grant


@dataclass(frozen=True, slots=True)
class Vouched:
    """``subject`` is ``issuer sub``: of an issuer's ``sub`` there is never another person. ``values`` are those of the
    claim that roles come from."""

    subject: str
    name: str
    values: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Trip:
    """What one sign-in at a provider is bound to; ``verifier`` and ``nonce`` stay with the browser that began it."""

    state: str
    verifier: str
    nonce: str
    redirect_uri: str


RoleRules = Mapping[str, Sequence[Grant]]


def grants_of(values: Sequence[str], rules: RoleRules) -> tuple[Grant, ...]:
    """What all values together give, in the order of the rules; a value is compared as it is, case included."""
    held = frozenset(values)
    return tuple(dict.fromkeys(grant for value, grants in rules.items() if value in held for grant in grants))
