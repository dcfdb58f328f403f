"""Lineage as a graph: what came of what, from the brief to the public address. Every export is written from it.

Edges go the way things went: from what was there first to what came of it. So the edges that lead to a node are its
grounds, and all of them are known when the node is.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue


class NodeKind(StrEnum):
    """The words are those of the catalog. ``run`` is one start of the
    flow; ``request`` the vendor's task; ``money`` a row of the ledger; ``verdict``
    a verdict on a file's manifests; ``round`` one time an asset was checked; ``withdrawal`` the end of a publication;
    ``sighting`` what an address answered after it."""

    REVISION = "revision"
    RUN = "run"
    VISUAL = "visual"
    REFERENCE = "reference"
    GENERATION = "generation"
    ROUTE = "route"
    ATTEMPT = "attempt"
    REQUEST = "request"
    MONEY = "money"
    ORIGINAL = "original"
    ASSET = "asset"
    ROUND = "round"
    CHECK = "check"
    DECISION = "decision"
    COMMENT = "comment"
    RENDITION = "rendition"
    MANIFEST = "manifest"
    VERDICT = "verdict"
    PUBLICATION = "publication"
    WITHDRAWAL = "withdrawal"
    SIGHTING = "sighting"
    PERSON = "person"
    VENDOR = "vendor"
    SIGNER = "signer"


class EdgeKind(StrEnum):
    """Read as SOURCE kind TARGET: a revision ``asks_for`` a visual, a person ``acted_in`` a decision."""

    STARTED = "started"  # revision -> run
    ASKS_FOR = "asks_for"  # revision -> visual
    WANTS = "wants"  # visual -> generation
    REFERRED_TO = "referred_to"  # reference -> generation
    ORDERED_BY = "ordered_by"  # generation -> attempt
    CARRIED = "carried"  # route -> attempt
    PLACED = "placed"  # attempt -> request
    COST = "cost"  # attempt, generation or revision -> money
    DELIVERED = "delivered"  # request -> original
    ACCEPTED_AS = "accepted_as"  # original -> asset
    EXAMINED_IN = "examined_in"  # asset -> round
    FOUND = "found"  # round -> check: several rounds may have found the same
    TESTED_BY = "tested_by"  # asset -> check
    DECIDED_BY = "decided_by"  # asset -> decision
    REMARKED_ON = "remarked_on"  # asset -> comment
    CUT_INTO = "cut_into"  # asset -> rendition
    CARRIES = "carries"  # original or rendition -> manifest
    JUDGED_BY = "judged_by"  # original or rendition -> verdict
    PUBLISHED_AS = "published_as"  # rendition -> publication
    ENDED_BY = "ended_by"  # publication -> withdrawal
    SEEN_AS = "seen_as"  # withdrawal -> sighting
    OWNS = "owns"  # person -> revision
    ACTED_IN = "acted_in"  # person -> run, decision or comment; vendor -> request
    SIGNED = "signed"  # signer -> rendition


_SHAPE = ConfigDict(frozen=True, extra="forbid")


class Amount(BaseModel):
    """Money in a row of the ledger. ``basis``: estimated, reported (the vendor's word at the order), settled (its final
    word) or unknown. ``amount`` is decimal text and may be negative in a correction."""

    model_config = _SHAPE

    kind: Literal["reservation", "release", "charge", "correction"]
    amount: str
    currency: str
    basis: Literal["estimated", "reported", "settled", "unknown"]


class Node(BaseModel):
    """``id`` is unique in all of the catalog: its kind, a colon, and the row's own id. ``at`` is when it came to be,
    ``until`` when it ended, both RFC 3339 in UTC; null: not on record. ``state`` is one word: a verdict, an outcome, an
    action. ``sha256`` and ``bytes`` are of the file it stands for. ``facts`` is all else, by name."""

    model_config = _SHAPE

    id: str
    kind: NodeKind
    name: str
    at: str | None = None
    until: str | None = None
    state: str | None = None
    sha256: str | None = None
    bytes: int | None = None
    media_type: str | None = None
    money: Amount | None = None
    address: str | None = None
    facts: dict[str, JsonValue] = Field(default_factory=dict)


class Edge(BaseModel):
    model_config = _SHAPE

    kind: EdgeKind
    source: str
    target: str


class Lineage(BaseModel):
    """A graph, or a part of one: the parts of a campaign, laid together, are its graph. An edge is in the part that
    has its target; its source may be in an earlier one."""

    model_config = _SHAPE

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()

    def of(self, kind: NodeKind) -> list[Node]:
        return [node for node in self.nodes if node.kind is kind]

    def grounds(self) -> dict[str, list[Edge]]:
        """The edges that lead to each node, by its id."""
        found: dict[str, list[Edge]] = {node.id: [] for node in self.nodes}
        for edge in self.edges:
            found.setdefault(edge.target, []).append(edge)
        return found


class Counts(BaseModel):
    """What a graph holds, so that two exports of it can be compared. ``nodes`` by kind; ``money`` is the sum of charges
    and corrections, as decimal text, by currency, by how sure it is."""

    model_config = _SHAPE

    nodes: dict[str, int]
    edges: int
    money: dict[str, dict[str, str]]


class LineageDocument(BaseModel):
    """The JSON export: of one campaign, or of one asset."""

    model_config = _SHAPE

    schema_version: Literal[1] = 1
    subject: str
    counts: Counts
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def node_id(kind: NodeKind, key: str) -> str:
    return f"{kind.value}:{key}"


def kind_of(identifier: str) -> NodeKind:
    """The kind of the node that has this id."""
    return NodeKind(identifier.partition(":")[0])


class Joined:
    """Parts laid together: what several of them share (a reference, a person) is let through once. It remembers only
    those, of which a campaign has few."""

    _SHARED = frozenset(
        {NodeKind.REVISION, NodeKind.VISUAL, NodeKind.REFERENCE, NodeKind.ROUTE}
        | {NodeKind.PERSON, NodeKind.VENDOR, NodeKind.SIGNER}
    )

    def __init__(self) -> None:
        self._nodes: set[str] = set()
        self._edges: set[Edge] = set()

    def new_in(self, part: Lineage) -> Lineage:
        nodes = tuple(node for node in part.nodes if self._first(node))
        edges = tuple(edge for edge in part.edges if self._first_edge(edge))
        return Lineage(nodes=nodes, edges=edges)

    def _first(self, node: Node) -> bool:
        if node.kind not in self._SHARED:
            return True
        new = node.id not in self._nodes
        self._nodes.add(node.id)
        return new

    def _first_edge(self, edge: Edge) -> bool:
        if kind_of(edge.target) not in self._SHARED:
            return True
        new = edge not in self._edges
        self._edges.add(edge)
        return new


def joined(parts: Iterable[Lineage]) -> Lineage:
    """One graph of few parts, in memory."""
    once = Joined()
    new = [once.new_in(part) for part in parts]
    return Lineage(
        nodes=tuple(node for part in new for node in part.nodes),
        edges=tuple(edge for part in new for edge in part.edges),
    )


def facts(values: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Without what is not on record."""
    return {name: value for name, value in values.items() if value not in (None, [], {}, "")}
