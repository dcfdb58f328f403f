"""Checks an audit pack, with Python 3.9 or later and nothing else: see README.txt beside it."""

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
ACTIVITIES = ["attempt", "request", "check", "decision", "verdict", "withdrawal"]
SECTION = {**dict.fromkeys(ACTIVITIES, "activity"), **dict.fromkeys(["person", "vendor", "signer"], "agent")}
COLUMNS = ["kind", "name", "at", "until", "state", "sha256", "bytes", "media_type", "address"]
MONEY = ["kind", "amount", "currency", "basis"]
SILENT = ["person", "vendor", "signer", "route", "request", "visual", "reference", "original", "manifest"]


class Pack:
    def __init__(self, place):
        archive = zipfile.ZipFile(place) if place.is_file() else None
        names = [p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file()]
        self.names, self.problems = set(archive.namelist() if archive else names), []
        self.read = archive.read if archive else lambda name: (place / name).read_bytes()

    def text(self, name):
        return self.read(name).decode("utf-8-sig")

    def lines(self, name):
        return [json.loads(row) for row in self.text(name).split("\n") if row] if name in self.names else []

    def say(self, what, message):
        self.problems.append(f"{what}: {message}")

    def agree(self, one, first, two, second):
        for key in sorted(first.keys() | second.keys()):
            if key not in first or key not in second:
                self.say(key, f"{one if key in first else two} has it, {two if key in first else one} has not")
            elif first[key] != second[key]:
                self.say(key, f"{two} says something else of it than {one}")


def digest(value, **how):
    if not isinstance(value, bytes):
        value = json.dumps(value, sort_keys=True, ensure_ascii=False, **how).encode("utf-8", "surrogatepass")
    return hashlib.sha256(value).hexdigest()


def files(pack, listed):
    contents = ((name, pack.read(name)) for name in sorted(pack.names - {"pack.json"}))
    found = {name: {"sha256": digest(content), "bytes": len(content)} for name, content in contents}
    pack.agree("pack.json", listed, "the pack", found)
    for name in found:
        if name.startswith(("pictures/", "manifests/", "brief/")) and found[name]["sha256"] != Path(name).stem:
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


def formats(pack, nodes, edges):
    flat = {k: [*map(n.get, COLUMNS), *map((n["money"] or {}).get, MONEY)] for k, n in nodes.items()}
    rows = csv.DictReader(io.StringIO(pack.text("lineage.csv"), newline=""))
    rows = [{name: cell[cell[:1] == "'" :] for name, cell in row.items()} for row in rows]
    cells = [*COLUMNS, "money_kind", *MONEY[1:]]
    told = {row["id"]: [*map(row.get, cells), json.loads(row["facts"])] for row in rows}
    said = {k: ["" if v is None else str(v) for v in flat[k]] + [n["facts"]] for k, n in nodes.items()}
    pack.agree("lineage.json", said, "lineage.csv", told)
    arrows = {(*line.split(" ", 1), row["id"]) for row in rows for line in row["came_of"].splitlines()}
    if arrows != {(e["kind"], e["source"], e["target"]) for e in edges}:
        pack.say("lineage.csv", "its edges are not those of lineage.json")
    prov = json.loads(pack.text("prov.json"))
    records = [(s, r) for s in ("entity", "activity", "agent") for r in prov.get(s, {}).values()]
    names = ["prov:label", "colophon:sha256", "colophon:state", *(f"colophon:money_{name}" for name in MONEY)]
    told = {record["colophon:id"]: [section, *map(record.get, names)] for section, record in records}
    said = {k: [SECTION.get(n["kind"], "entity"), n["name"], n["sha256"], n["state"]] for k, n in nodes.items()}
    pack.agree("lineage.json", {k: v + flat[k][-4:] for k, v in said.items()}, "prov.json", told)
    if sum(len(v) for s, v in prov.items() if s.startswith(("was", "used"))) != len(edges):
        pack.say("prov.json", "it has not as many relations as lineage.json has edges")
    facets = [event["run"]["facets"].get("colophon_record") for event in pack.lines("openlineage.ndjson")]
    told = {r["id"]: [*map(r.get, COLUMNS), r.get("money"), r["facts"]] for r in facets if r}
    said = {k: [*map(n.get, COLUMNS), n["money"], n["facts"]] for k, n in nodes.items() if n["kind"] not in SILENT}
    pack.agree("lineage.json", said, "openlineage.ndjson", told)


def bindings(pack, head, nodes, edges):
    for lost in head["missing"]:
        pack.say(lost["id"], f"the store could not give its bytes: {lost['reason']}")
    known = {lost["sha256"] for lost in head["missing"]} | {Path(name).stem for name in pack.names}
    page = pack.text("report.html")
    for key, node in nodes.items():
        held = node["kind"] in ("revision", "manifest") or (head["pictures"] and node["kind"] in HELD)
        if held and node["sha256"] not in known:
            pack.say(key, "its bytes are not in the pack")
        if node["kind"] == "asset" and not (key.partition(":")[2] in page and node["sha256"] in page):
            pack.say(key, "report.html does not show it with its digest")
    findings, decided = defaultdict(dict), []
    for edge in edges:
        source, target = edge["source"], edge["target"]
        one, two = nodes.get(source), nodes.get(target)
        if not one or not two:
            pack.say(target, f"an edge from {source} leads here, and one of them is not there")
        elif edge["kind"] in ("published_as", "accepted_as") and one["sha256"] != two["sha256"]:
            pack.say(target, f"it has other bytes than {source}, of which it came")
        elif edge["kind"] == "tested_by":
            empty = {"score": None, "reasons": [], "parameters": {}, "name": two["name"], "verdict": two["state"]}
            told = {key: value for key, value in two["facts"].items() if key not in ("round", "policy")}
            findings[source, two["facts"]["round"]][int(target.rpartition("/")[2])] = {**empty, **told}
        elif edge["kind"] == "decided_by":
            decided.append((source, target))
            if two["facts"]["asset_sha256"] != one["sha256"]:
                pack.say(target, "it decides about other bytes than its asset has")
    seen = defaultdict(set)
    for (asset, _), found in findings.items():
        seen[asset].add(digest([finding for _, finding in sorted(found.items())]))
    for asset, decision in decided:
        if nodes[decision]["facts"]["findings_sha256"] not in (seen[asset] or {digest([])}):
            pack.say(decision, "it was made on other findings than the pack holds")


def log(pack):
    before = {}
    for event in pack.lines("log/events.ndjson"):
        if event["hash"] != digest({k: v for k, v in event.items() if k != "hash"}, separators=(",", ":")):
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


def tools(pack, tool, folder, *words):
    for name in sorted(pack.names if shutil.which(tool) else ()):
        if name.startswith(folder) and not name.endswith(".json"):
            with tempfile.TemporaryDirectory() as place:
                file = Path(place) / Path(name).name
                file.write_bytes(pack.read(name))
                done = subprocess.run([tool, *words, str(file)], capture_output=True, check=False)
            if done.returncode:
                pack.say(name, f"{tool} does not accept it: {done.stderr.decode(errors='replace').strip()[:200]}")


def main(arguments):
    places = [Path(word) for word in arguments if word != "--tools"] or [Path(__file__).resolve().parent]
    pack = Pack(places[0])
    try:
        head, document = json.loads(pack.text("pack.json")), json.loads(pack.text("lineage.json"))
        nodes, edges, counts = {n["id"]: n for n in document["nodes"]}, document["edges"], document["counts"]
        kinds = dict(Counter(node["kind"] for node in nodes.values()))
        if not counts == head["counts"] == {**counts, "nodes": kinds, "edges": len(edges)}:
            pack.say("lineage.json", "it does not hold what it and pack.json say it holds")
        files(pack, head["files"])
        money(pack, nodes, edges, counts["money"])
        formats(pack, nodes, edges)
        bindings(pack, head, nodes, edges)
        log(pack)
        if "--tools" in arguments:
            tools(pack, "c2patool", "pictures/renditions/")
            tools(pack, "openssl", "trust/", "x509", "-noout", "-in")
    except (OSError, LookupError, ValueError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        pack.say("the pack", f"it cannot be read any further: {type(error).__name__}: {error}")
    for problem in pack.problems:
        sys.stdout.write(f"disagreement: {problem}\n".encode("ascii", "backslashreplace").decode())
    log_told = "" if "log/events.ndjson" in pack.names else "; there is no audit log in it to hold this against"
    sys.stdout.write(f"{len(pack.names)} files, {len(pack.problems)} disagreements{log_told}\n")
    return 1 if pack.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
