"""Whether a pack's table, report, PROV document and OpenLineage events say what its graph says: for check_pack.py."""

import csv
import io
import json

AGENTS = ["person", "vendor", "signer"]
ACTIVITIES = ["run", "attempt", "request", "round", "check", "decision", "verdict", "withdrawal"]
SECTION = {**dict.fromkeys(ACTIVITIES, "activity"), **dict.fromkeys(AGENTS, "agent")}
COLUMNS = ["kind", "name", "at", "until", "state", "sha256", "bytes", "media_type", "address"]
MONEY = ["kind", "amount", "currency", "basis"]
SILENT = [*AGENTS, "route", "request", "visual", "reference", "original", "manifest"]


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
    page = pack.text("report.html")
    for key, node in nodes.items():
        if node["kind"] == "asset" and not (key.partition(":")[2] in page and node["sha256"] in page):
            pack.say(key, "report.html does not show it with its digest")
