"""Run the checks on a picture, draw the evidence of what they doubt, and ask the policy what becomes of it."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from colophon.domain.asked import Asked
from colophon.domain.asset import Asset
from colophon.domain.decision_policy import DecisionPolicy, Intended, judge
from colophon.domain.finding import Evidence, Finding, Verdict
from colophon.domain.generation import Generation
from colophon.domain.judgement import Judgement
from colophon.domain.provenance import Provenance
from colophon.domain.route import Expected
from colophon.domain.sketch import Beside
from colophon.errors import NotFound, ObjectCorrupt, PictureError
from colophon.ports import (
    Assets,
    Check,
    Clock,
    Imaging,
    ManifestReader,
    ManifestStores,
    Neighbours,
    Orders,
    Store,
)
from colophon.services.check import Picture, run_checks

_LOG = logging.getLogger("colophon.evidence")


@dataclass(frozen=True, slots=True)
class Bench:
    """The ports by which a picture is examined and registered. ``expected`` answers, for a route and our name of a
    model, what the papers of its pictures should say; None: there is no such route any more. ``asked`` is what the
    brief asks of the look of the picture that is on it; None: no brief does. ``policy`` decides by what is found, and
    ``intended`` is what the picture is for."""

    orders: Orders
    assets: Assets
    neighbours: Neighbours
    store: Store
    imaging: Imaging
    reader: ManifestReader
    stores: ManifestStores
    checks: Sequence[Check]
    clock: Clock
    expected: Callable[[str, str], Expected | None]
    policy: DecisionPolicy
    asked: Asked | None = None
    intended: Intended = field(default_factory=Intended)


def examine(
    asset: Asset, content: bytes, provenance: Provenance, ordered: Generation | None, bench: Bench
) -> tuple[tuple[Finding, ...], Judgement]:
    """What the checks find in a picture just looked at, and what the bench's policy makes of it. Raises
    `StoreUnavailable`."""
    size = (ordered.width, ordered.height) if ordered else None
    expected = bench.expected(ordered.route, ordered.model) if ordered else None
    asked = bench.asked if ordered else None
    findings = run_checks(bench.checks, Picture(content, asset, provenance, size, expected, asked))
    shown = tuple(_with_evidence(finding, content, bench) for finding in findings)
    return shown, judge(shown, bench.policy, bench.intended)


def _with_evidence(finding: Finding, content: bytes, bench: Bench) -> Finding:
    """The same finding with its picture, where it doubts something and says how that can be shown. A finding stands
    without one as well."""
    sketch = finding.sketch
    if sketch is None or finding.verdict is Verdict.PASS:
        return replace(finding, sketch=None)
    try:
        other = bench.store.get(sketch.other_sha256) if isinstance(sketch, Beside) else None
        drawn = bench.imaging.illustrate(content, sketch, other)
    except (PictureError, NotFound, ObjectCorrupt) as error:
        _LOG.warning("no evidence of %s could be drawn: %s", finding.name, error.message)
        return replace(finding, sketch=None)
    digest = bench.store.put(drawn.content, drawn.media_type)
    evidence = Evidence(digest, drawn.media_type, drawn.width, drawn.height, sketch.shows)
    return replace(finding, sketch=None, evidence=evidence)
