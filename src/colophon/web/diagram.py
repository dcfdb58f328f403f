"""Graphs as drawings: boxes in rows, in the order things came about, with lines between them. Only places and sizes;
the templates write the SVG, and beside it the same in words."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from colophon.domain.lineage import Lineage, Node, NodeKind

_WIDTH, _HEIGHT, _ACROSS, _DOWN, _EDGE = 176, 54, 16, 34, 8
_IN_A_ROW = 5
_TITLE, _LINE = 20, 22  # characters that fit into a box, in its two sizes of letters
_MOST_OF_A_KIND = 3  # nodes drawn one by one; more are one box that says how many


@dataclass(frozen=True, slots=True)
class Box:
    """``lines`` stand under the title; ``state`` is the word that colours it."""

    key: str
    title: str
    lines: tuple[str, ...] = ()
    state: str = ""


@dataclass(frozen=True, slots=True)
class Placed:
    box: Box
    x: int
    y: int
    width: int = _WIDTH
    height: int = _HEIGHT


@dataclass(frozen=True, slots=True)
class Drawing:
    width: int
    height: int
    placed: tuple[Placed, ...]
    paths: tuple[str, ...]


def draw(boxes: Sequence[Box], edges: Iterable[tuple[str, str]]) -> Drawing:
    """Each box under all that leads to it; ``edges`` are pairs of keys. What leads back is drawn, and moves nothing."""
    known = {box.key for box in boxes}
    lines = [(a, b) for a, b in dict.fromkeys(edges) if a in known and b in known and a != b]
    rows = _rows(boxes, lines)
    width = max((len(row) for row in rows), default=0)
    across = width * (_WIDTH + _ACROSS) - _ACROSS + 2 * _EDGE if width else 2 * _EDGE
    placed: dict[str, Placed] = {}
    for down, row in enumerate(rows):
        left = (across - (len(row) * (_WIDTH + _ACROSS) - _ACROSS)) // 2
        for place, box in enumerate(row):
            placed[box.key] = Placed(_fitted(box), left + place * (_WIDTH + _ACROSS), _EDGE + down * (_HEIGHT + _DOWN))
    height = len(rows) * (_HEIGHT + _DOWN) - _DOWN + 2 * _EDGE if rows else 2 * _EDGE
    paths = tuple(_path(placed[a], placed[b]) for a, b in lines)
    return Drawing(across, height, tuple(placed.values()), paths)


def lineage_drawing(graph: Lineage) -> Drawing:
    """Nodes of a kind of which there are many are one box. Who acted is told in words, not drawn."""
    shown = [node for node in graph.nodes if node.kind not in (NodeKind.PERSON, NodeKind.VENDOR, NodeKind.SIGNER)]
    by_kind: dict[NodeKind, list[Node]] = defaultdict(list)
    for node in shown:
        by_kind[node.kind].append(node)
    key_of: dict[str, str] = {}
    boxes: list[Box] = []
    for kind, nodes in by_kind.items():
        name = kind.value.replace("_", " ")
        if len(nodes) > _MOST_OF_A_KIND:
            key_of |= {node.id: kind.value for node in nodes}
            boxes.append(Box(kind.value, f"{len(nodes)} {name}s", (_states(nodes),)))
        else:
            key_of |= {node.id: node.id for node in nodes}
            boxes += [Box(node.id, name, (node.name,), node.state or "") for node in nodes]
    edges = ((key_of.get(edge.source, ""), key_of.get(edge.target, "")) for edge in graph.edges)
    return draw(boxes, edges)


def _states(nodes: Sequence[Node]) -> str:
    counted: dict[str, int] = defaultdict(int)
    for node in nodes:
        counted[node.state or ""] += 1
    return ", ".join(f"{count} {state}" for state, count in counted.items() if state)


def _rows(boxes: Sequence[Box], edges: Sequence[tuple[str, str]]) -> list[list[Box]]:
    depth = _depths([box.key for box in boxes], edges)
    layers: dict[int, list[Box]] = defaultdict(list)
    for box in boxes:
        layers[depth[box.key]].append(box)
    rows: list[list[Box]] = []
    for level in sorted(layers):
        layer = layers[level]
        rows += [layer[start : start + _IN_A_ROW] for start in range(0, len(layer), _IN_A_ROW)]
    return rows


def _depths(keys: Sequence[str], edges: Sequence[tuple[str, str]]) -> Mapping[str, int]:
    """The longest way from a box that nothing leads to."""
    depth = dict.fromkeys(keys, 0)
    for _ in range(len(keys)):  # longer ways than this there are not, except around a circle
        moved = False
        for a, b in edges:
            if depth[b] <= depth[a] < len(keys):
                depth[b], moved = depth[a] + 1, True
        if not moved:
            break
    led_to = {b for _, b in edges}
    for key in (key for key in keys if key not in led_to):  # beside what needs it, and not at the very top
        depth[key] = max(0, min((depth[b] for a, b in edges if a == key), default=1) - 1)
    return depth


def _path(a: Placed, b: Placed) -> str:
    x1, y1, x2, y2 = a.x + a.width // 2, a.y + a.height, b.x + b.width // 2, b.y
    middle = (y1 + y2) // 2
    return f"M{x1} {y1} C{x1} {middle} {x2} {middle} {x2} {y2 - 5}"


def _fitted(box: Box) -> Box:
    return Box(box.key, _short(box.title, _TITLE), tuple(_short(line, _LINE) for line in box.lines if line), box.state)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
