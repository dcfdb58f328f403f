"""Checks an audit pack, with Python 3.9 or later and, for signatures, openssl: see README.txt beside it."""

import base64
import hashlib
import json
import runpy
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter, defaultdict
from datetime import datetime
from decimal import Decimal
from functools import partial
from pathlib import Path

HELD = ["revision", "manifest", "original", "rendition", "reference"]  # the last three are pictures
KINDS = "revision generation attempt asset round decision comment rendition publication sighting verdict"
LOGGED = {**{f"{kind}s": kind for kind in KINDS.split()}, "ledger": "money"}
TOLD = {"state", "sha256", "action", "basis", "currency", "micros", "key"}  # what events show of a row
WAYS = ["sha256", "sha384", "sha512", "sha256 -pkeyopt digest:sha256 -pkeyopt rsa_padding_mode:pss", "text -rawin"]


class Pack:
    def __init__(self, place):
        archive = zipfile.ZipFile(place) if place.is_file() else None
        names = [p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file()]
        self.problems, self.notes, self.names = [], [], set(archive.namelist() if archive else names)
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


def bindings(pack, head, nodes, edges):
    for lost in head["missing"]:
        pack.say(lost["id"], f"the store could not give its bytes: {lost['reason']}")
    known = {lost["sha256"] for lost in head["missing"]} | {Path(name).stem for name in pack.names}
    for key, node in nodes.items():
        if node["kind"] in HELD[: 5 if head["pictures"] else 2] and node["sha256"] not in known:
            pack.say(key, "its bytes are not in the pack")
    findings, seen, decided = defaultdict(dict), defaultdict(set), []
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
    for (asset, _), found in findings.items():
        seen[asset].add(digest([finding for _, finding in sorted(found.items())]))
    for asset, decision in decided:
        if nodes[decision]["facts"]["findings_sha256"] not in (seen[asset] or {digest([])}):
            pack.say(decision, "it was made on other findings than the pack holds")


def log(pack, nodes):
    hashes, rows, said = {}, {}, {}
    for event in pack.lines("log/events.ndjson"):
        number, kind, hashed = event["sequence"], LOGGED.get(event["about"]), {**event}
        if hashed.pop("hash") != digest(hashed, separators=(",", ":")) or number in hashes:
            pack.say(f"event {number}", "its hash is not that of what it says, or it is there twice")
        hashes[number] = event["hash"]
        if kind and event["kind"] != "removed":
            shown = {word: event["body"][word] for word in TOLD & event["body"].keys()}
            rows.setdefault(f"{kind}:{event['subject']}", {}).update(shown)
    for key, node in ((k, n) for k, n in nodes.items() if n["kind"] in LOGGED.values()):
        cash = node["money"] or {"amount": 0}
        row = {**node, **cash, "micros": Decimal(cash["amount"]) * 10**6, "action": node["state"], "key": node["name"]}
        said[key] = {word: row[word] for word in rows.get(key, ())}
    pack.agree("lineage.json", said, "the log", rows)
    size, root = checkpoint(pack)
    for proof in pack.lines("log/proofs.ndjson"):  # RFC 9162, section 2.1.3.2
        number, last = proof["sequence"] - 1, size - 1
        node = hashlib.sha256(b"\0" + bytes.fromhex(hashes.pop(proof["sequence"], ""))).digest()
        for other in map(bytes.fromhex, proof["path"]):
            right = number & 1 or number == last
            node = hashlib.sha256(b"\1" + (other + node if right else node + other)).digest()
            while right and number and not number & 1:
                number, last = number >> 1, last >> 1
            number, last = number >> 1, last >> 1
        if last or node != root:
            pack.say(f"event {proof['sequence']}", "its proof does not lead to the checkpoint")
    pack.problems += [f"event {number}: no proof leads from it to a checkpoint" for number in hashes if number <= size]
    pack.notes += [f"{len(hashes)} events came after the checkpoint"] if max(hashes, default=0) > size else []


def checkpoint(pack):
    if "log/checkpoint.txt" not in pack.names:
        return 0, pack.notes.append("there is no checkpoint of the log in it")
    _, size, root, at, certificate = pack.text("log/checkpoint.txt").splitlines()
    chain, certificate = pack.read("log/checkpoint.pem"), certificate[-64:]
    if digest(base64.b64decode(chain.split(b"-----")[2])) != certificate:
        pack.say("log/checkpoint.pem", "it is not the certificate that the checkpoint names")
    tool = shutil.which("openssl")
    if tool:
        at_second = datetime.strptime(f"{at[5:]}+0000", "%Y-%m-%dT%H:%M:%SZ%z").timestamp()
        openssl(pack, tool, {"text": pack.read("log/checkpoint.txt"), "chain": chain}, f"{at_second:.0f}")
    how = "was looked at by openssl" if tool else "was NOT CHECKED: there is no openssl here"
    pack.notes.append(f"the signature of the checkpoint over {size} events of {at[5:]} {how}")
    pack.notes.append(f"it is by the certificate with SHA-256 {certificate}: compare that with the brand's")
    return int(size), base64.b64decode(root)


def openssl(pack, tool, files, at):
    trust = [pack.read(name) for name in sorted(pack.names) if name.startswith("trust/") and name.endswith(".pem")]
    files.update({"trust": b"\n".join(trust), "signature": pack.read("log/checkpoint.sig")})
    files.update((name, hashlib.new(name, files["text"]).digest()) for name in ("sha256", "sha384", "sha512"))
    with tempfile.TemporaryDirectory() as place:
        for name, content in files.items():
            Path(place, name).write_bytes(content)
        run = partial(subprocess.run, cwd=place, capture_output=True, check=False)
        belongs = f"verify -partial_chain -attime {at} -CAfile trust -untrusted chain chain"
        if run([tool, *belongs.split()]).returncode:
            pack.say("log/checkpoint.pem", "openssl says that it leads to no certificate in trust/")
        ways = [f"pkeyutl -verify -certin -inkey chain -sigfile signature -in {way}".split() for way in WAYS]
        if all(run([tool, *way]).returncode for way in ways):
            pack.say("log/checkpoint.sig", "openssl says that the signature does not hold")


def main(arguments):
    pack = Pack(Path(arguments[0]) if arguments else Path(__file__).resolve().parent)
    try:
        head, document = json.loads(pack.text("pack.json")), json.loads(pack.text("lineage.json"))
        nodes, edges, counts = {n["id"]: n for n in document["nodes"]}, document["edges"], document["counts"]
        kinds = dict(Counter(node["kind"] for node in nodes.values()))
        if not counts == head["counts"] == {**counts, "nodes": kinds, "edges": len(edges)}:
            pack.say("lineage.json", "it does not hold what it and pack.json say it holds")
        files(pack, head["files"])
        money(pack, nodes, edges, counts["money"])
        if (beside := Path(__file__).with_name("check_formats.py")).is_file():
            runpy.run_path(str(beside))["formats"](pack, nodes, edges)
        else:
            pack.notes.append("check_formats.py is not beside this script: only lineage.json was read of the formats")
        bindings(pack, head, nodes, edges)
        log(pack, nodes)
    except (OSError, LookupError, ValueError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        pack.say("the pack", f"it cannot be read any further: {type(error).__name__}: {error}")
    for problem in pack.problems:
        sys.stdout.write(f"disagreement: {problem}\n".encode("ascii", "backslashreplace").decode())
    sys.stdout.write("".join(f"note: {note}\n" for note in pack.notes))
    sys.stdout.write(f"{len(pack.names)} files, {len(pack.problems)} disagreements\n")
    return 1 if pack.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
