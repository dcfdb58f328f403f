"""The exports that are one stream of bytes: JSON, CSV, PROV-JSON, OpenLineage. Each reads the spool once and holds one
part of it in memory."""

import csv
import io
import json
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from colophon.domain.flat import COLUMNS, rows
from colophon.domain.openlineage import run_events
from colophon.domain.prov import PREFIX, SECTIONS, prov_records
from colophon.services.spool import Spool

Writer = Callable[[Spool, IO[bytes], Path], None]


def write_json(spool: Spool, out: IO[bytes], folder: Path) -> None:
    """`colophon.domain.lineage.LineageDocument`: nodes first, then edges, which wait in a file meanwhile."""
    head = {"schema_version": 1, "subject": f"campaign:{spool.campaign}", "counts": spool.counts.model_dump()}
    out.write(json.dumps(head, ensure_ascii=False).encode()[:-1] + b', "nodes": [')
    with tempfile.TemporaryFile(dir=folder) as edges:
        nodes_comma = edges_comma = b"\n"
        for part in spool.parts():
            for node in part.nodes:
                out.write(nodes_comma + node.model_dump_json().encode())
                nodes_comma = b",\n"
            for edge in part.edges:
                edges.write(edges_comma + edge.model_dump_json().encode())
                edges_comma = b",\n"
        out.write(b'\n], "edges": [')
        _copy(edges, out)
    out.write(b"\n]}\n")


def write_csv(spool: Spool, out: IO[bytes], folder: Path) -> None:
    """RFC 4180 in UTF-8 with a byte order mark, without which spreadsheets guess the encoding."""
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=True)
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for part in spool.parts():
        table.writerows(rows(part))
    text.flush()
    text.detach()


def write_prov(spool: Spool, out: IO[bytes], folder: Path) -> None:
    """PROV-JSON has an object for each kind of record: each waits in a file of its own meanwhile."""
    with ExitStack() as stack:
        sections = {name: stack.enter_context(tempfile.TemporaryFile(dir=folder)) for name in SECTIONS}
        for part in spool.parts():
            for section, own, said in prov_records(part):
                file = sections[section]
                comma = b",\n" if file.tell() else b"\n"
                file.write(comma + _text(own) + b": " + _text(said))
        out.write(b'{"prefix": ' + _text(PREFIX))
        for name, file in sections.items():
            if file.tell():
                out.write(b",\n" + _text(name) + b": {")
                _copy(file, out)
                out.write(b"\n}")
        out.write(b"}\n")


def write_openlineage(spool: Spool, out: IO[bytes], folder: Path) -> None:
    """One event a line, as their transports and files have them."""
    for part in spool.parts():
        for event in run_events(part, spool.campaign, spool.earliest):
            out.write(_text(event) + b"\n")


FORMATS: dict[str, tuple[str, Writer]] = {
    "json": ("lineage.json", write_json),
    "csv": ("lineage.csv", write_csv),
    "prov": ("prov.json", write_prov),
    "openlineage": ("openlineage.ndjson", write_openlineage),
}


def _text(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _copy(source: IO[bytes], out: IO[bytes]) -> None:
    source.seek(0)
    shutil.copyfileobj(source, out)
