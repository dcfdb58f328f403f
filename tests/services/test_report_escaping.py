"""The report and the compliance sheet are pages nobody can write into, and no spreadsheet runs a cell of the table."""

import csv
import io
from html.parser import HTMLParser
from pathlib import Path

import pytest

from colophon import data
from colophon.domain.flat import unsafe
from colophon.domain.lineage import Amount, Edge, EdgeKind, Lineage, Node, NodeKind
from colophon.imaging import ConfinedImaging
from colophon.ports import Store
from colophon.services.compliance import compliance_view, parse_mapping
from colophon.services.formats import write_csv
from colophon.services.report import page_text, write_report
from colophon.services.spool import Spool
from colophon.services.thumbnails import Thumbnails

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</style><script>alert(1)</script>",
    "</title><script src=//evil.example/x.js></script>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "<!--<iframe src=//evil.example>",
    "&lt;script&gt; &#60;b&#62;",
    "\x00<b\x0conmouseover=alert(1)>",
    "\u202e<a href=data:text/html,x>right to left",
    "\ud800<form action=//evil.example>",
]
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1", "=cmd|' /C calc'!A0", "plain"]
DIGEST = "ab" * 32
TAGS = """html head meta title style body header p h1 h2 h3 div b ul li table thead tbody tr th td section dl dt dd span
br img footer"""
ALLOWED = set(TAGS.split())


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))


def story(word: str) -> list[Lineage]:
    """A campaign in which every text is this one."""
    told = word.encode("utf-8", "replace").decode()  # as the catalog keeps it
    kinds = [kind for kind in NodeKind if kind is not NodeKind.REVISION]
    facts = dict.fromkeys(("brand", "owner", "objective", "prompt", "prompt_used", "problem", "by", "reason"), told)
    shape = {"asset_sha256": told, "findings_sha256": told, "width": 9, "height": 9, "score": 1.5}
    judged = {"integrity": told, "signer": told, "timestamp": told, "revocation": told, "problems": [told]}
    more = {"reasons": [told], "claim": {"vendor": told}, "policy": {"name": told}, "placement": told, "format": told}
    revision = Node(
        id=f"revision:{told}", kind=NodeKind.REVISION, name=told, at="2027-03-04T00:00:00Z", state="newest",
        facts={**facts, "label_asked_for": False},
    )  # fmt: skip
    nodes = [
        Node(
            id=f"{kind.value}:{told}", kind=kind, name=told, at=told, state=told, sha256=DIGEST, bytes=1,
            media_type=told, address=told, facts={**facts, **shape, **judged, **more},
            money=Amount(kind="charge", amount="0.05", currency=told, basis="unknown")
            if kind is NodeKind.MONEY
            else None,
        )
        for kind in kinds
    ]  # fmt: skip
    ids = {node.kind: node.id for node in nodes}
    edges = [
        Edge(kind=EdgeKind.JUDGED_BY, source=ids[NodeKind.ASSET], target=ids[NodeKind.VERDICT]),
        Edge(kind=EdgeKind.PUBLISHED_AS, source=ids[NodeKind.RENDITION], target=ids[NodeKind.PUBLICATION]),
        Edge(kind=EdgeKind.REFERRED_TO, source=ids[NodeKind.REFERENCE], target=ids[NodeKind.GENERATION]),
    ]
    return [Lineage(nodes=(revision,)), Lineage(nodes=tuple(nodes), edges=tuple(edges))]


class NoStore:
    """Holds nothing: the pages say so where a picture would be."""

    def get(self, sha256: str) -> bytes:
        from colophon.errors import NotFound

        raise NotFound(f"<b>{sha256}</b>")


@pytest.mark.parametrize("word", HOSTILE)
def test_no_text_becomes_markup(word: str, tmp_path: Path) -> None:
    out = io.BytesIO()
    thumbnails = Thumbnails(NoStore(), ConfinedImaging.__new__(ConfinedImaging))  # type: ignore[arg-type]
    with Spool("mugs", story(word), tmp_path) as spool:
        write_report(spool, out, data.text("report.html"), thumbnails)
        view = compliance_view(word, spool.parts(), parse_mapping(data.text("compliance.toml")))
    pages = [out.getvalue().decode(), page_text(data.text("compliance.html"), {"view": view})]
    for page in pages:
        parser = Tags()
        parser.feed(page)
        assert {tag for tag, _ in parser.found} <= ALLOWED
        given = [(tag, name, value) for tag, attrs in parser.found for name, value in attrs]
        assert not [name for _, name, _ in given if name.startswith("on") or name in ("href", "action", "srcdoc")]
        assert all((value or "").startswith("data:image/jpeg") for tag, name, value in given if name == "src")
    assert pages[0].count("<section") == 1


def test_no_cell_is_a_formula_and_every_value_comes_back(tmp_path: Path) -> None:
    parts = [
        Lineage(nodes=(Node(id=f"asset:{n}", kind=NodeKind.ASSET, name=word, at="2027", address=word),))
        for n, word in enumerate(FORMULAS)
    ]
    out = io.BytesIO()
    with Spool("mugs", parts, tmp_path) as spool:
        write_csv(spool, out, tmp_path)
    rows = list(csv.DictReader(io.StringIO(out.getvalue().decode("utf-8-sig"), newline="")))
    assert [unsafe(row["name"]) for row in rows] == FORMULAS
    assert [unsafe(row["address"]) for row in rows] == FORMULAS
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]


def test_the_store_is_asked_for_no_more_than_a_page_may_hold() -> None:
    class Counted(NoStore):
        asked = 0

        def get(self, sha256: str) -> bytes:
            self.asked += 1
            return super().get(sha256)

    store: Store = Counted()  # type: ignore[assignment]
    full = Thumbnails(store, ConfinedImaging.__new__(ConfinedImaging), pictures=0)
    node = Node(id="asset:1", kind=NodeKind.ASSET, name="x", sha256=DIGEST, facts={"width": 9, "height": 9})
    assert full.of(node, 100) == (None, "left out: the page has as many pictures as it may hold")
    assert store.asked == 0  # type: ignore[attr-defined]
