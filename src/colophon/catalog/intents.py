"""The intent to order: on record with its money, its worker and its place at the vendor before a request leaves."""

from datetime import datetime

from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session
from sqlmodel import col

from colophon.catalog import answers, campaigns, halts, ledger, limits
from colophon.catalog.attempts import assign, fresh
from colophon.catalog.generations import row_of
from colophon.catalog.ledger import Account
from colophon.catalog.purses import Purses
from colophon.catalog.tables import AttemptRow, GenerationRow, WantedRow
from colophon.domain.generation import GenerationState
from colophon.domain.record import Intent
from colophon.errors import Conflict

_UNFINISHED = (GenerationState.SUBMITTING.value, GenerationState.SUBMITTED.value)


def begin(session: Session, generation: str, intent: Intent, now: datetime) -> int:
    """See `colophon.ports.Orders.begin_attempt`; a generation the newest revision no longer wants is not planned."""
    # Locks are taken in one order by all: halts, campaign, generation, key, purses.
    campaign_slug = row_of(session, generation).campaign
    halts.require_none(session, campaign_slug)
    campaigns.locked(session, campaign_slug)
    row = fresh(session, generation)
    campaign = campaigns.one(session, row.campaign)
    if row.state != GenerationState.PLANNED or not _is_wanted(session, row, campaign.revision):
        raise Conflict(f"generation {generation} is not waiting to be ordered", reason="not_planned", where=generation)
    if intent.active_limit is not None:
        _take_place(session, intent.account, intent.active_limit)
    person = limits.orderer(session, row.campaign, campaign.revision)
    account = Account(
        generation=generation,
        attempt=row.attempt + 1,
        purses=Purses(row.campaign, campaign.brand, ledger.today(now), intent.reserve.currency, person),
        route=intent.route,
        model=row.model,
        reserved=intent.reserve,
        started_at=now,
    )
    ledger.reserve(session, account, campaign.cap, limits.applied(session, person, intent.caps))
    _open(session, account, intent)
    limits.pays(session, generation, account.attempt, person)
    return account.attempt


def _open(session: Session, account: Account, intent: Intent) -> None:
    session.execute(
        insert(AttemptRow).values(
            generation=account.generation,
            number=account.attempt,
            route=account.route,
            model=account.model,
            started_at=account.started_at,
        )
    )
    assign(
        session,
        account.generation,
        {
            "state": GenerationState.SUBMITTING.value,
            "attempt": account.attempt,
            "route": intent.route,
            "account": intent.account,
            "worker": intent.worker,
            "lease_until": intent.lease_until,
            "hinted_at": None,
            "ready_at": None,
            "done_at": None,
            "delivery_url": None,
            # An invoice may have priced an earlier attempt; that price is not this one's.
            **answers.no_cost(),
            "problem_code": None,
            "problem": None,
        },
    )


def _is_wanted(session: Session, row: GenerationRow, revision: str) -> bool:
    statement = select(col(WantedRow.position)).where(
        col(WantedRow.campaign) == row.campaign,
        col(WantedRow.revision) == revision,
        col(WantedRow.generation) == row.id,
    )
    return session.scalar(statement) is not None


def _take_place(session: Session, account: str, limit: int) -> None:
    """One of the unfinished tasks the vendor allows this key, counted while no other worker of the key may begin."""
    if session.get_bind().dialect.name == "postgresql":
        # SQLite needs no more than the write lock, which the transaction took when it began.
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:account, 0))")
        session.execute(lock, {"account": f"account/{account}"})
    unfinished = select(func.count()).where(
        col(GenerationRow.account) == account,
        col(GenerationRow.state).in_(_UNFINISHED),
        col(GenerationRow.done_at).is_(None),
    )
    active = session.scalar(unfinished.select_from(GenerationRow)) or 0
    if active >= limit:
        raise Conflict(
            f"{active} tasks of this key are unfinished and its vendor allows {limit}",
            reason="at_limit",
            hint="wait until one of them ends",
        )
