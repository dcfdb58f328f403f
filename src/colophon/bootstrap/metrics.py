"""What monitoring should know before people notice: certificates that end, signing that fails, pictures that wait."""

from collections.abc import Iterator
from functools import cached_property
from importlib.metadata import version
from threading import Lock

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from colophon.bootstrap.certificates import anchor_certificates
from colophon.bootstrap.runtime import Runtime
from colophon.bootstrap.signing import signing_chain
from colophon.errors import ColophonError
from colophon.provenance import certificate_facts, library_version, self_test

_SECONDS_A_DAY = 86_400


class Metrics(Collector):
    """Collected anew at each question, except that signing is tried once in a process and without a time stamp: the
    service of a key may count, or charge for, signatures. A part that cannot be read is left out."""

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._turn = Lock()
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def text(self) -> bytes:
        """In Prometheus' text format. One question at a time: parts are opened when first needed."""
        with self._turn:
            return generate_latest(self._registry)

    def describe(self) -> list[Metric]:
        return []  # asked when registering, and nothing need be read for that

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily(
            "colophon", "Versions", value={"version": version("colophon"), "c2pa_rs": library_version()}
        )
        for part in (self._signing, self._anchors, self._work, self._log, self._withdrawals, self._messages):
            try:
                yield from list(part())
            except ColophonError:
                continue

    def _signing(self) -> Iterator[Metric]:
        works = GaugeMetricFamily("colophon_signing_self_test", "1: a picture in every format was signed and read back")
        works.add_metric([], self._signing_works)
        yield works
        leaf = certificate_facts(signing_chain(self._rt.settings), now=self._rt.clock.now())[0]
        left = GaugeMetricFamily("colophon_signing_certificate_days_left", "Until signing stops", labels=["subject"])
        left.add_metric([leaf.subject], self._days(leaf.not_after.timestamp()))
        yield left

    def _anchors(self) -> Iterator[Metric]:
        labels = ["anchor", "kind", "sha256"]
        left = GaugeMetricFamily("colophon_anchor_days_left", "Of each certificate of the trust policy", labels=labels)
        for name, kind, found in anchor_certificates(self._rt.trust_policy, self._rt.clock.now()):
            for each in found:
                left.add_metric([name, kind, each.sha256[:16]], self._days(each.not_after.timestamp()))
        yield left

    def _work(self) -> Iterator[Metric]:
        orders, assets = self._rt.catalog.orders, self._rt.catalog.assets
        yield GaugeMetricFamily(
            "colophon_generations_unknown", "Orders whose outcome is unknown", value=len(orders.unknown())
        )
        yield GaugeMetricFamily(
            "colophon_assets_waiting", "Pictures that wait for a person", value=len(assets.waiting())
        )

    def _log(self) -> Iterator[Metric]:
        log = self._rt.catalog.events
        size, since = log.checkpointed()
        yield GaugeMetricFamily("colophon_log_events", "Events of the audit log", value=log.size())
        yield GaugeMetricFamily("colophon_log_events_checkpointed", "Of these, under a checkpoint", value=size)
        waited = (self._rt.clock.now() - since).total_seconds() if since else 0.0
        yield GaugeMetricFamily(
            "colophon_log_waiting_seconds", "Since the oldest event that is under no checkpoint", value=max(0.0, waited)
        )

    def _withdrawals(self) -> Iterator[Metric]:
        now, unfinished = self._rt.clock.now(), self._rt.catalog.withdrawals.unfinished()
        overdue = sum(each.overdue(now) for each in unfinished)
        yield GaugeMetricFamily(
            "colophon_purge_overdue", "Withdrawn files that still answer past their limit", value=overdue
        )
        yield GaugeMetricFamily(
            "colophon_withdrawals_unfinished", "Withdrawn files not yet seen gone everywhere", value=len(unfinished)
        )

    def _messages(self) -> Iterator[Metric]:
        for state, text in (("pending", "on their way"), ("dead", "given up, for a person to send again")):
            each = GaugeMetricFamily(
                f"colophon_messages_{state}", f"Messages to other programs, {text}", labels=["target"]
            )
            for standing in self._rt.catalog.outbox.standings():
                each.add_metric([standing.name], getattr(standing, state))
            yield each

    def _days(self, end: float) -> float:
        return round((end - self._rt.clock.now().timestamp()) / _SECONDS_A_DAY, 2)

    @cached_property
    def _signing_works(self) -> int:
        try:
            return int(not self_test(self._rt.signer.without_stamps(), self._rt.reader))
        except ColophonError:
            return 0
