"""The ports by which renditions become public, and what a change of what is public amounts to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from colophon.domain.withdrawal import Withdrawal
from colophon.errors import Problem
from colophon.ports import (
    Assets,
    Clock,
    Holder,
    Issues,
    Leases,
    ListSigner,
    ManifestReader,
    Orders,
    Publications,
    PublicView,
    Purge,
    Reviews,
    Shelf,
    Store,
    Verdicts,
    Withdrawals,
)


@dataclass(frozen=True, slots=True)
class Press:
    """``purge`` None: nothing keeps copies that could be told to forget them. ``process`` names this process, ``dead``
    says whether another one is known to have ended. A file that was put may take ``arrives`` until its public address
    has it, one that was taken down ``leaves`` until its address has it no more; after that somebody is told.
    ``rounds`` of looks in a row must see nothing before it counts as gone. ``changed`` is called when the lists were
    renewed and when withdrawals were looked after: the audit log gets a checkpoint."""

    orders: Orders
    assets: Assets
    publications: Publications
    withdrawals: Withdrawals
    leases: Leases
    issues: Issues
    verdicts: Verdicts
    reviews: Reviews
    store: Store
    shelf: Shelf
    view: PublicView
    purge: Purge | None
    signer: ListSigner
    reader: ManifestReader
    clock: Clock
    process: str
    dead: Callable[[Holder], bool]
    arrives: timedelta
    leaves: timedelta
    rounds: int
    changed: Callable[[], object] = lambda: None


@dataclass(frozen=True, slots=True)
class Difference:
    """What a publish or an unpublish would change or has changed; ``kept`` stays as it is. ``withdrawals`` are those
    that this call saw to, ``problems`` what kept it from seeing them through."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    list_address: str | None = None
    current_address: str | None = None
    withdrawals: tuple[Withdrawal, ...] = ()
    problems: tuple[Problem, ...] = ()
