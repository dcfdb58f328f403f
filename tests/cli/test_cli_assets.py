"""verify, ingest, identify, assets, status: questions about pictures."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from colophon.confined.stores import store_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Answer, Call, Session

SCRIPT = Path(sys.executable).with_name("colophon")


def plain_picture(width: int = 120, height: int = 90) -> bytes:
    file = io.BytesIO()
    Image.radial_gradient("L").resize((width, height)).convert("RGB").save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def rendition(session: Session) -> dict[str, Any]:
    """The signed file made from the picture that has papers."""
    view = session.steps["status"].json
    hero = next(a["id"] for a in view["assets"] if a["visual"] == "hero")
    found: dict[str, Any] = next(r for r in view["renditions"] if r["asset_id"] == hero)
    return found


@pytest.fixture
def signed(rendition: dict[str, Any], tmp_path: Path) -> Path:
    return Path(shutil.copy(rendition["path_or_key"], tmp_path / "signed.jpg"))


def test_a_signed_file_is_trusted_in_all_parts(call: Call, bought: Path, signed: Path, rendition: Any) -> None:
    answer = call("verify", str(signed), "--json")
    assert answer.code == 0
    [verdict] = answer.json
    assert (verdict["file"], verdict["sha256"]) == (str(signed), rendition["sha256"])
    assert (verdict["state"], verdict["integrity"], verdict["problems"]) == ("trusted", "intact", [])
    assert verdict["signer"]["trusted"] is True
    assert verdict["signer"]["anchor"] == "brand"
    assert {"organisation", "common_name"} <= verdict["signer"].keys()
    assert [link["trusted"] for link in verdict["chain"]] == [True, True]
    told = call("verify", str(signed))
    assert told.code == 0
    assert "trusted" in told.out
    assert "anchored in brand" in told.out


def test_one_bad_file_among_good_ones_makes_the_answer_no(
    call: Call, bought: Path, signed: Path, tmp_path: Path
) -> None:
    unsigned, changed, garbage = (tmp_path / name for name in ("unsigned.png", "changed.jpg", "garbage.bin"))
    unsigned.write_bytes(plain_picture())
    content = bytearray(signed.read_bytes())
    content[-30] ^= 1
    changed.write_bytes(content)
    garbage.write_bytes(os.urandom(500))
    answer = call("verify", *map(str, (signed, unsigned, changed, garbage)), "--json")
    assert answer.code == 1
    states = {Path(v["file"]).name: v["state"] for v in answer.json}
    assert states == {"signed.jpg": "trusted", "unsigned.png": "none", "changed.jpg": "invalid", "garbage.bin": "error"}
    assert next(v for v in answer.json if v["state"] == "invalid")["integrity"] == "broken"
    assert "Traceback" not in answer.err


def test_another_policy_and_another_day_change_the_trust_and_nothing_else(
    call: Call, bought: Path, signed: Path, tmp_path: Path
) -> None:
    policy = tmp_path / "nobody.toml"
    policy.write_text('name = "nobody"\nversion = "1"\nissued = 2026-01-01\n')
    [usual] = call("verify", str(signed), "--json").json
    answers = {
        "nobody": call("verify", str(signed), "--policy", str(policy), "--json"),
        "later": call("verify", str(signed), "--at", "2096-01-01", "--json"),
    }
    assert {name: (a.code, a.json[0]["state"]) for name, a in answers.items()} == {
        "nobody": (1, "valid"),
        "later": (1, "invalid"),
    }
    trust = ("signer", "policy", "lists", "state", "problems", "chain", "holds_until")
    for answer in answers.values():
        [verdict] = answer.json
        assert {k: v for k, v in verdict.items() if k not in trust} == {
            k: v for k, v in usual.items() if k not in trust
        }
        assert [link["label"] for link in verdict["chain"]] == [link["label"] for link in usual["chain"]]
        assert [link["integrity"] for link in verdict["chain"]] == ["intact", "intact"]
    assert answers["nobody"].json[0]["policy"]["name"] == "nobody"
    assert "signingCredential.expired" in answers["later"].json[0]["problems"]


def test_a_certificate_read_from_a_file_can_be_pinned(call: Call, bought: Path, signed: Path, tmp_path: Path) -> None:
    brand, vendor = call("certs", "of", str(signed), "--json").json
    assert [row["certificates"][0]["organisation"] for row in (brand, vendor)] == [
        "Example Brand (development)",
        "Colophon Sandbox",
    ]
    pins = "".join(
        f'[[anchor]]\nname = "{name}"\nkind = "vendor"\nreason = "seen"\npins = ["""\n{row["pem"]}"""]\n'
        for name, row in (("brand", brand), ("vendor", vendor))
    )
    policy = tmp_path / "pinned.toml"
    policy.write_text(f'name = "pinned"\nversion = "1"\nissued = 2026-01-01\n{pins}')
    answer = call("verify", str(signed), "--policy", str(policy), "--json")
    assert answer.code == 0
    assert [(link["anchor"], link["basis"]) for link in answer.json[0]["chain"]] == [
        ("brand", "pin"),
        ("vendor", "pin"),
    ]
    told = call("certs", "of", str(signed))
    assert told.out.count("BEGIN CERTIFICATE") == 2
    assert brand["certificates"][0]["sha256"] in told.out


def test_a_file_without_certificates_is_said_to_have_none(call: Call, ready: Path, tmp_path: Path) -> None:
    (tmp_path / "plain.png").write_bytes(plain_picture())
    answer = call("certs", "of", str(tmp_path / "plain.png"), "--json")
    assert (answer.code, answer.json["error"]["code"]) == (1, "not_found")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--at", "tomorrow"], "not a date"),
        (["--at", "2027-01-01T10:00:00"], "zone"),
        (["--policy", "missing.toml"], "cannot be read"),
        (["--policy", "/dev/zero"], "over 2000000 characters"),
        (["--policy", "broken.toml"], "not TOML"),
        (["--policy", "empty.toml"], "Field required"),
    ],
)
def test_what_cannot_be_judged_by_is_said(
    call: Call, bought: Path, signed: Path, tmp_path: Path, options: list[str], word: str
) -> None:
    (tmp_path / "broken.toml").write_text("name = ")
    (tmp_path / "empty.toml").write_text("")
    placed = [str(tmp_path / o) if o.endswith(".toml") else o for o in options]
    answer = call("verify", str(signed), *placed, "--json")
    assert answer.code == 2
    assert word in answer.json["error"]["message"]


def test_one_manifest_is_not_held_against_two_files(call: Call, bought: Path, signed: Path) -> None:
    assert call("verify", str(signed), str(signed), "--manifest", str(signed), "--json").code == 2


def test_words_from_a_file_cannot_command_the_terminal(call: Call, ready: Path, tmp_path: Path) -> None:
    name = tmp_path / "picture\x1b[2J\u202egnp.png"
    name.write_bytes(plain_picture())
    answer = call("verify", str(name))
    assert "\\x1b[2J\\u202egnp.png: none" in answer.out
    assert not {"\x1b", "\u202e"} & set(answer.out)


def test_a_strangers_home_does_not_trust_our_development_certificate(call: Call, ready: Path, signed: Path) -> None:
    answer = call("verify", str(signed), "--json")
    assert answer.code == 1
    [verdict] = answer.json
    assert (verdict["state"], verdict["integrity"]) == ("valid", "intact")
    assert verdict["signer"]["trusted"] is False


def test_verify_leaves_a_home_without_catalog_as_it_is(call: Call, ready: Path, signed: Path) -> None:
    for file in ready.glob("catalog.db*"):
        file.unlink()
    assert call("verify", str(signed), "--json").json[0]["state"] == "valid"
    assert list(ready.glob("catalog.db*")) == []


@pytest.mark.parametrize("name", ["missing.png", "."])
def test_a_file_that_cannot_be_read_is_named(call: Call, ready: Path, name: str) -> None:
    for command in ("verify", "ingest", "identify"):
        answer = call(command, name, "--json")
        assert answer.code in (1, 2)
        assert answer.error["where"] == name
        assert answer.error["message"]


def test_one_unreadable_file_among_several_is_a_row_of_its_own(call: Call, bought: Path, signed: Path) -> None:
    names = [str(signed), "missing.png", "."]
    answer = call("verify", *names, "--json")
    assert answer.code == 1
    good, missing, folder = answer.json
    assert [row["file"] for row in answer.json] == names
    assert good["state"] == "trusted"
    for row in (missing, folder):
        assert (row["state"], row["integrity"], row["chain"]) == ("error", "unknown", [])
        assert row.keys() == good.keys()
        assert len(row["problems"]) == 1
    told = call("verify", *names)
    assert told.code == 1
    assert "missing.png: error" in told.out
    assert call("verify", "missing.png", "--json").code == 2


@pytest.mark.parametrize("command", ["verify", "ingest", "identify"])
def test_a_pipe_and_a_device_are_refused_at_once(
    process: Callable[..., Answer], ready: Path, tmp_path: Path, command: str
) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    for name in ("pipe.png", "/dev/zero", "."):
        answer = process([command, name, "--json"], home=ready)
        assert (answer.code, answer.error["where"]) == (2, name)
        assert "not a regular file" in answer.error["message"]


def test_several_pictures_are_ingested_or_none(call: Call, ready: Path, tmp_path: Path) -> None:
    (tmp_path / "one.png").write_bytes(plain_picture())
    (tmp_path / "two.png").write_bytes(plain_picture(90, 120))
    (tmp_path / "note.png").write_bytes(b"no picture")
    answer = call("ingest", "one.png", "note.png", "two.png", "missing.png", "--json")
    assert (answer.code, answer.error["code"]) == (2, "invalid_input")
    assert [problem["file"] for problem in answer.error["problems"]] == ["note.png", "missing.png"]
    assert call("assets", "list", "--json").json["assets"] == []
    assert [path for path in (ready / "store").rglob("*") if path.is_file()] == []
    told = call("ingest", "one.png", "note.png", "missing.png")
    assert "note.png" in told.err
    assert "missing.png" in told.err
    done = call("ingest", "one.png", "two.png", "--json")
    assert (done.code, [row["file"] for row in done.json["assets"]]) == (0, ["one.png", "two.png"])


def test_a_file_name_that_is_not_text_is_no_reason_to_fall_over(
    process: Callable[..., Answer], ready: Path, tmp_path: Path
) -> None:
    name = b"caf\xe9.png"
    (tmp_path / os.fsdecode(name)).write_bytes(plain_picture())
    for flags in ([], ["--json"]):
        answer = process(["verify", os.fsdecode(name), *flags], home=ready)
        assert answer.code == 1
        assert "Traceback" not in answer.err
    assert answer.json[0]["file"] == os.fsdecode(name)


def test_a_name_that_is_not_text_is_not_found(process: Callable[..., Answer], ready: Path) -> None:
    answer = process(["status", os.fsdecode(b"caf\xe9"), "--json"], home=ready)
    assert answer.code in (1, 2)
    assert answer.error["message"]


@pytest.mark.parametrize("content", [b"", b"GIF89a not really", b"<html>"])
def test_only_pictures_are_ingested(call: Call, ready: Path, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.png").write_bytes(content)
    answer = call("ingest", "x.png", "--json")
    assert (answer.code, answer.error["code"]) == (2, "picture_error")
    assert call("assets", "list", "--json").json == {"assets": [], "next_cursor": None}


def test_a_picture_is_ingested_listed_paged_and_identified(call: Call, bought: Path, tmp_path: Path) -> None:
    (tmp_path / "own.png").write_bytes(plain_picture())
    answer = call("ingest", "own.png", "--json")
    assert answer.code == 0
    [made] = answer.json["assets"]
    assert (made["file"], made["campaign"], made["state"]) == ("own.png", "_outside", "held")
    assert call("ingest", "own.png", "--json").json["assets"] == [made]

    everything = call("assets", "list", "--json").json["assets"]
    assert len(everything) == 3
    assert everything[0]["id"] == made["id"]
    paged, cursor = [], None
    for _ in range(10):
        page = call("assets", "list", "--limit", "2", *(["--cursor", cursor] if cursor else []), "--json").json
        paged += page["assets"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert paged == everything
    assert len(call("assets", "list", "--campaign", "spring", "--json").json["assets"]) == 2

    found = call("identify", "own.png", "--json")
    assert found.code == 0
    [match] = found.json["matches"]
    assert (match["asset_id"], match["how"], match["score"], match["state"]) == (made["id"], "bytes", 1.0, "held")
    Image.linear_gradient("L").resize((300, 200)).save(tmp_path / "other.png")
    missed = call("identify", "other.png", "--json")
    assert (missed.code, missed.json["matches"]) == (1, [])


def test_identify_names_the_asset_of_a_published_file(call: Call, bought: Path, signed: Path, rendition: Any) -> None:
    [match] = call("identify", str(signed), "--json").json["matches"]
    assert (match["asset_id"], match["how"]) == (rendition["asset_id"], "rendition")
    shown = call("assets", "show", rendition["asset_id"], "--json").json
    assert shown["fingerprints"]["iscc"].startswith("ISCC:EED")


def test_a_stripped_copy_gets_its_manifest_back_as_recovered(
    call: Call, bought: Path, signed: Path, rendition: Any, tmp_path: Path
) -> None:
    copy, out = tmp_path / "copy.webp", tmp_path / "recovered.c2pa"
    with Image.open(signed) as picture:
        picture.save(copy, "WEBP", quality=70)
    answer = call("identify", str(copy), "--recover", str(out), "--json")
    [match] = answer.json["matches"]
    assert (answer.code, match["asset_id"], match["how"]) == (0, rendition["asset_id"], "fingerprint")
    assert (match["manifest"]["state"], answer.json["credentials"]["state"]) == ("recovered", "none")
    verdict = call("verify", str(copy), "--manifest", str(out), "--json")
    assert (verdict.code, verdict.json[0]["state"]) == (1, "invalid")
    text = call("identify", str(copy))
    assert "own credentials: none" in text.out
    assert f"recovered for {rendition['asset_id']}" in text.out
    again = call("identify", str(copy), "--recover", str(out), "--json")
    assert (again.code, again.json["error"]["code"]) == (2, "invalid_input")


def test_assets_are_shown_for_people(call: Call, bought: Path, rendition: Any) -> None:
    answer = call("assets", "show", rendition["asset_id"])
    assert answer.code == 0
    for words in ("Colophon Sandbox", "flux-2-pro", "A matte mug", "0.03 USD (settled)", "approve by Ana", "trusted"):
        assert words in answer.out


@pytest.mark.parametrize(
    "command",
    [("status", "nowhere"), ("assets", "show", "asset_none"), ("publish", "nowhere"), ("unpublish", "nowhere")],
)
def test_what_is_not_there_is_exit_one(call: Call, ready: Path, command: tuple[str, ...]) -> None:
    answer = call(*command, "--json")
    assert (answer.code, answer.error["code"]) == (1, "not_found")
    assert command[-1] in answer.error["message"]
    told = call(*command)
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith("error: ")


@pytest.mark.parametrize("limit", ["0", "1001", "ten"])
def test_a_page_has_bounds(call: Call, ready: Path, limit: str) -> None:
    assert call("assets", "list", "--limit", limit, "--json").error["code"] == "invalid_input"


def test_lists_of_an_empty_catalog_are_empty(call: Call, ready: Path) -> None:
    assert call("campaigns", "--json").json == {"campaigns": []}
    assert call("review", "list", "--json").json == {"assets": [], "next_cursor": None}
    assert "no campaigns yet" in call("campaigns").out


def test_status_and_campaigns_for_people(call: Call, bought: Path) -> None:
    assert "spring: waiting" in call("status", "spring").out
    assert "spring" in call("campaigns").out
    [row] = call("campaigns", "--json").json["campaigns"]
    assert (row["campaign"], row["state"], row["generations"], row["spent"]) == ("spring", "waiting", 2, "0.06")


def test_a_reader_that_leaves_early_is_no_error(bought: Path) -> None:
    arguments = [str(SCRIPT), "assets", "list", "--json"]
    environment = {**os.environ, "COLOPHON_HOME": str(bought)}
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as started:
        assert started.stdout is not None
        assert started.stderr is not None
        started.stdout.close()
        said = started.stderr.read().decode()
        assert (started.wait(60), said) == (0, "")


def test_a_copied_label_alone_identifies_nothing(call: Call, bought: Path, signed: Path, tmp_path: Path) -> None:
    """Whoever has a file of ours can put its manifest beside any picture."""
    other = tmp_path / "other.png"
    other.write_bytes(plain_picture())
    store = store_of(signed.read_bytes())
    assert store is not None
    other.with_name("other.png.c2pa").write_bytes(store)
    answer = call("identify", str(other), "--json")
    assert [(m["how"], m["looks_alike"]) for m in answer.json["matches"]] == [("credentials", False)]
    assert answer.code == 1


def test_assets_are_searched_by_words_and_filters(call: Call, bought: Path) -> None:
    everything = call("assets", "list", "--json").json["assets"]
    hero = {asset["id"] for asset in everything if asset["visual"] == "hero"}
    found = call("assets", "list", "--text", "hero", "--seed", str(_seed(call, min(hero))), "--json").json
    assert min(hero) in {asset["id"] for asset in found["assets"]} <= hero
    assert found["next_cursor"] is None
    counts = call("assets", "list", "--facets", "--json").json
    assert counts["counted"] == len(everything) == sum(counts["facets"]["state"].values())
    told = call("assets", "list", "--text", "nowhere-to-be-found")
    assert (told.code, told.out.strip()) == (0, "no assets match")


def _seed(call: Call, asset: str) -> int:
    return int(call("assets", "show", asset, "--json").json["generation"]["seed_requested"])


@pytest.mark.parametrize(
    ("options", "where"),
    [
        (("--text", "?!"), "text"),
        (("--state", "lost"), "state"),
        (("--verdict", "good"), "verdict"),
        (("--cost-min", "dear"), "cost_min"),
        (("--cost-min", "2", "--cost-max", "1"), "cost_min"),
        (("--since", "yesterday"), "--since"),
        (("--cursor", "asset_nobody"), "cursor"),
    ],
)
def test_a_search_for_what_cannot_be_is_refused(call: Call, bought: Path, options: tuple[str, ...], where: str) -> None:
    answer = call("assets", "list", *options, "--json")
    assert (answer.code, answer.json["error"]["where"]) == (2, where)
    assert "Traceback" not in answer.err
