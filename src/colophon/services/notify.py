"""Tell other programs what happened: each target its own messages, in their order, until it has taken them.

Whoever runs this next goes on where the last one stopped, however that one ended. A message may arrive twice, always
under the same id; it is not lost.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from colophon.domain.delivery import Delivery, Sent, Target, next_attempt
from colophon.domain.identity import new_id
from colophon.domain.message import trial_message
from colophon.errors import NotFound
from colophon.ports import Clock, Courier, Outbox

CLAIMED = timedelta(minutes=2)  # longer than any attempt takes; then others take it for abandoned
KEPT = timedelta(days=30)  # what was delivered
_MOST_THREADS = 8


@dataclass(frozen=True, slots=True)
class Subscription:
    """A target, and who carries messages there."""

    target: Target
    courier: Courier


@dataclass(frozen=True, slots=True)
class Despatch:
    """The ports by which messages leave. ``chance`` gives numbers from 0 to 1, for the jitter of pauses."""

    outbox: Outbox
    subscriptions: Sequence[Subscription]
    clock: Clock
    chance: Callable[[], float]

    def of(self, target: str) -> Subscription:
        """Raises `NotFound` for a target that the settings do not have."""
        for each in self.subscriptions:
            if each.target.name == target:
                return each
        known = ", ".join(each.target.name for each in self.subscriptions) or "none"
        raise NotFound(f"there is no target {target!r}", where=target, hint=f"the settings have: {known}")


@dataclass(frozen=True, slots=True)
class Served:
    """What one pass did for one target. ``failed`` are the attempts that were not taken, newest last; ``dead`` the
    messages given up; ``stopped``: it wants no more."""

    target: str
    delivered: tuple[str, ...] = ()
    failed: tuple[Sent, ...] = ()
    dead: tuple[str, ...] = ()
    stopped: bool = False


@dataclass
class _Pass:
    target: str
    delivered: list[str] = field(default_factory=list)
    failed: list[Sent] = field(default_factory=list)
    dead: list[str] = field(default_factory=list)
    stopped: bool = False

    def done(self) -> Served:
        return Served(self.target, tuple(self.delivered), tuple(self.failed), tuple(self.dead), self.stopped)


def deliver(despatch: Despatch, *, seconds: float) -> list[Served]:
    """Collect what happened since the last pass, and send what is due: no attempt begins after ``seconds``. Targets
    are served side by side, so that a slow one keeps no other waiting; one that is in trouble is left to a later pass.

    Raises `StoreUnavailable` when the catalog is out of reach, never over a target.
    """
    wanted = despatch.subscriptions
    if not wanted:
        return []
    end = despatch.clock.now() + timedelta(seconds=seconds)
    with ThreadPoolExecutor(min(_MOST_THREADS, len(wanted)), thread_name_prefix="notify") as threads:
        return list(threads.map(lambda each: _serve(each, despatch, end), wanted))


def tidy(despatch: Despatch) -> int:
    """Forget what was delivered long ago."""
    return despatch.outbox.forget(before=despatch.clock.now() - KEPT)


def redeliver(despatch: Despatch, *, message: str | None, target: str | None) -> list[tuple[str, str]]:
    """Make deliveries due again: one message's, or all that were given up. Returns (message, target) of each. Raises
    `NotFound` where there is no such delivery."""
    found = list(despatch.outbox.again(message=message, target=target, now=despatch.clock.now()))
    if message is not None and not found:
        to = f" to {target}" if target else ""
        raise NotFound(f"there is no delivery of {message}{to}", where=message, hint="colophon notify list")
    return found


def try_target(despatch: Despatch, target: str) -> Sent:
    """Send a message that tells of nothing, once; it is not kept. Raises `NotFound`."""
    subscription, now = despatch.of(target), despatch.clock.now()
    return subscription.courier.send(trial_message(new_id("msg", now), target, now), at=now)


def _serve(subscription: Subscription, despatch: Despatch, end: datetime) -> Served:
    name, outbox, clock = subscription.target.name, despatch.outbox, despatch.clock
    outbox.collect(subscription.target, now=clock.now())
    done = _Pass(name)
    while (now := clock.now()) < end and not done.stopped:
        delivery = outbox.claim(name, now=now, until=now + CLAIMED)
        if delivery is None:
            break
        sent = subscription.courier.send(delivery.message, at=now)
        _settle(delivery, sent, done, despatch)
        if sent.in_trouble:
            break
    return done.done()


def _settle(delivery: Delivery, sent: Sent, done: _Pass, despatch: Despatch) -> None:
    """Put on record what came of an attempt, and what it says about its target."""
    outbox, now = despatch.outbox, despatch.clock.now()
    again_at = None if sent.taken else next_attempt(delivery.attempts, sent, now, despatch.chance())
    said = sent if sent.problem or sent.taken else replace(sent, problem=f"answered {sent.status}")
    outbox.record(delivery, said, again_at=again_at, now=now)
    if sent.taken:
        done.delivered.append(delivery.message.id)
        return
    done.failed.append(said)
    if again_at is None:
        done.dead.append(delivery.message.id)
    if sent.gone:
        outbox.stop(delivery.target, why="it answered 410 Gone", now=now)
        done.stopped = True
    elif sent.in_trouble and sent.retry_after:
        outbox.rest(delivery.target, until=now + timedelta(seconds=sent.retry_after))
