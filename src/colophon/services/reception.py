"""The desk where people come in: who works here, what is known of browsers and tries, and what time it is."""

from dataclasses import dataclass
from typing import Self

from colophon.ports import Accounts, Catalog, Clock, KnownBrowsers, SignInTries


@dataclass(frozen=True, slots=True)
class Reception:
    accounts: Accounts
    browsers: KnownBrowsers
    tries: SignInTries
    clock: Clock

    @classmethod
    def of(cls, catalog: Catalog, clock: Clock) -> Self:
        return cls(catalog.accounts, catalog.known_browsers, catalog.sign_in_tries, clock)
