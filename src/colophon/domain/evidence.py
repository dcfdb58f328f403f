"""Which evidence a lineage holds of what rules about generated pictures ask for, counted picture by picture.

Says what is on record and what is not. Whether that is enough is for counsel to say."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from colophon.domain.lineage import Lineage, Node, NodeKind
from colophon.domain.provenance import TRAINED_ALGORITHMIC_MEDIA

_MOST_EXAMPLES = 50
Probe = Callable[[Lineage], Iterator[tuple[str, bool]]]


class Evidence:
    """For each probe, how many things it is about have it, and the ids of some that have not."""

    def __init__(self) -> None:
        self.held: defaultdict[str, int] = defaultdict(int)
        self.lacking: defaultdict[str, int] = defaultdict(int)
        self.examples: defaultdict[str, list[str]] = defaultdict(list)

    def add(self, part: Lineage) -> None:
        for name, probe in PROBES.items():
            for subject, found in probe(part):
                if found:
                    self.held[name] += 1
                    continue
                self.lacking[name] += 1
                if len(self.examples[name]) < _MOST_EXAMPLES:
                    self.examples[name].append(subject)

    def state(self, name: str) -> str:
        """``on record``, ``partly``, ``missing``, ``nothing to show`` (there is nothing yet that it could be about), or
        ``not recorded``: this product keeps no such evidence."""
        if name not in PROBES:
            return "not recorded"
        if not self.lacking[name]:
            return "on record" if self.held[name] else "nothing to show"
        return "partly" if self.held[name] else "missing"


def _assets(part: Lineage) -> list[Node]:
    """Pictures that were generated here: those from outside say nothing of this product."""
    return part.of(NodeKind.ASSET) if part.of(NodeKind.GENERATION) else []


def _by_kind(kind: NodeKind, has: Callable[[Lineage, Node], bool]) -> Probe:
    def probe(part: Lineage) -> Iterator[tuple[str, bool]]:
        for node in part.of(kind):
            yield node.id, has(part, node)

    return probe


def _of_assets(has: Callable[[Lineage, Node], bool]) -> Probe:
    def probe(part: Lineage) -> Iterator[tuple[str, bool]]:
        for node in _assets(part):
            yield node.id, has(part, node)

    return probe


def _of_generation(fact: str) -> Probe:
    return _of_assets(lambda part, _: any(node.facts.get(fact) for node in part.of(NodeKind.GENERATION)))


def led_to(part: Lineage, source: str, kind: NodeKind) -> list[Node]:
    """The nodes of a kind that came of this one, in the order of the part."""
    reached = {edge.target for edge in part.edges if edge.source == source}
    return [node for node in part.of(kind) if node.id in reached]


def latest_verdict(part: Lineage, subject: str) -> Node | None:
    """On a file's manifests."""
    return max(led_to(part, subject, NodeKind.VERDICT), key=lambda node: (node.at or "", node.id), default=None)


def _fact_of_verdict(part: Lineage, subject: Node, name: str) -> object:
    verdict = latest_verdict(part, subject.id)
    return verdict.facts.get(name) if verdict else None


def _disclosed(part: Lineage, asset: Node) -> bool:
    claim = _fact_of_verdict(part, asset, "claim")
    return isinstance(claim, Mapping) and TRAINED_ALGORITHMIC_MEDIA in claim.values()


def _signed(part: Lineage, rendition: Node) -> bool:
    verdict = latest_verdict(part, rendition.id)
    return verdict is not None and verdict.state in ("trusted", "valid")


def _approved(part: Lineage, publication: Node) -> bool:
    return any(node.state == "approved" for node in part.of(NodeKind.ASSET)) and any(
        node.state == "approve" for node in part.of(NodeKind.DECISION)
    )


PROBES: dict[str, Probe] = {
    "source_type": _of_assets(_disclosed),
    "vendor_manifest": _of_assets(
        lambda part, _: any(led_to(part, original.id, NodeKind.MANIFEST) for original in part.of(NodeKind.ORIGINAL))
    ),
    "signature": _by_kind(NodeKind.RENDITION, _signed),
    "time_stamp": _by_kind(
        NodeKind.RENDITION, lambda part, node: _fact_of_verdict(part, node, "timestamp") == "trusted"
    ),
    "identifier": _by_kind(NodeKind.RENDITION, lambda part, node: bool(led_to(part, node.id, NodeKind.MANIFEST))),
    "fingerprint": _of_assets(lambda part, node: bool(node.facts.get("phash"))),
    "provider": _of_generation("provider"),
    "system": _of_generation("model"),
    "system_version": _of_generation("model_reported"),
    "created": _of_assets(lambda part, _: any(node.at for node in part.of(NodeKind.ORIGINAL))),
    "approval": _by_kind(NodeKind.PUBLICATION, _approved),
    "synthetic_performer": _of_assets(lambda part, node: bool(node.facts.get("synthetic_person"))),
    "label_asked": lambda part: (
        (node.id, bool(node.facts.get("label_asked_for")))
        for node in part.of(NodeKind.REVISION)
        if node.state == "newest"
    ),
}
