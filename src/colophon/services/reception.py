"""The desk where people come in: who works here, and what time it is."""

from dataclasses import dataclass

from colophon.ports import Accounts, Clock


@dataclass(frozen=True, slots=True)
class Reception:
    accounts: Accounts
    clock: Clock
