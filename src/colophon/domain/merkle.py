"""Merkle trees as transparency logs have them (RFC 9162, section 2.1): roots, proofs, and their verification.

Everything streams: a tree is a `Frontier` of at most 64 hashes, and a proof is the roots of a few ranges of leaves.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

EMPTY_ROOT = hashlib.sha256(b"").digest()
Range = tuple[int, int]
_AT_ONCE = 4096


def leaf_hash(content: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree of ``size`` leaves as the roots of its complete subtrees, the largest first."""

    size: int = 0
    nodes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.nodes) != self.size.bit_count():
            raise ValueError(f"{len(self.nodes)} subtrees do not make a tree of {self.size} leaves")

    def grown(self, leaves: Iterable[bytes]) -> "Frontier":
        """With more leaves, given by their `leaf_hash`."""
        size, nodes = self.size, list(self.nodes)
        for leaf in leaves:
            node, complete = leaf, size
            while complete & 1:
                node, complete = node_hash(nodes.pop(), node), complete >> 1
            nodes.append(node)
            size += 1
        return Frontier(size, tuple(nodes))

    @property
    def root(self) -> bytes:
        if not self.nodes:
            return EMPTY_ROOT
        root = self.nodes[-1]
        for node in reversed(self.nodes[:-1]):
            root = node_hash(node, root)
        return root


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Whose roots, in this order, prove that a tree of ``size`` leaves holds the one at ``index``."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has none at {index}")
    return _path(index, 0, size)


def consistency_ranges(first: int, second: int) -> list[Range]:
    """Whose roots, in this order, prove that a tree of ``second`` leaves begins with the one of ``first``."""
    if not 0 < first <= second:
        raise ValueError(f"no tree of {second} leaves begins with one of {first}")
    return _subproof(first, 0, second, complete=True)


def roots(ranges: Sequence[Range], leaves: Iterable[bytes]) -> list[bytes]:
    """The root of each range over one pass of ``leaves``, which begin with the first of the tree. The ranges of a
    proof never overlap. Raises ``ValueError`` when there are too few leaves."""
    found: dict[Range, bytes] = {}
    tree, part = Frontier(), list[bytes]()
    pending = sorted(ranges)
    for index, leaf in enumerate(leaves):
        if not pending:
            break
        start, end = pending[0]
        if index >= start:
            part.append(leaf)
        if index == end - 1 or len(part) == _AT_ONCE:
            tree, part = tree.grown(part), []
        if index == end - 1:
            found[pending.pop(0)] = tree.root
            tree = Frontier()
    if pending:
        raise ValueError("the log has fewer leaves than the proof is about")
    return [found[each] for each in ranges]


def roots_together(ranges: Iterable[Range], size: int, leaves: Iterable[bytes]) -> dict[Range, bytes]:
    """The roots of all ranges of any proofs about one tree of ``size`` leaves, over one pass of these. Memory grows
    with the number of ranges, not with the tree. Raises ``ValueError`` when there are too few leaves."""
    wanted, found = set(ranges), dict[Range, bytes]()
    complete: list[tuple[int, int, bytes]] = []  # subtrees, the largest first: start, end, root

    def keep(start: int, end: int, root: bytes) -> None:
        if (start, end) in wanted:
            found[start, end] = root
        complete.append((start, end, root))

    def join() -> None:
        (_, end, right), (start, _, left) = complete.pop(), complete.pop()
        keep(start, end, node_hash(left, right))

    for index, leaf in enumerate(islice(leaves, size)):
        keep(index, index + 1, leaf)
        while len(complete) > 1 and _width(complete[-2]) == _width(complete[-1]):
            join()
    if size and (not complete or complete[-1][1] != size):
        raise ValueError("the log has fewer leaves than the proof is about")
    while len(complete) > 1:  # the right edge, whose subtrees are of different sizes
        join()
    return found


def _width(subtree: tuple[int, int, bytes]) -> int:
    return subtree[1] - subtree[0]


def includes(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether ``path`` proves the leaf's place (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    number, last, found = index, size - 1, leaf
    for node in path:
        if last == 0:
            return False
        if number & 1 or number == last:
            found = node_hash(node, found)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found = node_hash(found, node)
        number, last = number >> 1, last >> 1
    return last == 0 and found == root


def extends(first: int, first_root: bytes, second: int, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether ``path`` proves that the second tree begins with the first (RFC 9162, section 2.1.4.2)."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not path and first_root == second_root
    nodes = list(path) if first & (first - 1) else [first_root, *path]
    if not nodes:
        return False
    number, last = first - 1, second - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            new = node_hash(new, node)
        number, last = number >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


def _path(index: int, start: int, end: int) -> list[Range]:
    if end - start == 1:
        return []
    middle = start + _half(end - start)
    if start + index < middle:
        return [*_path(index, start, middle), (middle, end)]
    return [*_path(start + index - middle, middle, end), (start, middle)]


def _subproof(first: int, start: int, end: int, *, complete: bool) -> list[Range]:
    if first == end - start:
        return [] if complete else [(start, end)]
    half = _half(end - start)
    if first <= half:
        return [*_subproof(first, start, start + half, complete=complete), (start + half, end)]
    return [*_subproof(first - half, start + half, end, complete=False), (start, start + half)]


def _half(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1
