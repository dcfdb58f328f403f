"""Withdrawals as plain data: what was done when, and every answer that was seen on the way."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from colophon.domain.withdrawal import Sighting, Withdrawal
from colophon.errors import Problem
from colophon.ports import Withdrawals
from colophon.services.times import time_text

View = dict[str, Any]


def withdrawal_view(withdrawal: Withdrawal, sightings: Iterable[Sighting], now: datetime | None = None) -> View:
    """As `withdrawal_line`, with what was seen at its addresses."""
    return withdrawal_line(withdrawal, now) | {"sightings": [_sighting_view(each) for each in sightings]}


def withdrawal_line(withdrawal: Withdrawal, now: datetime | None) -> View:
    """``state``: ``gone`` (seen nowhere in a whole round), ``public_again``, ``overdue``, or ``waiting``; never
    ``overdue`` without ``now``."""
    return {
        "id": withdrawal.id,
        "rendition": withdrawal.rendition,
        "addresses": list(withdrawal.addresses),
        "why": withdrawal.why.value,
        "state": _state(withdrawal, now),
        "begun_at": time_text(withdrawal.begun_at),
        "due_at": time_text(withdrawal.due_at),
        "taken_down_at": time_text(withdrawal.taken_down_at),
        "purged_at": time_text(withdrawal.purged_at),
        "gone_at": time_text(withdrawal.gone_at),
        "public_again_at": time_text(withdrawal.superseded_at),
    }


def withdrawal_views(withdrawals: Sequence[Withdrawal], catalog: Withdrawals, now: datetime) -> list[View]:
    return [withdrawal_view(each, catalog.sightings(each.id), now) for each in withdrawals]


def problem_views(problems: Iterable[Problem]) -> list[View]:
    """In the form of the contract."""
    return [{"code": each.code, "message": each.message, "where": each.where} for each in problems]


def _state(withdrawal: Withdrawal, now: datetime | None) -> str:
    if withdrawal.gone_at is not None:
        return "gone"
    if withdrawal.superseded_at is not None:
        return "public_again"
    return "overdue" if now is not None and withdrawal.overdue(now) else "waiting"


def _sighting_view(seen: Sighting) -> View:
    return {
        "address": seen.address,
        "variant": seen.variant,
        "gone": seen.gone,
        "status": seen.status,
        "problem": seen.problem,
        "headers": dict(seen.headers),
        "first_at": time_text(seen.first_at),
        "last_at": time_text(seen.last_at),
        "times": seen.times,
    }
