"""Lineage as a table: one row for each node, safe to open in a spreadsheet."""

import json
from collections.abc import Iterator, Sequence

from colophon.domain.lineage import Lineage, Node

COLUMNS = (
    "kind", "id", "name", "at", "until", "state", "sha256", "bytes", "media_type", "money_kind", "amount", "currency",
    "basis", "address", "came_of", "facts",
)  # fmt: skip

# What makes a spreadsheet take a cell for a formula (https://owasp.org/www-community/attacks/CSV_Injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
GUARD = "'"


def safe(cell: str) -> str:
    """A cell that begins like a formula, or with the guard itself, gets the guard put before it: an apostrophe. So
    whoever takes one leading apostrophe off has the value again."""
    return GUARD + cell if cell.startswith((*FORMULA, GUARD)) else cell


def unsafe(cell: str) -> str:
    """The value of a cell."""
    return cell.removeprefix(GUARD)


def rows(part: Lineage) -> Iterator[Sequence[str]]:
    """``came_of``: the edges that lead here, each as KIND and the id it comes from, one a line."""
    grounds = part.grounds()
    for node in part.nodes:
        came_of = "\n".join(f"{edge.kind.value} {edge.source}" for edge in grounds[node.id])
        yield [safe(cell) for cell in (*_cells(node), came_of, json.dumps(node.facts, ensure_ascii=False))]


def _cells(node: Node) -> Sequence[str]:
    money = node.money
    values = (
        node.kind.value, node.id, node.name, node.at, node.until, node.state, node.sha256, node.bytes,
        node.media_type, money and money.kind, money and money.amount, money and money.currency,
        money and money.basis, node.address,
    )  # fmt: skip
    return ["" if value is None else str(value) for value in values]
