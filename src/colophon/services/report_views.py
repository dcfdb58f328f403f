"""What the report says about each picture, and about the campaign as a whole, as plain data."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from colophon.domain.evidence import latest_verdict, led_to
from colophon.domain.lineage import EdgeKind, Lineage, Node, NodeKind
from colophon.services.thumbnails import Thumbnails

View = dict[str, Any]

_ORIGINAL_SIDE, _CUT_SIDE = 420, 200
_MOST_POINTS = 200
_STATES = {
    "asset": "became an asset",
    "refused": "refused by the vendor's policy",
    "rejected": "rejected by a check",
    "failed": "failed",
    "unknown": "outcome unknown: it may have been bought",
}
BASIS_WORDS = {
    "estimated": "estimated by us from published prices",
    "reported": "reported by the vendor when it took the order",
    "settled": "settled: the vendor's final word",
    "unknown": "unknown: charged, and nobody knows how much",
}


def picture_view(part: Lineage, thumbnails: Thumbnails) -> View | None:
    """None: the part is about no picture (a revision, money of its own)."""
    generation = _one(part, NodeKind.GENERATION)
    asset = _one(part, NodeKind.ASSET)
    subject = asset or generation
    if subject is None:
        return None
    original = _one(part, NodeKind.ORIGINAL)
    src, why = thumbnails.of(asset, _ORIGINAL_SIDE) if asset else (None, "there is no accepted picture")
    return {
        "id": subject.id,
        "title": subject.name,
        "state": _words(asset, generation),
        "src": src,
        "why": why,
        "asset": asset,
        "generation": generation,
        "original": original,
        "vendors": [node.name for node in part.of(NodeKind.VENDOR)],
        "attempts": part.of(NodeKind.ATTEMPT),
        "requests": part.of(NodeKind.REQUEST),
        "money": [node for node in part.of(NodeKind.MONEY) if node.money and node.money.kind != "release"],
        "verdict": latest_verdict(part, asset.id) if asset else None,
        "manifests": led_to(part, original.id, NodeKind.MANIFEST) if original else [],
        "checks": part.of(NodeKind.CHECK),
        "rounds": part.of(NodeKind.ROUND),
        "decisions": part.of(NodeKind.DECISION),
        "comments": part.of(NodeKind.COMMENT),
        "references": [edge.source for edge in part.edges if edge.kind is EdgeKind.REFERRED_TO],
        "renditions": [_rendition(part, node, thumbnails) for node in part.of(NodeKind.RENDITION)],
    }


def summary_view(parts: Iterable[Lineage]) -> View:
    """Everything that goes before the pictures, counted over all of them."""
    revisions: list[Node] = []
    runs: list[Node] = []
    states: Counter[str] = Counter()
    publications: Counter[str] = Counter()
    renditions = 0
    points: list[View] = []
    left_out = 0
    for part in parts:
        revisions += part.of(NodeKind.REVISION)
        runs += part.of(NodeKind.RUN)
        renditions += len(part.of(NodeKind.RENDITION))
        for node in part.of(NodeKind.PUBLICATION):
            publications[str(node.state)] += 1
        generation, asset = _one(part, NodeKind.GENERATION), _one(part, NodeKind.ASSET)
        if generation or asset:
            states[_words(asset, generation)] += 1
        found = _points(part, generation, asset)
        shown = found[: _MOST_POINTS - len(points)]
        points += shown
        left_out += len(found) - len(shown)
    return {
        "revisions": revisions,
        "runs": runs,
        "states": dict(sorted(states.items())),
        "publications": dict(sorted(publications.items())),
        "renditions": renditions,
        "points": points,
        "left_out": left_out,
    }


def _rendition(part: Lineage, node: Node, thumbnails: Thumbnails) -> View:
    src, why = thumbnails.of(node, _CUT_SIDE)
    return {
        "node": node,
        "src": src,
        "why": why,
        "verdict": latest_verdict(part, node.id),
        "manifests": led_to(part, node.id, NodeKind.MANIFEST),
        "publications": [_publication(part, each) for each in led_to(part, node.id, NodeKind.PUBLICATION)],
    }


def _publication(part: Lineage, node: Node) -> View:
    ends = led_to(part, node.id, NodeKind.WITHDRAWAL)
    seen = [sighting for end in ends for sighting in led_to(part, end.id, NodeKind.SIGHTING)]
    return {"node": node, "end": ends[0] if ends else None, "seen": seen}


def _words(asset: Node | None, generation: Node | None) -> str:
    if asset is not None:
        return {"held": "waits for a person", "checked": "passed all checks, waits for approval"}.get(
            str(asset.state), str(asset.state)
        )
    state = str(generation.state) if generation else ""
    return _STATES.get(state, state)


def _points(part: Lineage, generation: Node | None, asset: Node | None) -> list[View]:
    """What a reader should look at: doubts, open questions, things that are public and should perhaps not be."""
    found: list[View] = []

    def point(node: Node, words: str) -> None:
        found.append({"id": node.id, "name": node.name, "words": words})

    if generation and (generation.state == "unknown" or generation.facts.get("problem")):
        problem = generation.facts.get("problem") or "no reason is on record"
        point(generation, f"{_STATES.get(str(generation.state), generation.state)}: {problem}")
    if asset and asset.state == "held":
        doubts = [f"{node.name} {node.state}" for node in part.of(NodeKind.CHECK) if node.state != "pass"]
        point(asset, f"waits for a person: {', '.join(doubts) or 'a check asks for one'}")
    for node in part.of(NodeKind.MONEY):
        if node.money and node.money.basis == "unknown":
            point(node, "charged, and nobody knows how much")
    for rendition in part.of(NodeKind.RENDITION):
        public = [p for p in led_to(part, rendition.id, NodeKind.PUBLICATION) if p.state == "public"]
        verdict = latest_verdict(part, rendition.id)
        if public and (asset is None or asset.state != "approved"):
            point(public[0], f"public at {public[0].address}, and its picture is {asset.state if asset else 'gone'}")
        if public and (verdict is None or verdict.state != "trusted"):
            point(public[0], f"public, and its credentials are {verdict.state if verdict else 'not judged'}")
    for end in part.of(NodeKind.WITHDRAWAL):
        if end.state == "not_proven_gone":
            point(end, f"taken back, and not yet seen gone everywhere: {end.address}")
    return found


def _one(part: Lineage, kind: NodeKind) -> Node | None:
    return next(iter(part.of(kind)), None)
