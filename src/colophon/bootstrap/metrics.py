"""What monitoring should know before people notice: certificates that end, signing that fails, pictures that wait."""

import time
from collections.abc import Callable, Iterator
from functools import cached_property
from importlib.metadata import version
from threading import Lock

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from colophon.bootstrap.certificates import anchor_certificates
from colophon.bootstrap.gauges import families
from colophon.bootstrap.runtime import Runtime
from colophon.bootstrap.signing import signing_chain
from colophon.errors import ColophonError
from colophon.provenance import certificate_facts, library_version, self_test

_SECONDS_A_DAY = 86_400
_KEPT_SECONDS = 5.0


class Metrics(Collector):
    """Collected anew at each question, except that the catalog is asked every few seconds at most, and signing is tried
    once in a process and without a time stamp: the service of a key may count, or charge for, signatures. A part that
    cannot be read is left out."""

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt
        self._turn = Lock()
        self._kept: list[Metric] = []
        self._read_at = 0.0
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
        for part in (self._signing, self._anchors):
            yield from _told(part)
        yield from self._of_catalog()

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

    def _of_catalog(self) -> list[Metric]:
        """Kept for some seconds: several may ask, and it is the same answer."""
        if not self._kept or time.monotonic() - self._read_at > _KEPT_SECONDS:
            self._kept = [metric for part in families(self._rt) for metric in _told(part)]
            self._read_at = time.monotonic()
        return self._kept

    def _days(self, end: float) -> float:
        return round((end - self._rt.clock.now().timestamp()) / _SECONDS_A_DAY, 2)

    @cached_property
    def _signing_works(self) -> int:
        try:
            return int(not self_test(self._rt.signer.without_stamps(), self._rt.reader))
        except ColophonError:
            return 0


def _told(part: Callable[[], Iterator[Metric]]) -> list[Metric]:
    try:
        return list(part())
    except ColophonError:
        return []
