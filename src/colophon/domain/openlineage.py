"""Lineage as OpenLineage run events, specification 2-0-2 (https://openlineage.io/spec/2-0-2/OpenLineage.json).

A run is something that was done: an attempt to buy, a test, a decision, a cut, a publication and so on. What it was
done with and what came of it are its datasets. A run's id is a UUID made of the node's id: the same in every export.
"""

import uuid
from collections.abc import Iterator
from typing import Any

from colophon.domain.lineage import Lineage, Node, NodeKind, kind_of

SCHEMA = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/"
ERROR_SCHEMA = "https://openlineage.io/spec/facets/1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet"
JOB_SCHEMA = "https://openlineage.io/spec/facets/2-0-3/JobTypeJobFacet.json#/$defs/JobTypeJobFacet"
PRODUCER = "urn:colophon:openlineage:1"
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, PRODUCER)
Event = dict[str, Any]

# What was done, by the node that stands for it or for its outcome.
_JOBS = {
    NodeKind.REVISION: "register",
    NodeKind.RUN: "run",
    NodeKind.GENERATION: "plan",
    NodeKind.ATTEMPT: "buy",
    NodeKind.MONEY: "book",
    NodeKind.ASSET: "ingest",
    NodeKind.ROUND: "examine",
    NodeKind.CHECK: "check",
    NodeKind.DECISION: "decide",
    NodeKind.COMMENT: "comment",
    NodeKind.RENDITION: "render",
    NodeKind.VERDICT: "verify",
    NodeKind.PUBLICATION: "publish",
    NodeKind.WITHDRAWAL: "withdraw",
    NodeKind.SIGHTING: "look",
}
_BADLY = {"failed", "refused", "taken_back", "not_taken"}  # of attempts: they brought nothing
_WITHOUT_BYTES = {NodeKind.PERSON, NodeKind.VENDOR, NodeKind.SIGNER, NodeKind.ROUTE, NodeKind.ATTEMPT, NodeKind.REQUEST}


def run_id(node: str) -> str:
    return str(uuid.uuid5(NAMESPACE, node))


def run_events(part: Lineage, campaign: str, since: str) -> Iterator[Event]:
    """START and, where it ended, COMPLETE or FAIL, for each thing done in this part. Nodes whose time is not on record
    are told under the first time of their part, or ``since``, when the campaign was registered."""
    grounds = part.grounds()
    came_of: dict[str, list[str]] = {}
    for edge in part.edges:
        came_of.setdefault(edge.source, []).append(edge.target)
    fallback = next((node.at for node in part.nodes if node.at), since)
    for node in part.nodes:
        at = node.at or fallback
        if node.kind not in _JOBS:
            continue
        used = [edge.source for edge in grounds[node.id]]
        inputs = [_dataset(one, campaign, None) for one in used if kind_of(one) not in _WITHOUT_BYTES]
        outputs = _outputs(node, came_of, part, campaign)
        yield _event("START", at, node, campaign, inputs, [])
        yield _event(*_end(node, at), node, campaign, inputs, outputs)


def _outputs(node: Node, came_of: dict[str, list[str]], part: Lineage, campaign: str) -> list[Event]:
    """An attempt brought the original of its request; anything else is its own outcome."""
    if node.kind is not NodeKind.ATTEMPT:
        return [_dataset(node.id, campaign, node)]
    requests = [one for one in came_of.get(node.id, []) if kind_of(one) is NodeKind.REQUEST]
    brought = {one for request in requests for one in came_of.get(request, []) if kind_of(one) is NodeKind.ORIGINAL}
    return [_dataset(one.id, campaign, one) for one in part.nodes if one.id in brought]


def _end(node: Node, at: str) -> tuple[str, str]:
    if node.kind is not NodeKind.ATTEMPT:
        return "COMPLETE", at
    if node.until is None and node.state not in _BADLY | {"delivered"}:
        return "OTHER", at  # still open, or nobody knows how it ended
    return ("FAIL" if node.state in _BADLY else "COMPLETE"), node.until or at


def _event(kind: str, at: str, node: Node, campaign: str, inputs: list[Event], outputs: list[Event]) -> Event:
    problem = node.facts.get("problem") if kind == "FAIL" else None
    told = {"colophon_record": _facet("RunFacet") | _said(node)} if kind != "START" else {}
    error = (
        {"errorMessage": _base(ERROR_SCHEMA) | {"message": str(problem), "programmingLanguage": "none"}}
        if problem
        else {}
    )
    return {
        "eventType": kind,
        "eventTime": at,
        "run": {"runId": run_id(node.id), "facets": told | error},
        "job": {
            "namespace": f"colophon/{campaign}",
            "name": _JOBS[node.kind],
            "facets": {"jobType": _base(JOB_SCHEMA) | {"processingType": "BATCH", "integration": "COLOPHON"}},
        },
        "inputs": inputs,
        "outputs": outputs,
        "producer": PRODUCER,
        "schemaURL": f"{SCHEMA}RunEvent",
    }


def _said(node: Node) -> Event:
    """All the node holds; its name apart, since a facet's own members may not begin with an underscore."""
    values = node.model_dump(mode="json", exclude={"facts"})
    return {name: value for name, value in values.items() if value is not None} | {"facts": node.facts}


def _dataset(identifier: str, campaign: str, node: Node | None) -> Event:
    held = {"sha256": node.sha256, "bytes": node.bytes, "mediaType": node.media_type} if node and node.sha256 else None
    return {
        "namespace": f"colophon/{campaign}",
        "name": identifier,
        "facets": {"colophon_file": _facet("DatasetFacet") | held} if held else {},
    }


def _facet(base: str) -> Event:
    """Facets of our own are the specification's base facet with more members."""
    return _base(f"{SCHEMA}{base}")


def _base(schema: str) -> Event:
    return {"_producer": PRODUCER, "_schemaURL": schema}
