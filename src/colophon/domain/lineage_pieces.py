"""What the parts of a lineage are made with: ids that are built of others, and a part from its pieces."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from colophon.domain.lineage import Edge, EdgeKind, Lineage, Node, NodeKind, node_id

Piece = Node | Edge


def graph(pieces: Iterable[Piece]) -> Lineage:
    made = list(pieces)
    nodes = {piece.id: piece for piece in made if isinstance(piece, Node)}
    edges = dict.fromkeys(piece for piece in made if isinstance(piece, Edge))
    return Lineage(nodes=tuple(nodes.values()), edges=tuple(edges))


def edge(kind: EdgeKind, source: str, target: str) -> Edge:
    return Edge(kind=kind, source=source, target=target)


def person(name: str) -> Iterator[Piece]:
    yield Node(id=node_id(NodeKind.PERSON, name), kind=NodeKind.PERSON, name=name)


def visual_id(campaign: str, revision: str, visual: str) -> str:
    return node_id(NodeKind.VISUAL, f"{campaign}/{revision}/{visual}")


def attempt_id(generation: str, number: int) -> str:
    return node_id(NodeKind.ATTEMPT, f"{generation}/{number}")


def request_id(generation: str, number: int) -> str:
    return node_id(NodeKind.REQUEST, f"{generation}/{number}")


def moment(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at else None
