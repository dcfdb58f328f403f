"""Exports, reports and audit packs as a compliance officer meets them, and a pack checked where the product is not."""

import base64
import csv
import hashlib
import html
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from openlineage.client import event_v2, facet_v2
from prov.model import ProvDocument

from colophon.bootstrap import runtime
from colophon.bootstrap.exports import write_export
from colophon.domain.flat import unsafe
from colophon.errors import StoreUnavailable
from colophon.services.export import Read

from .conftest import Call, Session

ROOT = Path(__file__).parents[2]
PACKED = (
    "README.txt", "check_pack.py", "check_formats.py",
    "lineage.json", "lineage.csv", "prov.json", "openlineage.ndjson", "report.html",
    "compliance.json", "compliance.html",
)  # fmt: skip


@pytest.fixture
def published(session: Session, home: Path) -> Path:
    """A home in which one picture was published and withdrawn again."""
    home.symlink_to(session.home)
    return home


@pytest.fixture(scope="session")
def pack(session: Session, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack of the session's campaign, written by the installed command."""
    done = session.do("pack", "audit", "export", "spring", "--format", "pack")
    assert done.code == 0, done.out
    kept = tmp_path_factory.mktemp("pack") / "pack.zip"
    kept.write_bytes(Path(done.json["path"]).read_bytes())
    return kept


def unpacked(pack: Path, folder: Path) -> Path:
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(folder)
    return folder


def checked(folder: Path) -> tuple[int, list[str]]:
    """The script of a pack, in an empty environment and without this product on its path."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(folder / "check_pack.py"), str(folder)],
        env={},
        cwd=folder.parent,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert not done.stderr, done.stderr.decode()
    *said, last = done.stdout.decode().splitlines()
    named = [line for line in said if not line.startswith("note: ")]
    assert f", {len(named)} disagreements" in last
    return done.returncode, named


def test_every_export_says_the_same(published: Path, call: Call, tmp_path: Path) -> None:
    made: dict[str, Path] = {}
    for form in ("json", "csv", "prov", "openlineage"):
        out = tmp_path / form
        answer = call("audit", "export", "spring", "--format", form, "--out", str(out), "--json")
        assert answer.code == 0, answer.out
        nodes = answer.json["counts"]["nodes"]
        assert (nodes["withdrawal"], nodes["comment"], nodes["round"]) == (1, 1, nodes["asset"])
        assert (nodes["sighting"], nodes["run"]) == (1, 1)  # of a folder without a public address one way is asked
        made[form] = out
    document = json.loads(made["json"].read_text())
    jsonschema.validate(document, json.loads((ROOT / "schemas" / "lineage.schema.json").read_text()))
    ids = [node["id"] for node in document["nodes"]]
    assert len(ids) == len(set(ids))
    spent = call("ledger", "--json").json["totals"]["USD"]["spent"]
    assert spent in document["counts"]["money"]["USD"].values()

    page = written_report(call, tmp_path)
    for node in document["nodes"]:
        if node["kind"] == "comment":
            assert html.escape(node["facts"]["text"], quote=False) in page
        if node["kind"] == "sighting":
            assert node["name"] in page
    assert page.count("Round 1, ") == answer.json["counts"]["nodes"]["round"]

    rows = list(csv.DictReader(io.StringIO(made["csv"].read_text("utf-8-sig"), newline="")))
    assert [unsafe(row["id"]) for row in rows] == ids

    prov = ProvDocument.deserialize(made["prov"])
    records = list(prov.get_records())
    named = {str(value) for record in records for _, value in record.attributes if str(value) in set(ids)}
    assert named == set(ids)
    assert len(records) == len(ids) + len(document["edges"])
    kinds = {type(record).__name__ for record in records}
    assert kinds >= {"ProvUsage", "ProvGeneration", "ProvDerivation", "ProvAttribution", "ProvAssociation"}
    assert "ProvInvalidation" in kinds

    events = [json.loads(line) for line in made["openlineage"].read_text().splitlines()]
    runs = [read_event(event) for event in events]
    assert {run.eventType.value for run in runs if run.eventType} == {"START", "COMPLETE"}
    charged = {f["id"] for e in events if (f := e["run"]["facets"].get("colophon_record")) and f.get("money")}
    assert charged == {node["id"] for node in document["nodes"] if node["money"]}


def written_report(call: Call, folder: Path) -> str:
    answer = call("audit", "report", "spring", "--out", str(folder / "page.html"), "--json")
    assert answer.code == 0, answer.out
    return (folder / "page.html").read_text()


def read_event(event: dict[str, Any]) -> event_v2.RunEvent:
    """Through the classes of the specification's own client, which check times, UUIDs and URIs."""

    def facets(held: dict[str, Any]) -> None:
        for name, facet in held.items():
            base = facet_v2.BaseFacet(producer=facet["_producer"])
            assert base._producer == facet["_producer"], name
            assert facet["_schemaURL"].startswith("https://openlineage.io/spec/")

    for dataset in (*event["inputs"], *event["outputs"]):
        facets(dataset["facets"])
    facets(event["run"]["facets"])
    facets(event["job"]["facets"])
    assert event["schemaURL"] == "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
    return event_v2.RunEvent(
        eventType=event_v2.RunState(event["eventType"]),
        eventTime=event["eventTime"],
        run=event_v2.Run(event["run"]["runId"]),
        job=event_v2.Job(event["job"]["namespace"], event["job"]["name"]),
        inputs=[event_v2.InputDataset(d["namespace"], d["name"]) for d in event["inputs"]],
        outputs=[event_v2.OutputDataset(d["namespace"], d["name"]) for d in event["outputs"]],
        producer=event["producer"],
    )


def test_an_assets_lineage_is_a_part_of_its_campaigns(published: Path, call: Call, session: Session) -> None:
    asset = session.steps["show"].json["id"]
    graph = call("assets", "lineage", asset, "--json").json
    jsonschema.validate(graph, json.loads((ROOT / "schemas" / "lineage.schema.json").read_text()))
    kinds = [node["kind"] for node in graph["nodes"]]
    assert kinds.count("asset") == kinds.count("visual") == kinds.count("withdrawal") == 1
    assert {edge["source"] for edge in graph["edges"]} <= {node["id"] for node in graph["nodes"]}
    assert "publication" in call("assets", "lineage", asset).out
    assert call("assets", "lineage", "asset_none", "--json").code == 1


def test_a_pack_is_checked_without_the_product(pack: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(pack) as archive:
        names = archive.namelist()
        assert tuple(names[: len(PACKED)]) == PACKED
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert any(name.startswith("pictures/renditions/") for name in names)
    assert any(name.startswith("manifests/") for name in names)
    assert any(name.startswith("trust/") and name.endswith(".pem") for name in names)
    folder = unpacked(pack, tmp_path / "pack")
    assert all(len((folder / name).read_text().splitlines()) < 200 for name in ("check_pack.py", "check_formats.py"))
    assert checked(folder) == (0, [])


def amount(folder: Path) -> str:
    return edited(folder, "lineage.json", '"amount":"0.0', '"amount":"9.0')


def edited(folder: Path, name: str, old: str, new: str) -> str:
    text = (folder / name).read_text("utf-8")
    assert old in text, name
    (folder / name).write_text(text.replace(old, new, 1), "utf-8")
    return name


def picture(folder: Path) -> str:
    one = sorted((folder / "pictures" / "originals").iterdir())[0]
    one.write_bytes(one.read_bytes()[:-1] + b"x")
    return one.stem


def gone(folder: Path) -> str:
    one = sorted((folder / "manifests").iterdir())[0]
    one.unlink()
    return one.stem


def added(folder: Path) -> str:
    (folder / "pictures" / "more.jpg").write_bytes(b"x")
    return "more.jpg"


def decision(folder: Path) -> str:
    document = json.loads((folder / "lineage.json").read_text())
    node = next(node for node in document["nodes"] if node["kind"] == "decision")
    node["facts"]["asset_sha256"] = "0" * 64
    (folder / "lineage.json").write_text(json.dumps(document))
    return str(node["id"])


TAMPERINGS: list[Callable[[Path], str]] = [
    amount,
    picture,
    gone,
    added,
    decision,
    lambda folder: edited(folder, "lineage.csv", "approve by Ana", "approve by Eve"),
    lambda folder: edited(folder, "prov.json", "approve by Ana", "approve by Eve"),
    lambda folder: edited(folder, "openlineage.ndjson", '"state": "approve"', '"state": "reject"'),
    lambda folder: edited(folder, "lineage.json", '"edges": [\n{"kind"', '"edges": [{"kind":"wants","source":"x:1",'
                          '"target":"x:2"},\n{"kind"'),
    lambda folder: edited(folder, "pack.json", '"edges": ', '"edges": 9'),
]  # fmt: skip


@pytest.mark.parametrize("tamper", range(len(TAMPERINGS)))
def test_what_was_changed_in_a_pack_is_named(tamper: int, pack: Path, tmp_path: Path) -> None:
    folder = unpacked(pack, tmp_path / "pack")
    what = TAMPERINGS[tamper](folder)
    code, named = checked(folder)
    assert code == 1
    assert any(what in line for line in named), named


def test_a_changed_pack_with_a_new_list_is_still_named(pack: Path, tmp_path: Path) -> None:
    """Whoever changes a file and its digest in the list has to change all of the others alike."""
    folder = unpacked(pack, tmp_path / "pack")
    amount(folder)
    named = relisted(folder)
    assert any("money:" in line and "lineage.csv" in line for line in named)
    assert any("prov.json" in line for line in named)
    assert any("openlineage.ndjson" in line for line in named)


def relisted(folder: Path) -> list[str]:
    """What is named where the list of files was made to fit what was changed."""
    head = json.loads((folder / "pack.json").read_text())
    for name in head["files"]:
        content = (folder / name).read_bytes()
        head["files"][name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    (folder / "pack.json").write_text(json.dumps(head))
    return checked(folder)[1]


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(row) for row in (folder / "log" / name).read_text().splitlines()]


def rewritten(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    (folder / "log" / name).write_text("".join(json.dumps(row) + "\n" for row in rows))


def event_with_a_hash_made_to_fit(folder: Path) -> str:
    """A decision told otherwise, and its event too: nothing but the signed tree knows."""
    events = lines(folder, "events.ndjson")
    event = next(each for each in events if each["about"] == "decisions")
    event["at"] = "2020-01-01T00:00:00.000000Z"
    del event["hash"]
    text = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    event["hash"] = hashlib.sha256(text.encode()).hexdigest()
    rewritten(folder, "events.ndjson", events)
    return f"event {event['sequence']}: its proof does not lead to the checkpoint"


def event_changed(folder: Path) -> str:
    events = lines(folder, "events.ndjson")
    events[5]["digest"] = "0" * 64
    rewritten(folder, "events.ndjson", events)
    return f"event {events[5]['sequence']}: its hash is not that of what it says"


def proof_gone(folder: Path) -> str:
    proofs = lines(folder, "proofs.ndjson")
    rewritten(folder, "proofs.ndjson", proofs[1:])
    return f"event {proofs[0]['sequence']}: no proof leads from it"


def event_gone(folder: Path) -> str:
    events = lines(folder, "events.ndjson")
    [gone] = [each for each in events if each["about"] == "publications" and "published_until" not in each["body"]]
    rewritten(folder, "events.ndjson", [each for each in events if each["subject"] != gone["subject"]])
    return f"publication:{gone['subject']}: lineage.json has it, the log has not"


def another_tree(folder: Path) -> str:
    text = (folder / "log" / "checkpoint.txt").read_text().split("\n")
    text[2] = base64.b64encode(b"x" * 32).decode()
    (folder / "log" / "checkpoint.txt").write_text("\n".join(text))
    return "checkpoint.sig: openssl says that the signature does not hold"


def another_key(folder: Path) -> str:
    """Signed, but under a root that trust/ does not have."""
    from colophon.domain.checkpoint import Checkpoint
    from colophon.provenance.notes import BrandNotes
    from colophon.provenance.pki import make_development_ca

    log, stranger = folder / "log", folder.parent / "stranger"
    make_development_ca(stranger, organisation="Stranger", now=datetime.now(UTC))
    signer = BrandNotes((stranger / "chain.pem").read_text(), (stranger / "key.pem").read_text())
    origin, size, root, _, _ = (log / "checkpoint.txt").read_text().splitlines()
    made = Checkpoint(origin, int(size), base64.b64decode(root), datetime.now(UTC), signer.certificate)
    (log / "checkpoint.txt").write_text(made.text)
    (log / "checkpoint.pem").write_bytes(signer.chain)
    (log / "checkpoint.sig").write_bytes(signer.sign(made.text)[1])
    return "checkpoint.pem: openssl says that it leads to no certificate in trust/"


def asset_swapped(folder: Path) -> str:
    """The graph told otherwise, in all its forms: the log still says what was decided."""
    for name in ("lineage.json", "prov.json", "openlineage.ndjson", "lineage.csv"):
        text = (folder / name).read_text("utf-8")
        for before, after in (('"approve"', '"reject"'), (",approve,", ",reject,")):
            text = text.replace(before, after)
        (folder / name).write_text(text, "utf-8")
    return ": the log says something else of it than lineage.json"


LOG_TAMPERINGS = [
    event_with_a_hash_made_to_fit, event_changed, proof_gone, event_gone, another_tree, another_key, asset_swapped,
]  # fmt: skip


@pytest.mark.skipif(shutil.which("openssl") is None, reason="signatures of packs are checked by openssl")
@pytest.mark.parametrize("tamper", LOG_TAMPERINGS)
def test_a_pack_is_held_against_the_signed_log(tamper: Callable[[Path], str], pack: Path, tmp_path: Path) -> None:
    folder = unpacked(pack, tmp_path / "pack")
    what = tamper(folder)
    named = relisted(folder)
    assert any(what in line for line in named), named


def test_a_pack_without_openssl_says_what_was_not_checked(pack: Path, tmp_path: Path) -> None:
    folder = unpacked(pack, tmp_path / "pack")
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(folder / "check_pack.py"), str(folder)],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "NOT CHECKED: there is no openssl here" in done.stdout


def test_the_same_records_give_the_same_pack(published: Path, call: Call, pack: Path) -> None:
    again = call("audit", "export", "spring", "--format", "pack", "--out", "again.zip", "--json")
    assert again.code == 0, again.out
    assert Path("again.zip").read_bytes() == pack.read_bytes()
    bare = call("audit", "export", "spring", "--format", "pack", "--without-pictures", "--out", "bare.zip", "--json")
    assert bare.json["bytes"] < again.json["bytes"]
    assert checked(unpacked(Path("bare.zip"), Path("bare").absolute())) == (0, [])


def test_a_lost_original_is_named_and_the_rest_is_there(bought: Path, call: Call, tmp_path: Path) -> None:
    asset = call("assets", "list", "--json").json["assets"][0]
    lost = next(path for path in (bought / "store").rglob(asset["sha256"]))
    lost.unlink()
    answer = call("audit", "export", "spring", "--format", "pack", "--json")
    assert answer.code == 1
    assert {row["sha256"] for row in answer.json["missing"]} == {asset["sha256"]}
    code, named = checked(unpacked(Path(answer.json["path"]), tmp_path / "pack"))
    assert code == 1
    assert all("the store could not give its bytes" in line for line in named)


def test_the_compliance_sheet_names_what_is_missing(pack: Path) -> None:
    with zipfile.ZipFile(pack) as archive:
        view = json.loads(archive.read("compliance.json"))
        page = archive.read("compliance.html").decode()
    assert "no legal advice" in view["notice"]
    states = {row["name"]: row["state"] for row in view["missing"]}
    assert states["watermark"] == "not recorded"
    assert states["time_stamp"] == "missing"
    assert states["label_asked"] == "missing"
    assert {f["id"] for f in view["frameworks"]} == {
        "eu-ai-act-50", "eu-code-of-practice", "california-sb-942", "new-york-396-b",
    }  # fmt: skip
    assert "compliant" not in page
    assert all(row["words"] in page.replace("&#39;", "'") for row in view["missing"])


def test_a_report_stands_alone(bought: Path, call: Call) -> None:
    answer = call("audit", "report", "spring", "--out", "report.html", "--json")
    assert answer.code == 0, answer.out
    page = Path("report.html").read_text()
    assert page.count("data:image/jpeg;base64,") >= 3
    assert "<script" not in page
    assert "settled: the vendor's final word" in page.replace("&#39;", "'")
    assert "waits for a person" in page
    assert "approve" in page


def test_a_file_of_somebody_else_stays(bought: Path, call: Call) -> None:
    Path("mine.json").write_text("mine")
    refused = call("audit", "export", "spring", "--out", "mine.json", "--json")
    assert refused.code == 1
    assert refused.error["code"] == "conflict"
    assert Path("mine.json").read_text() == "mine"
    first = call("audit", "export", "spring", "--out", "new.json", "--json").json
    again = call("audit", "export", "spring", "--out", "new.json", "--json").json
    assert (first["unchanged"], again["unchanged"]) == (False, True)
    assert call("audit", "export", "spring", "--out", "mine.json", "--replace").code == 0
    assert json.loads(Path("mine.json").read_text())["subject"] == "campaign:spring"


@pytest.mark.parametrize("out", ["no/such/folder/x.json", "."])
def test_a_place_that_cannot_be_is_told(out: str, bought: Path, call: Call) -> None:
    answer = call("audit", "export", "spring", "--out", out, "--json")
    assert (answer.code, answer.error["where"]) == (2, out)


def test_an_unknown_campaign_leaves_nothing(bought: Path, call: Call) -> None:
    answer = call("audit", "export", "../nobody", "--json")
    assert answer.code == 1
    assert answer.error["code"] == "not_found"
    assert not (bought / "exports").exists()


def test_an_export_cut_short_leaves_nothing_half(bought: Path, home: Path) -> None:
    """Where its read cannot be noted nobody has it; drafts of writers that died are removed, and it is done again."""

    def full(_: Read) -> None:
        raise StoreUnavailable("the log is full")

    runtime.cache_clear()
    out = home.parent / "lineage.json"
    dead = home.parent / ".lineage.json.dead.part"
    dead.write_bytes(b'{"half')
    os.utime(dead, (0, 0))
    with pytest.raises(StoreUnavailable):
        write_export("spring", "json", runtime(), out=out, note_read=full)
    assert not out.exists()
    told: list[Read] = []
    done = write_export("spring", "json", runtime(), out=out, note_read=told.append)
    assert told == [done.read]
    assert json.loads(out.read_bytes())["counts"] == done.counts.model_dump()
    assert [path.name for path in home.parent.iterdir() if path.name.endswith(".part")] == []
    runtime().close()
    runtime.cache_clear()
