"""Checks an audit pack: every digest, and that its parts agree. Python 3.9 or later, its standard library, no network.

    python3 -I check_pack.py [PACK.zip | FOLDER] [--tools]

Names each disagreement on a line of its own and ends with 1 when there is any. --tools also asks `c2patool` and
`openssl`, where they are installed."""

import csv
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

HELD = {"original": "pictures/originals", "rendition": "pictures/renditions", "reference": "pictures/references"}
ACTIVITIES, AGENTS = (
    ["attempt", "request", "check", "decision", "verdict", "withdrawal"],
    ["person", "vendor", "signer"],
)
COLUMNS = ["kind", "name", "at", "until", "state", "sha256", "bytes", "media_type", "address"]
TOLD = [
    "attempt",
    "money",
    "rendition",
    "publication",
    "decision",
    "asset",
    "check",
    "verdict",
]  # by OpenLineage, without fail


class Pack:
    def __init__(self, place):
        archive = zipfile.ZipFile(place) if place.is_file() else None
        names = [p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file()]
        self.names, self.problems = set(archive.namelist() if archive else names), []
        self.read = archive.read if archive else lambda name: (place / name).read_bytes()

    def text(self, name):
        return self.read(name).decode("utf-8-sig")

    def lines(self, name):
        return [json.loads(row) for row in self.text(name).splitlines()] if name in self.names else []

    def say(self, what, message):
        self.problems.append(f"{what}: {message}")

    def compare(self, one, first, two, second, message):
        for key in sorted(first - second):
            self.say(key, f"{one} {message}, {two} not")


def digest(content):
    return hashlib.sha256(content).hexdigest()


def files(pack, listed):
    pack.compare("pack.json", listed.keys(), "the pack", pack.names, "lists it")
    pack.compare("the pack", pack.names - {"pack.json"}, "pack.json", listed.keys(), "has it")
    for name in sorted(listed.keys() & pack.names):
        content, stem = pack.read(name), Path(name).stem
        if (digest(content), len(content)) != (listed[name]["sha256"], listed[name]["bytes"]):
            pack.say(name, "its bytes are not those listed in pack.json")
        if name.startswith(("pictures/", "manifests/", "brief/")) and digest(content) != stem:
            pack.say(name, "its bytes do not have the digest in its name")


def money(pack, nodes, edges, said):
    sums, held = defaultdict(lambda: defaultdict(Decimal)), defaultdict(Decimal)
    payer = {e["target"]: e["source"] for e in edges if e["kind"] == "cost"}
    for key, row in ((k, n["money"]) for k, n in nodes.items() if n["money"]):
        if row["kind"] in ("charge", "correction"):
            sums[row["currency"]][row["basis"]] += Decimal(row["amount"])
        else:
            held[payer.get(key)] += Decimal(row["amount"]) * (1 if row["kind"] == "reservation" else -1)
    if {c: {b: Decimal(a) for b, a in s.items()} for c, s in said.items()} != sums:
        pack.say("lineage.json", "the charges do not add up to the sums it says")
    for key, left in held.items():
        if left < 0 or (left and nodes.get(key, {}).get("state") in ("delivered", "refused", "failed", "taken_back")):
            pack.say(key, f"its reservations and releases leave {left}")


def csv_table(pack, nodes, edges):
    plain = str.removeprefix if hasattr(str, "removeprefix") else lambda v, p: v[len(p) :] if v.startswith(p) else v
    rows = csv.DictReader(io.StringIO(pack.text("lineage.csv"), newline=""))
    table = {row["id"]: row for row in ({k: plain(v, "'") for k, v in r.items()} for r in rows)}
    same(pack, "lineage.csv", nodes, table)
    for key in sorted(nodes.keys() & table.keys()):
        node, row, cost = nodes[key], table[key], nodes[key]["money"] or {}
        wanted = {c: node[c] for c in COLUMNS} | {c: cost.get(c) for c in ("amount", "currency", "basis")}
        wrong = [c for c, v in wanted.items() if ("" if v is None else str(v)) != row[c]]
        wrong += ["money_kind"] * (row["money_kind"] != cost.get("kind", ""))
        if wrong or json.loads(row["facts"]) != node["facts"]:
            pack.say(key, f"lineage.csv says something else than lineage.json ({', '.join(wrong) or 'facts'})")
    arrows = {(*line.split(" ", 1), key) for key, row in table.items() for line in row["came_of"].splitlines()}
    if arrows != {(e["kind"], e["source"], e["target"]) for e in edges}:
        pack.say("lineage.csv", "its edges are not those of lineage.json")


def prov(pack, nodes, edges):
    document = json.loads(pack.text("prov.json"))
    found = {r["colophon:id"]: (s, r) for s in ("entity", "activity", "agent") for r in document.get(s, {}).values()}
    same(pack, "prov.json", nodes, found)
    for key in sorted(nodes.keys() & found.keys()):
        node, (section, record) = nodes[key], found[key]
        kind = "activity" if node["kind"] in ACTIVITIES else "agent" if node["kind"] in AGENTS else "entity"
        mine = (kind, node["name"], node["sha256"], node["state"], (node["money"] or {}).get("amount"))
        names = ("prov:label", "colophon:sha256", "colophon:state", "colophon:money_amount")
        if (section, *map(record.get, names)) != mine:
            pack.say(key, "prov.json says something else than lineage.json")
    if sum(len(v) for s, v in document.items() if s.startswith(("was", "used"))) != len(edges):
        pack.say("prov.json", "it has not as many relations as lineage.json has edges")


def openlineage(pack, nodes):
    facets = [event["run"]["facets"] for event in pack.lines("openlineage.ndjson")]
    told = {f["colophon_record"]["id"]: f["colophon_record"] for f in facets if "colophon_record" in f}
    pack.compare("openlineage.ndjson", told.keys(), "lineage.json", nodes.keys(), "has it")
    pack.compare(
        "lineage.json", {k for k in nodes if nodes[k]["kind"] in TOLD}, "openlineage.ndjson", told.keys(), "has it"
    )
    for key in sorted(nodes.keys() & told.keys()):
        if any(nodes[key][m] != told[key].get(m) for m in (*COLUMNS, "money", "facts")):
            pack.say(key, "openlineage.ndjson says something else than lineage.json")


def same(pack, name, nodes, other):
    pack.compare("lineage.json", nodes.keys(), name, other.keys(), "has it")
    pack.compare(name, other.keys(), "lineage.json", nodes.keys(), "has it")


def bindings(pack, head, nodes, edges):
    for lost in head["missing"]:
        pack.say(lost["id"], f"the store could not give its bytes: {lost['reason']}")
    known = {lost["sha256"] for lost in head["missing"]} | {Path(name).stem for name in pack.names}
    page = pack.text("report.html")
    for key, node in nodes.items():
        held = node["kind"] in ("revision", "manifest") or (head["pictures"] and node["kind"] in HELD)
        if held and node["sha256"] not in known:
            pack.say(key, "its bytes are not in the pack")
        if node["kind"] == "asset" and not (key in page and node["sha256"] in page):
            pack.say(key, "report.html does not show it with its digest")
    findings, latest = defaultdict(list), {}
    for edge in edges:
        one, two, target = nodes.get(edge["source"]), nodes.get(edge["target"]), edge["target"]
        if not one or not two:
            pack.say(target, f"an edge from {edge['source']} leads here, and one of them is not there")
        elif edge["kind"] in ("published_as", "accepted_as") and one["sha256"] != two["sha256"]:
            pack.say(target, f"it has other bytes than {edge['source']}, of which it came")
        elif edge["kind"] == "tested_by":
            empty = {"score": None, "reasons": [], "parameters": {}, "name": two["name"], "verdict": two["state"]}
            findings[edge["source"]].append((int(target.rpartition("/")[2]), {**empty, **two["facts"]}))
        elif edge["kind"] == "decided_by":
            latest[edge["source"]] = max(latest.get(edge["source"], ("", "")), (two["at"], target))
            if two["facts"]["asset_sha256"] != one["sha256"]:
                pack.say(target, "it decides about other bytes than its asset has")
    for asset, (_, decision) in latest.items():
        seen = [finding for _, finding in sorted(findings[asset], key=lambda each: each[0])]
        if nodes[decision]["facts"]["findings_sha256"] != digest(
            json.dumps(seen, sort_keys=True, ensure_ascii=False).encode()
        ):
            pack.say(decision, "it was made on other findings than the pack holds")


def log(pack):
    before = {}
    for event in pack.lines("log/events.ndjson"):
        said = json.dumps(
            {k: v for k, v in event.items() if k != "hash"}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )
        if digest(said.encode("utf-8", "surrogatepass")) != event["hash"]:
            pack.say(f"event {event['sequence']}", "its hash is not that of what it says")
        if before.get(event["sequence"] - 1, event["previous"]) != event["previous"]:
            pack.say(f"event {event['sequence']}", "it does not follow the event before it")
        before[event["sequence"]] = event["hash"]
    for proof in pack.lines("log/proofs.ndjson"):  # RFC 9162, section 2.1.3.2
        number, last = proof["sequence"] - 1, proof["size"] - 1
        node = hashlib.sha256(b"\0" + bytes.fromhex(before.get(proof["sequence"], ""))).digest()
        for other in map(bytes.fromhex, proof["path"]):
            right = number & 1 or number == last
            node = hashlib.sha256(b"\1" + (other + node if right else node + other)).digest()
            while right and number and not number & 1:
                number, last = number >> 1, last >> 1
            number, last = number >> 1, last >> 1
        if last or node.hex() != proof["root"]:
            pack.say(f"event {proof['sequence']}", "its proof does not lead to the root")
    return len(before)


def tools(pack):
    for tool, folder, words in (
        ("c2patool", "pictures/renditions/", []),
        ("openssl", "trust/", ["x509", "-noout", "-in"]),
    ):
        wanted = [name for name in sorted(pack.names) if name.startswith(folder) and not name.endswith(".json")]
        for name in wanted if shutil.which(tool) else []:
            with tempfile.TemporaryDirectory() as place:
                file = Path(place) / Path(name).name
                file.write_bytes(pack.read(name))
                if (done := subprocess.run([tool, *words, str(file)], capture_output=True, check=False)).returncode:
                    pack.say(name, f"{tool} does not accept it: {done.stderr.decode(errors='replace').strip()[:200]}")


def main(arguments):
    places = [Path(word) for word in arguments if word != "--tools"] or [Path(__file__).resolve().parent]
    pack, events = Pack(places[0]), 0
    try:
        head, document = json.loads(pack.text("pack.json")), json.loads(pack.text("lineage.json"))
        nodes, edges, counts = {n["id"]: n for n in document["nodes"]}, document["edges"], document["counts"]
        kinds = dict(Counter(node["kind"] for node in nodes.values()))
        if not counts == head["counts"] == {**counts, "nodes": kinds, "edges": len(edges)}:
            pack.say("lineage.json", "it does not hold what it and pack.json say it holds")
        files(pack, head["files"])
        money(pack, nodes, edges, counts["money"])
        csv_table(pack, nodes, edges)
        prov(pack, nodes, edges)
        openlineage(pack, nodes)
        bindings(pack, head, nodes, edges)
        events = log(pack)
        tools(pack) if "--tools" in arguments else None
    except (OSError, LookupError, ValueError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        pack.say("the pack", f"it cannot be read any further: {type(error).__name__}: {error}")
    for problem in pack.problems:
        sys.stdout.write(f"disagreement: {problem}\n".encode("ascii", "backslashreplace").decode())
    sys.stdout.write(f"{len(pack.names)} files, {events} log events, {len(pack.problems)} disagreements\n")
    return 1 if pack.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
