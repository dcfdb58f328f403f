"""What the catalog says to monitoring: the queue, money, routes, refusals, verdicts, halts, withdrawals and the log."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import TYPE_CHECKING

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from colophon.domain.record import Attempt
from colophon.ports.measuring import MOST_TIMED

if TYPE_CHECKING:
    from colophon.bootstrap.runtime import Runtime

LATELY = timedelta(hours=1)
_A_DAY = timedelta(days=1)
_MICROS = 1_000_000
_WINDOW = f"within a day, among the newest {MOST_TIMED}"
_QUANTILES = {"0.5": 0.5, "0.95": 0.95, "1": 1.0}


def families(rt: "Runtime") -> Iterator[Callable[[], Iterator[Metric]]]:
    """Each may raise an error of the package without keeping the others from being told."""
    for part in (_queue, _money, _routes, _verdicts, _halts, _log, _publishing, _withdrawals, _messages):
        yield partial(part, rt)


def _queue(rt: "Runtime") -> Iterator[Metric]:
    generations, assets = rt.catalog.gauges.generations(), rt.catalog.gauges.assets()
    yield _labelled("colophon_generations", "Wanted pictures by state", "state", generations)
    yield _labelled("colophon_assets", "Pictures by state", "state", assets)
    yield _one("colophon_generations_unknown", "Orders whose outcome is unknown", generations["unknown"])
    yield _one("colophon_assets_waiting", "Pictures that wait for a person", assets["held"] + assets["checked"])
    yield _one("colophon_publications_open", "Files that are public", rt.catalog.gauges.public())


def _money(rt: "Runtime") -> Iterator[Metric]:
    today = rt.today
    spent = GaugeMetricFamily(
        "colophon_spend_today", "Charged for orders of this UTC day", labels=["route", "currency", "basis"]
    )
    reserved = GaugeMetricFamily(
        "colophon_reserved_today", "Reserved by orders of this UTC day", labels=["route", "currency"]
    )
    unknown = GaugeMetricFamily(
        "colophon_charges_unknown_today", "Charges of this UTC day that nobody knows the amount of", labels=["route"]
    )
    open_charges: Counter[str] = Counter()
    for total in rt.catalog.orders.totals(since=today, until=today, by=("day", "route")):
        route = total.route or ""
        for basis in ("estimated", "reported", "settled"):
            spent.add_metric([route, total.currency, basis], getattr(total, basis).micros / _MICROS)
        reserved.add_metric([route, total.currency], total.reserved.micros / _MICROS)
        open_charges[route] += total.unknown
    for route, count in open_charges.items():
        unknown.add_metric([route], count)
    yield from (spent, reserved, unknown)
    if (day := rt.settings.caps.day) is not None:
        cap = GaugeMetricFamily("colophon_cap_day", "The most that orders of one UTC day may cost", labels=["currency"])
        cap.add_metric([rt.settings.caps.currency], float(day))
        yield cap


def _routes(rt: "Runtime") -> Iterator[Metric]:
    """Of at most the newest 5000 attempts."""
    now = rt.clock.now()
    attempts = rt.catalog.orders.recent_attempts(since=now - _A_DAY)
    lately = [each for each in attempts if each.started_at >= now - LATELY]
    by_outcome = Counter((each.route, each.outcome or "under_way") for each in lately)
    recent = GaugeMetricFamily(
        "colophon_attempts_recent", "Submits begun within an hour, by how they stand", labels=["route", "outcome"]
    )
    for labels, count in sorted(by_outcome.items()):
        recent.add_metric(labels, count)
    yield recent
    codes = Counter((each.route, each.code or "") for each in lately if each.outcome in ("refused", "failed"))
    refused = GaugeMetricFamily(
        "colophon_refusals_recent", "Of these, refused or failed, by code", labels=["route", "code"]
    )
    for told, count in sorted(codes.items()):
        refused.add_metric(told, count)
    yield refused
    success = GaugeMetricFamily(
        "colophon_route_success_age_seconds", "Since a picture last came, for routes where one did within a day",
        labels=["route"],
    )  # fmt: skip
    for route, moment in sorted(_last_success(attempts).items()):
        success.add_metric([route], max(0.0, (now - moment).total_seconds()))
    yield success


def _last_success(attempts: Sequence[Attempt]) -> Mapping[str, datetime]:
    found: dict[str, datetime] = {}
    for each in attempts:
        if each.outcome == "delivered" and each.ended_at is not None:
            found[each.route] = max(each.ended_at, found.get(each.route, each.ended_at))
    return found


def _verdicts(rt: "Runtime") -> Iterator[Metric]:
    yield _labelled(
        "colophon_files_by_verdict", "Originals and renditions by what verification last said", "state",
        rt.catalog.gauges.verdicts(),
    )  # fmt: skip


def _halts(rt: "Runtime") -> Iterator[Metric]:
    active = rt.catalog.halts.active()
    everything = sum(each.of_everything for each in active)
    yield _one("colophon_halted", "1: all orders are stopped", everything)
    yield _one("colophon_campaigns_halted", "Campaigns whose own orders are stopped", len(active) - everything)


def _log(rt: "Runtime") -> Iterator[Metric]:
    log, now = rt.catalog.events, rt.clock.now()
    size, since = log.checkpointed()
    yield _one("colophon_log_events", "Events of the audit log", log.size())
    yield _one("colophon_log_events_checkpointed", "Of these, under a checkpoint", size)
    waited = (now - since).total_seconds() if since else 0.0
    yield _one("colophon_log_waiting_seconds", "Since the oldest event that is under no checkpoint", max(0.0, waited))
    newest = rt.catalog.gauges.newest_checkpoint()
    if newest is not None:
        age = max(0.0, (now - newest).total_seconds())
        yield _one("colophon_log_checkpoint_age_seconds", "Since the newest checkpoint was made", age)


def _publishing(rt: "Runtime") -> Iterator[Metric]:
    now = rt.clock.now()
    since = now - _A_DAY
    delays = rt.catalog.delays.publications(since=since)
    yield _one("colophon_publications_recent", f"Files first public {_WINDOW} publications", len(delays))
    delay = GaugeMetricFamily(
        "colophon_publication_delay_seconds",
        f"From approval until seen at the public address, of files first public {_WINDOW}", labels=["quantile"],
    )  # fmt: skip
    _spread(delay, [], delays)
    yield delay
    waiting = rt.catalog.delays.unpublished(since=since)
    yield _one(
        "colophon_approvals_unpublished",
        f"Pictures without a public file that were approved {_WINDOW} decisions",
        waiting.count,
    )
    age = max(0.0, (now - waiting.oldest).total_seconds()) if waiting.oldest else 0.0
    yield _one("colophon_approvals_unpublished_oldest_seconds", "Since the first of these was approved", age)
    gone = rt.catalog.delays.withdrawals(since=since)
    family = GaugeMetricFamily(
        "colophon_withdrawal_delay_seconds",
        f"From the withdrawal of a file until off_shelf, purged or gone, where that was {_WINDOW}",
        labels=["until", "quantile"],
    )
    for until, took in (("off_shelf", gone.off_shelf), ("purged", gone.purged), ("gone", gone.gone)):
        _spread(family, [until], took)
    yield family


def _spread(family: GaugeMetricFamily, labels: Sequence[str], delays: Sequence[timedelta]) -> None:
    """The median, what all but one in twenty keep to, and the longest; nothing of none."""
    ordered = sorted(each.total_seconds() for each in delays)
    for name, share in _QUANTILES.items() if ordered else ():
        family.add_metric([*labels, name], ordered[ceil(share * len(ordered)) - 1])


def _withdrawals(rt: "Runtime") -> Iterator[Metric]:
    now, unfinished = rt.clock.now(), rt.catalog.withdrawals.unfinished()
    overdue = sum(each.overdue(now) for each in unfinished)
    yield _one("colophon_purge_overdue", "Withdrawn files that still answer past their limit", overdue)
    yield _one("colophon_withdrawals_unfinished", "Withdrawn files not yet seen gone everywhere", len(unfinished))
    oldest = min((each.begun_at for each in unfinished), default=now)
    age = max(0.0, (now - oldest).total_seconds())
    yield _one("colophon_withdrawals_oldest_seconds", "Since the oldest of these was begun", age)


def _one(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _labelled(name: str, meaning: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for state, count in values.items():
        family.add_metric([state], count)
    return family


def _messages(rt: "Runtime") -> Iterator[Metric]:
    standings = rt.catalog.outbox.standings()
    for state, text in (("pending", "on their way"), ("dead", "given up, for a person to send again")):
        family = GaugeMetricFamily(
            f"colophon_messages_{state}", f"Messages to other programs, {text}", labels=["target"]
        )
        for standing in standings:
            family.add_metric([standing.name], getattr(standing, state))
        yield family
