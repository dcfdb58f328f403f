"""Lineage in the words of W3C PROV, one record for each node and each edge (https://www.w3.org/TR/prov-dm/).

The mapping is mechanical: what kind of thing a node is decides its section, and the two kinds at the ends of an edge
decide the relation. Serialised as PROV-JSON (https://www.w3.org/submissions/prov-json/).
"""

import json
from collections.abc import Iterator
from typing import Any, Literal
from urllib.parse import quote

from colophon.domain.lineage import Edge, EdgeKind, Lineage, Node, NodeKind, kind_of

NAMESPACE = "urn:colophon:"  # of this product's records: nothing is served there
PREFIX = {"colophon": NAMESPACE, "xsd": "http://www.w3.org/2001/XMLSchema#"}
Element = Literal["entity", "activity", "agent"]
Record = tuple[str, str, dict[str, Any]]  # section, id, attributes

_ACTIVITIES = {
    NodeKind.RUN,
    NodeKind.ATTEMPT,
    NodeKind.REQUEST,
    NodeKind.ROUND,
    NodeKind.CHECK,
    NodeKind.DECISION,
    NodeKind.VERDICT,
    NodeKind.WITHDRAWAL,
}
_AGENTS = {NodeKind.PERSON: "Person", NodeKind.VENDOR: "Organization", NodeKind.SIGNER: "Organization"}

# From the sections of source and target to the relation, its member for the target and its member for the source.
_RELATIONS: dict[tuple[Element, Element], tuple[str, str, str]] = {
    ("entity", "entity"): ("wasDerivedFrom", "prov:generatedEntity", "prov:usedEntity"),
    ("entity", "activity"): ("used", "prov:activity", "prov:entity"),
    ("activity", "entity"): ("wasGeneratedBy", "prov:entity", "prov:activity"),
    ("activity", "activity"): ("wasInformedBy", "prov:informed", "prov:informant"),
    ("agent", "activity"): ("wasAssociatedWith", "prov:activity", "prov:agent"),
    ("agent", "entity"): ("wasAttributedTo", "prov:entity", "prov:agent"),
}
_ENDED = ("wasInvalidatedBy", "prov:activity", "prov:entity")
SECTIONS = ("entity", "activity", "agent", *(name for name, _, _ in _RELATIONS.values()), _ENDED[0])


def element(kind: NodeKind) -> Element:
    return "activity" if kind in _ACTIVITIES else "agent" if kind in _AGENTS else "entity"


def prov_id(identifier: str) -> str:
    """A qualified name: of a node's id, what a local name may not hold is percent-encoded."""
    return f"colophon:{quote(identifier.replace(':', '.', 1), safe='/-._~')}"


def prov_records(part: Lineage) -> Iterator[Record]:
    for node in part.nodes:
        yield element(node.kind), prov_id(node.id), _attributes(node)
    for edge in part.edges:
        yield _relation(edge)


def _attributes(node: Node) -> dict[str, Any]:
    said: dict[str, Any] = {"prov:type": _typed(f"colophon:{node.kind.value}"), "prov:label": node.name}
    if node.kind in _AGENTS:
        said["prov:type"] = [said["prov:type"], _typed(f"prov:{_AGENTS[node.kind]}")]
    moments = {
        "entity": ("colophon:at", "colophon:until"),
        "activity": ("prov:startTime", "prov:endTime"),
        "agent": ("colophon:at", "colophon:until"),
    }[element(node.kind)]
    values = {
        "colophon:id": node.id,
        moments[0]: node.at,
        moments[1]: node.until,
        "colophon:state": node.state,
        "colophon:sha256": node.sha256,
        "colophon:bytes": node.bytes,
        "colophon:media_type": node.media_type,
        "colophon:address": node.address,
        **({f"colophon:money_{name}": value for name, value in node.money.model_dump().items()} if node.money else {}),
        **{f"colophon:{name}": _plain(value) for name, value in node.facts.items()},
    }
    return said | {name: value for name, value in values.items() if value is not None}


def _plain(value: object) -> object:
    """PROV attributes are single values: what has parts is kept as JSON text."""
    return value if isinstance(value, str | int | float | bool) else json.dumps(value, sort_keys=True)


def _typed(name: str) -> dict[str, str]:
    return {"$": name, "type": "prov:QUALIFIED_NAME"}


def _relation(edge: Edge) -> Record:
    ends = element(kind_of(edge.source)), element(kind_of(edge.target))
    section, target, source = _ENDED if edge.kind is EdgeKind.ENDED_BY else _RELATIONS[ends]
    own = f"_:{edge.kind.value}.{prov_id(edge.source)}.{prov_id(edge.target)}".replace("colophon:", "")
    said = {target: prov_id(edge.target), source: prov_id(edge.source), "colophon:as": edge.kind.value}
    return section, own, said
