"""The buyer of this process: campaigns' terms from their briefs, the market and our own measurements."""

import os
import socket
import threading
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from colophon.bootstrap.buying import account, answer_seconds
from colophon.domain.brief import Brief
from colophon.domain.choice import Ranking, RouteChoice, rank
from colophon.domain.generation import Generation, Hook
from colophon.domain.money import Money
from colophon.domain.record import Cap, Progress
from colophon.domain.speed import Speed, speeds
from colophon.errors import InvalidInput
from colophon.services.buyer import Buyer, Patience, Pauses, Terms
from colophon.services.halt import require_none
from colophon.services.limits import EVERYBODY
from colophon.services.sweep import Sweep
from colophon.settings import Settings

if TYPE_CHECKING:
    from colophon.bootstrap.runtime import Runtime

# Our own measurements: attempts of the last two weeks, read again after five minutes.
MEASURED_OVER = timedelta(days=14)
_MEASURED_FOR = timedelta(minutes=5)
_ENOUGH_TO_PACE = 3
_TERMS_FOR = timedelta(seconds=30)


class Measurements:
    """Speeds by route and model, kept for a few minutes."""

    def __init__(self, rt: "Runtime") -> None:
        self._rt = rt
        self._lock = threading.Lock()
        self._read_at = rt.clock.now() - _MEASURED_FOR
        self._speeds: Mapping[tuple[str, str], Speed] = {}

    def now(self) -> Mapping[tuple[str, str], Speed]:
        with self._lock:
            moment = self._rt.clock.now()
            if moment - self._read_at >= (_MEASURED_FOR if self._speeds else timedelta(seconds=10)):
                self._read_at = moment
                self._speeds = measured(self._rt)
            return self._speeds

    def usual(self, route: str, model: str) -> float | None:
        """How many seconds a picture usually takes; None: too few to say."""
        speed = self.now().get((route, model))
        return speed.p50 if speed and speed.samples >= _ENOUGH_TO_PACE else None


def measured(rt: "Runtime") -> Mapping[tuple[str, str], Speed]:
    """Our own measurements of the last two weeks, as of now."""
    return speeds(rt.catalog.orders.recent_attempts(since=rt.clock.now() - MEASURED_OVER))


def make_buyer(rt: "Runtime") -> Buyer:
    settings, orders = rt.settings, rt.catalog.orders
    measurements = Measurements(rt)
    return Buyer(
        worker=f"{socket.gethostname()[:40]}-{os.getpid()}-{uuid4().hex[:8]}",
        orders=orders,
        store=rt.store,
        clock=rt.clock,
        pauses=Pauses(rt.clock),
        provider=rt.provider,
        terms=_Terms(rt, measurements),
        account=lambda route: account(rt.market.routes[route], settings),
        active_limit=lambda route: rt.market.routes[route].active_limit,
        hook=partial(_hook, rt),
        expected=measurements.usual,
        may_order=lambda campaign: require_none(campaign, halts=rt.catalog.halts),
        # Waiting for a connection and making it take up to 20 s; only then does the answer's time begin.
        lease=lambda route: answer_seconds(rt.market.routes[route], settings) + 30,
        patience=Patience(
            deadline=settings.poll_deadline_seconds,
        ),
    )


def make_sweep(buyer: Buyer, threads: Executor, campaign: str | None = None) -> Sweep:
    """Of one campaign, under the name its orders are placed in; or of all of them, under a name of its own, which
    takes only what nobody waits for."""
    worker = buyer.worker if campaign else f"{buyer.worker}-{uuid4().hex[:6]}"
    return Sweep(replace(buyer, worker=worker), threads, campaign=campaign)


class _Terms:
    """Terms by campaign, read again after half a minute: a brief of hundreds of visuals is not parsed anew for each
    order. What a newer revision no longer wants is not ordered all the same; the catalog looks at that itself."""

    def __init__(self, rt: "Runtime", measurements: Measurements) -> None:
        self._rt = rt
        self._measurements = measurements
        self._lock = threading.Lock()
        self._known: dict[str, tuple[datetime, Terms]] = {}

    def __call__(self, campaign: str) -> Terms:
        with self._lock:
            now = self._rt.clock.now()
            read_at, terms = self._known.get(campaign, (None, None))
            if read_at is None or terms is None or now - read_at > _TERMS_FOR:
                terms = terms_of(self._rt, self._measurements, campaign)
                self._known = {**self._known, campaign: (now, terms)} if len(self._known) < 100 else {}
            return terms


def terms_of(rt: "Runtime", measurements: Measurements, campaign: str) -> Terms:
    """How a campaign buys today. Raises `InvalidInput` when no route may be used at all."""
    brief = Brief.model_validate_json(rt.catalog.orders.campaign(campaign).brief)
    known: dict[tuple[str, ...], RouteChoice] = {}

    def ranked(progress: Progress) -> Ranking:
        names = progress.generation.routes or (progress.generation.route,)
        if names not in known:
            known[names] = rt.market.choice(names, brief, rt.today, measurements.now())
        return rank(progress.generation, known[names])

    return Terms(ranked, brief.model.fallback, caps_of(rt, brief))


def caps_of(rt: "Runtime", brief: Brief) -> tuple[Cap, ...]:
    """The limits beside the campaign's own: the brand's, from its file and from the settings, the person's and the
    day's. Raises
    `InvalidInput` for one in another currency: it could not be held."""
    caps, brand, own = rt.settings.caps, f"brand/{brief.brand.name}", brief.brand.buying.budget
    found = [Cap(brand, own.money, "brand.buying.budget")] if own else []
    if caps.brand is not None:
        found.append(Cap(brand, Money.of(caps.brand, caps.currency), "COLOPHON_CAPS__BRAND"))
    if caps.day is not None:
        found.append(Cap("day", Money.of(caps.day, caps.currency), "COLOPHON_CAPS__DAY"))
    if (each := everybodys_limit(rt.settings)) is not None:
        found.append(Cap("person", each, EVERYBODY))
    for cap in found:
        if cap.limit.currency != brief.budget.currency:
            raise InvalidInput(
                f"{cap.where} is in {cap.limit.currency}, the campaign's budget in {brief.budget.currency}: "
                "such a cap cannot be held",
                where=cap.where,
                hint="use one currency for all of a brand's campaigns",
            )
    return tuple(found)


def everybodys_limit(settings: Settings) -> Money | None:
    """What whoever has no limit of their own may spend in a calendar month."""
    caps = settings.caps
    return None if caps.person is None else Money.of(caps.person, caps.currency)


def _hook(rt: "Runtime", wanted: Generation, attempt: int) -> Hook | None:
    from colophon.bootstrap.hooks import hook_of_attempt  # imports this package's runtime

    return hook_of_attempt(wanted, attempt, rt.settings)
