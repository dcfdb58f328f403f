"""What must hold after any death and the recovery from it. Imports nothing of the product: it reads the catalog with
plain SQL, the folders of store and public shelf, and the sandbox's invoice as an outsider would.

The names I1 to I8 are those of docs/reliability.md.
"""

import hashlib
import io
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import c2pa
import psycopg
from psycopg.rows import dict_row

Row = dict[str, Any]
TABLES = (
    "campaigns", "revisions", "generations", "wanted", "attempts", "ledger", "purses", "hook_events",
    "assets", "findings", "decisions", "renditions", "publications", "manifests", "fingerprints",
    "verdicts", "standings", "looks", "focuses",
)  # fmt: skip
LOG = ("events", "personal_texts", "checkpoints")  # of the audit, which has a check of its own
SETTLED = {"asset", "refused", "rejected", "failed", "unknown"}
# An outcome that was unknown once: it still is, or somebody found out that nothing was bought.
IN_DOUBT = {"unknown", "not_taken"}
# Reservations, releases and charges of an attempt, by its outcome; of any other outcome one of each.
_WRITTEN = {"unknown": (1, 0, 0), "taken_back": (1, 1, 0), "not_taken": (1, 1, 0)}
_LIST = "publications.json"
_CURRENT = "current.json"
_UNIT = Decimal(1_000_000)
# C2PA claim signing, e-mail protection, document signing.
_PURPOSES = "1.3.6.1.4.1.62558.2.1\n1.3.6.1.5.5.7.3.4\n1.3.6.1.5.5.7.3.36"


@dataclass(frozen=True)
class Line:
    """One accepted task on the invoice; ``micros`` is what is charged for it in the end."""

    id: str
    wish: tuple[str, int, int, int]
    micros: int


@dataclass(frozen=True)
class Evidence:
    """All that a run leaves."""

    rows: Mapping[str, list[Row]]
    store: Mapping[str, bytes] = field(repr=False)
    shelf: Mapping[str, bytes] = field(repr=False)
    invoice: list[Line] = field(repr=False)

    def of(self, table: str, key: str = "id") -> dict[Any, Row]:
        return {row[key]: row for row in self.rows[table]}

    def digest(self) -> dict[str, str]:
        """By part: equal digests mean that nothing changed."""
        parts: dict[str, object] = {
            table: sorted(json.dumps(row, sort_keys=True, default=str) for row in rows)
            for table, rows in self.rows.items()
        }
        for name, files in (("store", self.store), ("shelf", self.shelf)):
            parts[name] = sorted((path, hashlib.sha256(content).hexdigest()) for path, content in files.items())
        parts["invoice"] = [str(line) for line in self.invoice]
        return {name: hashlib.sha256(repr(part).encode()).hexdigest() for name, part in parts.items()}


def gather(database: str, home: Path) -> Evidence:
    return Evidence(
        rows=read_rows(database), store=_files(home / "store" / "sha256"), shelf=_files(home / "cdn"),
        invoice=read_invoice(home / "sandbox" / "invoice.jsonl"),
    )  # fmt: skip


def read_rows(database: str) -> dict[str, list[Row]]:
    """``database`` is the path of a SQLite file or a postgresql:// address."""
    if database.startswith("postgresql"):
        with psycopg.connect(database.replace("+psycopg", ""), row_factory=dict_row) as server:
            return {table: server.execute(f"SELECT * FROM {table}").fetchall() for table in TABLES}  # noqa: S608
    file = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        file.row_factory = sqlite3.Row
        return {table: [dict(row) for row in file.execute(f"SELECT * FROM {table}")] for table in TABLES}  # noqa: S608
    finally:
        file.close()


def read_invoice(path: Path) -> list[Line]:
    lines: dict[str, Line] = {}
    for text in path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []:
        if not text.endswith("\n"):
            continue  # cut short by a crash of the sandbox itself: never answered for
        event = json.loads(text)
        if event["event"] == "accepted":
            wish = (event["prompt"], event["seed"], event["width"], event["height"])
            lines[event["id"]] = Line(event["id"], wish, _micros(event["amount"]))
        elif event["event"] == "settled":
            known = lines[event["id"]]
            lines[event["id"]] = Line(known.id, known.wish, _micros(event["amount"]))
    return list(lines.values())


def _micros(amount: str) -> int:
    exact = Decimal(amount) * _UNIT
    if exact != int(exact):
        raise ValueError(f"an invoice finer than a millionth: {amount}")
    return int(exact)


def _files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def violations(
    evidence: Evidence, *, anchors: str = "", published: bool = True, in_doubt: int | None = None
) -> list[str]:
    """Everything that is not as it must be. ``anchors`` are certificates in PEM that published files must be signed
    under; ``published``: the run was to publish all it made; ``in_doubt``: how many submits were on their way at the
    deaths, which bounds the outcomes that may be unknown."""
    return [
        *_every_variant_ended(evidence, published),
        *_bought_at_most_once(evidence, in_doubt),
        *_ledger_is_the_invoice(evidence),
        *_purses_are_sums(evidence),
        *_objects_are_there(evidence),
        *_public_files_are_approved(evidence, anchors),
    ]


def changed(before: Evidence, after: Evidence) -> list[str]:
    """I8: what a second recovery changed."""
    then, now = before.digest(), after.digest()
    return [f"I8: another run changed {part}" for part in now if then[part] != now[part]]


def rewritten(before: Iterable[Row], after: Iterable[Row]) -> list[str]:
    """In place of I7: rows of the ledger that were changed or are gone. ``before`` is from the moment of the death."""
    now = {row["id"]: row for row in after}
    return [f"I7: ledger row {row['id']} was rewritten" for row in before if now.get(row["id"]) != row]


def unknown_attempts(evidence: Evidence) -> int:
    return sum(a["outcome"] in IN_DOUBT for a in evidence.rows["attempts"])


def excess_lines(evidence: Evidence) -> list[Line]:
    """Lines that no row of the ledger bears the id of."""
    booked = {row["request_id"] for row in evidence.rows["ledger"] if row["kind"] in ("charge", "correction")}
    return [line for line in evidence.invoice if line.id not in booked]


def strays(evidence: Evidence) -> tuple[int, int]:
    """Objects in the store that nothing refers to, and temporary files on the shelf. The product has no collector
    yet, so I4 can only be counted; what strays on the shelf is never listed."""
    known = _referenced(evidence)
    return (
        sum(path.rpartition("/")[2] not in known for path in evidence.store),
        sum(path.rpartition("/")[2].startswith(".") for path in evidence.shelf),
    )


def _referenced(evidence: Evidence) -> set[str]:
    rows = evidence.rows
    known = {row["original_sha256"] for row in rows["generations"]} | {row["sha256"] for row in rows["assets"]}
    known |= {row[name] for row in rows["renditions"] for name in ("sha256", "manifest_sha256")}
    known |= {row["sha256"] for row in rows["manifests"]}
    for row in rows["generations"]:
        uses = json.loads(row["references"]) if isinstance(row["references"], str) else row["references"]
        known |= {use["sha256"] for use in uses}
    return known


def _every_variant_ended(evidence: Evidence, published: bool) -> list[str]:
    found = []
    generations, assets = evidence.of("generations"), evidence.of("assets", "generation")
    newest = {row["slug"]: row["revision"] for row in evidence.rows["campaigns"]}
    wanted = [w["generation"] for w in evidence.rows["wanted"] if newest[w["campaign"]] == w["revision"]]
    made = Counter(row["asset"] for row in evidence.rows["renditions"])
    if not wanted:
        found.append("I1: the campaign wants nothing")
    for key, count in Counter(wanted).items():
        row = generations[key]
        if count != 1 or row["state"] not in SETTLED:
            found.append(f"I1: {key} is {row['state']}, wanted {count} times")
        if (row["state"] == "asset") != (key in assets and assets[key]["state"] != "rejected"):
            found.append(f"I1: {key} is {row['state']} and its asset is {assets.get(key, {}).get('state')}")
        if row["state"] == "asset" and not made[row["asset_id"]]:
            found.append(f"I1: {key} has no rendition")
    opened = [p["rendition"] for p in evidence.rows["publications"] if p["published_until"] is None]
    if published and set(opened) != set(evidence.of("renditions")):
        found.append(f"I1: {len(opened)} of {len(evidence.rows['renditions'])} renditions are published")
    states = {row["state"] for row in evidence.rows["generations"]}
    found += [
        f"I1: attempt {a['number']} of {a['generation']} never ended"
        for a in evidence.rows["attempts"]
        if a["outcome"] is None and states <= SETTLED
    ]
    return found


def _bought_at_most_once(evidence: Evidence, in_doubt: int | None) -> list[str]:
    found = []
    doubts = Counter(a["generation"] for a in evidence.rows["attempts"] if a["outcome"] in IN_DOUBT)
    lines = Counter(line.wish for line in evidence.invoice)
    wishes = {(g["prompt"], g["seed"], g["width"], g["height"]): g["id"] for g in evidence.rows["generations"]}
    # An order that the vendor took and refused or lost is on record as such, and another one may follow.
    ended = Counter(a["generation"] for a in evidence.rows["attempts"] if a["request_id"] is not None)
    for wish, count in lines.items():
        key = wishes.get(wish)
        if key is None:
            found.append(f"I2: {count} lines for something nobody wanted: {wish}")
        elif count > max(1, ended[key]) + doubts[key]:
            found.append(f"I2: {count} lines for {key}, whose outcome was unknown {doubts[key]} times")
    if in_doubt is not None and doubts.total() > in_doubt:
        found.append(f"I2: {doubts.total()} unknown outcomes, and {in_doubt} submits were on their way")
    return found


def _ledger_is_the_invoice(evidence: Evidence) -> list[str]:
    found = []
    booked: dict[str, int] = defaultdict(int)
    for row in evidence.rows["ledger"]:
        if row["kind"] in ("charge", "correction"):
            if row["request_id"] is None and row["micros"]:
                found.append(f"I3: {row['id']} charges {row['micros']} for no task")
            elif row["request_id"] is not None:
                booked[row["request_id"]] += row["micros"]
    lines = {line.id: line for line in evidence.invoice}
    for task, micros in booked.items():
        if task not in lines:
            found.append(f"I3: the ledger has {micros} for task {task}, which is not on the invoice")
        elif lines[task].micros != micros:
            found.append(f"I3: task {task} is booked at {micros} and invoiced at {lines[task].micros}")
    unknown = {
        (g["prompt"], g["seed"], g["width"], g["height"])
        for g in evidence.rows["generations"]
        for a in evidence.rows["attempts"]
        if a["generation"] == g["id"] and a["outcome"] in IN_DOUBT
    }
    for line in excess_lines(evidence):
        if line.wish not in unknown:
            found.append(f"I3: task {line.id} is invoiced, not in the ledger, and nothing is unknown about its order")
    return found


def _purses_are_sums(evidence: Evidence) -> list[str]:
    spent: dict[str, int] = defaultdict(int)
    reserved: dict[str, int] = defaultdict(int)
    kinds = Counter((r["generation"], r["attempt"], r["kind"]) for r in evidence.rows["ledger"])
    for row in evidence.rows["ledger"]:
        names = (f"campaign/{row['campaign']}", f"brand/{row['brand'].casefold()}/{row['currency']}",
                 f"day/{row['day']}/{row['currency']}")  # fmt: skip
        sign = {"reservation": 1, "release": -1}.get(row["kind"], 0)
        for name in names:
            reserved[name] += sign * row["micros"]
            spent[name] += 0 if sign else row["micros"]
    found = [
        f"I7: purse {p['purse']} says {p['spent']} spent and {p['reserved']} reserved, its rows {spent[p['purse']]} "
        f"and {reserved[p['purse']]}"
        for p in evidence.rows["purses"]
        if (p["spent"], p["reserved"]) != (spent[p["purse"]], reserved[p["purse"]])
    ]
    for attempt in evidence.rows["attempts"]:
        key = (attempt["generation"], attempt["number"])
        counts = tuple(kinds[(*key, kind)] for kind in ("reservation", "release", "charge"))
        outcome = attempt["outcome"]
        right = (
            (1, 0, 0) if outcome == "unknown" else (1, 1, 0) if outcome in ("taken_back", "not_taken") else (1, 1, 1)
        )
        if outcome is not None and counts != right:
            found.append(f"I3: attempt {key} is {outcome} with reservations, releases, charges {counts}")
    return found


def _objects_are_there(evidence: Evidence) -> list[str]:
    objects = {path.rpartition("/")[2]: content for path, content in evidence.store.items()}
    found = [
        f"I5: object {digest} has other bytes"
        for digest, content in objects.items()
        if not digest.startswith(".") and hashlib.sha256(content).hexdigest() != digest
    ]
    promised = [(digest, None) for digest in _referenced(evidence) if digest is not None]
    promised += [(row["sha256"], row["bytes"]) for table in ("assets", "renditions") for row in evidence.rows[table]]
    for digest, size in promised:
        if digest not in objects:
            found.append(f"I5: {digest} is on record and not in the store")
        elif size is not None and len(objects[digest]) != size:
            found.append(f"I5: {digest} has {len(objects[digest])} bytes, not {size}")
    return found


def _public_files_are_approved(evidence: Evidence, anchors: str) -> list[str]:
    found = []
    renditions, assets = evidence.of("renditions"), evidence.of("assets")
    opened = {p["key"]: p for p in evidence.rows["publications"] if p["published_until"] is None}
    for key, publication in opened.items():
        rendition = renditions.get(publication["rendition"])
        if rendition is None:
            found.append(f"I6: {key} is public and its rendition is not on record")
            continue
        asset = assets[rendition["asset"]]
        content = evidence.shelf.get(key, b"")
        if asset["state"] != "approved":
            found.append(f"I6: {key} is public and its asset {asset['state']}")
        if hashlib.sha256(content).hexdigest() != publication["sha256"]:
            found.append(f"I5: {key} is public with other bytes, or none")
        elif anchors and (state := _signature(key, content, anchors)) != "Trusted":
            found.append(f"I6: the signature of {key} is {state}")
    for path, content in evidence.shelf.items():
        name = path.rpartition("/")[2]
        if name == _LIST:
            listed = {entry["rendition"] for entry in json.loads(content)["publications"]}
            if listed != {p["rendition"] for p in opened.values()}:
                found.append(f"I6: {path} lists {len(listed)} files, {len(opened)} are public")
        elif path == _CURRENT:
            for each in json.loads(content)["campaigns"]:
                if hashlib.sha256(evidence.shelf.get(f"{each['campaign']}/{_LIST}", b"")).hexdigest() != each["sha256"]:
                    found.append(f"I6: {path} names another list of {each['campaign']} than is public")
        elif path not in (*opened, f"{_CURRENT}.jws") and not name.startswith("."):
            found.append(f"I6: {path} is public and no publication says so")
    return found


def _signature(key: str, content: bytes, anchors: str) -> str:
    media_type = {"jpg": "image/jpeg", "png": "image/png"}[key.rpartition(".")[2]]
    anchor = {"trust_uri": "urn:checker", "trust_kind": "manifest", "trust_anchors": anchors}
    settings = {
        "trust": {"anchors": [anchor], "trust_config": _PURPOSES},
        "verify": {"verify_trust": True, "remote_manifest_fetch": False, "ocsp_fetch": False},
    }
    with c2pa.Reader(media_type, io.BytesIO(content), context=c2pa.Context.from_dict(settings)) as reader:
        return str(json.loads(reader.json()).get("validation_state"))
