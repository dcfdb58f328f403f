"""What was tampered with after the fact is named: in the log, the store, the CDN store, or in several at once."""
# ruff: noqa: S608 - statements of this file's own numbers and column names

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from colophon.bootstrap import Runtime
from colophon.bootstrap.auditing import Elsewhere, audit_of, notary, seal
from colophon.domain.asset import sha256
from colophon.domain.checkpoint import read_note
from colophon.errors import ObjectCorrupt
from colophon.services.audit_verify import audit_view, verify
from colophon.services.checkpoint import note_over, notes_at, write_checkpoint
from colophon.services.proofs import consistent, prove, prove_consistent
from colophon.services.publish import publish
from colophon.services.withdraw import unpublish
from colophon.settings import Settings
from colophon.storage.keys import object_key

if TYPE_CHECKING:
    from tests.services.conftest import OpenWorld, World

Codes = set[tuple[str, str]]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory, finished_home: Path, confined: Any) -> Path:
    """A home with a published picture, and with a withdrawn one; two checkpoints, and yesterday's backup beside it."""
    from tests.services.conftest import StatedEngine, VirtualClock, World, close

    folder = tmp_path_factory.mktemp("published")
    shutil.copytree(finished_home, folder / "home")
    clock, engine = VirtualClock(), StatedEngine()
    settings = Settings(home=folder / "home")
    runtime = Runtime(settings, clock)
    vars(runtime).update(confined=confined, safety_engine=engine)
    world = World(folder, settings, clock, engine, runtime)
    world.approved()
    publish("spring", press=runtime.press)
    backup(settings.home / "catalog.db", folder / "yesterday.db")
    world.approved("autumn")
    publish("autumn", press=runtime.press)
    unpublish("autumn", press=runtime.press)
    close(world)
    backup(settings.home / "catalog.db", folder / "whole.db")
    return folder


@pytest.fixture
def copy(published: Path, tmp_path: Path, open_world: "OpenWorld") -> "World":
    shutil.copytree(published, tmp_path, dirs_exist_ok=True)
    for name in ("catalog.db-wal", "catalog.db-shm"):
        (tmp_path / "home" / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "whole.db", tmp_path / "home" / "catalog.db")
    return open_world(tmp_path)


def backup(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as database, closing(sqlite3.connect(target)) as copied:
        database.backup(copied)


def audited(world: "World", *, signatures: bool = False, **other: Any) -> dict[str, Any]:
    with audit_of(world.rt, Elsewhere(**other), sample=None, signatures=signatures) as audit:
        return audit_view(verify(audit))


def codes(world: "World", *, signatures: bool = False) -> Codes:
    return {(each["code"], each["id"]) for each in audited(world, signatures=signatures)["problems"]}


def sql(world: "World", statement: str, *values: object) -> list[Any]:
    with closing(sqlite3.connect(world.settings.home / "catalog.db")) as database, database:
        return database.execute(statement, values).fetchall()


def one(world: "World", statement: str) -> Any:
    return sql(world, statement)[0][0]


def stored(world: "World", digest: str) -> Path:
    return world.settings.home / "store" / object_key(digest)


def names(world: "World") -> Sequence[str]:
    made = notary(world.rt)
    return notes_at(made.places[0], made.origin)


def test_a_clean_catalog_raises_no_alarm(copy: "World") -> None:
    found = audited(copy, signatures=True)
    assert found["problems"] == []
    assert found["ok"]
    assert found["checked"]["signatures"] == 2
    assert found["checked"]["checkpoints"] == len(names(copy)) >= 2
    assert all(found["checked"].values())
    assert codes(copy) == set()


def test_a_copy_is_audited_without_the_product(copy: "World", tmp_path: Path) -> None:
    away = tmp_path / "away"
    shutil.copytree(copy.settings.home / "store", away / "store")
    shutil.copy(tmp_path / "whole.db", away / "copy.db")
    shutil.rmtree(copy.settings.home / "cdn")
    (copy.settings.home / "catalog.db").unlink()
    before = (away / "copy.db").read_bytes()
    found = audited(copy, catalog=f"sqlite:///{away}/copy.db", store=(away / "store").as_uri())
    assert found["ok"], found["problems"]
    assert (away / "copy.db").read_bytes() == before


def test_an_event_that_was_changed_is_named(copy: "World") -> None:
    for column, value in (("at", "2027-01-01 00:00:00.000000"), ("body", '{"a":1}')):
        sequence = one(copy, "SELECT max(sequence) FROM events WHERE about = 'wanted'")
        before = one(copy, f"SELECT {column} FROM events WHERE sequence = {sequence}")
        sql(copy, f"UPDATE events SET {column} = ? WHERE sequence = {sequence}", value)
        assert ("event_differs", str(sequence)) in codes(copy), column
        sql(copy, f"UPDATE events SET {column} = ? WHERE sequence = {sequence}", before)
    sql(copy, "UPDATE events SET hash = ? WHERE sequence = 5", "ab" * 32)
    assert {("event_differs", "5"), ("event_chain", "6")} <= codes(copy)
    assert {("log_rewritten", name) for name in names(copy)} <= codes(copy)


def test_an_event_that_is_gone_is_named(copy: "World") -> None:
    sql(copy, "DELETE FROM events WHERE sequence = 7")
    assert {("event_missing", "8"), ("event_chain", "8")} <= codes(copy)


def test_a_log_whose_tail_was_cut_is_named(copy: "World") -> None:
    newest = names(copy)[-1]
    last = one(copy, "SELECT max(sequence) FROM events")
    sql(copy, f"DELETE FROM events WHERE sequence = {last}")
    assert ("log_cut", newest) in codes(copy)
    with pytest.raises(ObjectCorrupt, match="events are lost"):
        write_checkpoint(notary(copy.rt))
    assert list(names(copy))[-1] == newest


def test_a_chain_that_was_rebuilt_is_named(copy: "World") -> None:
    """A row is rewritten with its event, and every hash after it made to fit: only the checkpoints outside tell."""
    from sqlalchemy import create_engine, select, update

    from colophon.catalog import committed
    from colophon.catalog.committed import EVENTS, as_event
    from colophon.catalog.guards import GUARDS
    from colophon.domain.event import chained

    copy.rt.catalog.close()
    engine, guard = create_engine(copy.settings.database), GUARDS["ledger"]
    with engine.begin() as connection:
        row = connection.execute(select(guard.table).where(guard.table.c.kind == "charge")).mappings().first()
        assert row is not None
        connection.execute(update(guard.table).where(guard.table.c.id == row["id"]).values(note="never mind"))
        digest = committed.digest(guard, {**row, "note": "never mind"}, {})
        connection.execute(update(EVENTS).where(EVENTS.c.subject == row["id"]).values(digest=digest))
        previous = "0" * 64
        for found in connection.execute(select(EVENTS).order_by(EVENTS.c.sequence)).all():
            event = as_event(found)
            event = chained(event.draft, sequence=event.sequence, previous=previous, at=event.at)
            values = {"previous": event.previous, "hash": event.hash}
            connection.execute(update(EVENTS).where(EVENTS.c.sequence == event.sequence).values(values))
            previous = event.hash
    engine.dispose()
    assert codes(copy) == {("log_rewritten", name) for name in names(copy) if rewritten(copy, name)}
    # The next checkpoint still speaks of the events that were: it launders nothing.
    copy.rt.catalog.events.note("export.read", "spring")
    written = write_checkpoint(notary(copy.rt))
    assert written is not None
    assert ("log_rewritten", written.name) in codes(copy)
    sql(copy, "DELETE FROM checkpoints")
    with pytest.raises(ObjectCorrupt, match="rewritten"):
        write_checkpoint(notary(copy.rt))


def rewritten(world: "World", name: str) -> bool:
    """Whether a checkpoint covers the first charge."""
    charge = one(world, "SELECT min(sequence) FROM events WHERE about = 'ledger' AND body LIKE '%charge%'")
    return bool(int(name[-20:-4]) >= charge)


def test_yesterdays_backup_is_named(copy: "World", tmp_path: Path) -> None:
    newest = names(copy)[-1]
    copy.rt.catalog.close()
    shutil.copy(tmp_path / "yesterday.db", copy.settings.home / "catalog.db")
    found = codes(copy)
    assert ("log_cut", newest) in found
    # And it is not forgotten while the restored catalog goes on.
    for number in range(300):
        copy.rt.catalog.events.note("export.read", str(number))
    assert seal(copy.rt) is None
    assert names(copy)[-1] == newest
    assert ("log_rewritten", newest) in codes(copy)


def test_objects_that_were_changed_deleted_or_exchanged_are_named(copy: "World") -> None:
    one_, two = (row[0] for row in sql(copy, "SELECT sha256 FROM renditions ORDER BY id LIMIT 2"))
    original = one(copy, "SELECT sha256 FROM assets")
    content = stored(copy, one_).read_bytes()
    stored(copy, one_).write_bytes(stored(copy, two).read_bytes())
    stored(copy, two).write_bytes(content)
    stored(copy, original).write_bytes(stored(copy, original).read_bytes()[:-1])
    manifest = one(copy, "SELECT sha256 FROM manifests")
    stored(copy, manifest).unlink()
    expected = {("object_differs", each) for each in (one_, two, original)} | {("object_missing", manifest)}
    assert expected == codes(copy)


def test_a_row_and_its_object_changed_together_are_named(copy: "World") -> None:
    key, digest = sql(copy, "SELECT id, sha256 FROM renditions ORDER BY id LIMIT 1")[0]
    forged = stored(copy, digest).read_bytes() + b"\x00"
    stored(copy, sha256(forged)).parent.mkdir(parents=True, exist_ok=True)
    stored(copy, sha256(forged)).write_bytes(forged)
    sql(copy, "UPDATE renditions SET sha256 = ? WHERE id = ?", sha256(forged), key)
    assert ("row_differs", key) in codes(copy)


def test_a_signature_that_does_not_hold_is_named_whatever_the_log_says(copy: "World") -> None:
    """Written through the catalog itself, as by somebody who has its keys: the log agrees, the signature does not."""
    from sqlalchemy import update

    from colophon.catalog.asset_tables import RenditionRow
    from colophon.catalog.database import Database

    key, digest = sql(copy, "SELECT id, sha256 FROM renditions ORDER BY id LIMIT 1")[0]
    content = stored(copy, digest).read_bytes()
    forged = content.replace(b"org.colophon.rendition", b"org.colophon.renditiom")
    assert forged != content
    copy.rt.store.put(forged, "image/jpeg")
    database = Database(copy.settings.database)
    with database.writing() as session:
        session.execute(update(RenditionRow).where(RenditionRow.id == key).values(sha256=sha256(forged)))
    database.close()
    found = audited(copy, signatures=True)
    assert [(each["code"], each["id"]) for each in found["problems"]] == [("signature_doubted", key)], found


def test_approvals_are_held_against_what_was_approved(copy: "World") -> None:
    public = one(copy, "SELECT r.asset FROM publications p JOIN renditions r ON r.id = p.rendition"
                       " WHERE p.published_until IS NULL")  # fmt: skip
    sql(copy, "UPDATE findings SET score = 0.99 WHERE asset = ? AND position = 0", public)
    assert ("not_approved", public) in codes(copy)
    sql(copy, "UPDATE assets SET state = 'held' WHERE id = ?", public)
    assert ("public_not_approved", public) in codes(copy)
    sql(copy, "UPDATE assets SET state = 'approved' WHERE id = ?", public)
    sql(copy, "DELETE FROM decisions WHERE asset = ?", public)
    assert ("not_approved", public) in codes(copy)


def test_public_files_are_held_against_publications(copy: "World") -> None:
    cdn = copy.settings.home / "cdn"
    opened, key = sql(copy, "SELECT id, key FROM publications WHERE published_until IS NULL")[0]
    ended, gone = sql(copy, "SELECT id, key FROM publications WHERE published_until IS NOT NULL")[0]
    (cdn / gone).parent.mkdir(exist_ok=True, parents=True)
    (cdn / gone).write_bytes(b"up again")
    (cdn / key).write_bytes(b"something else")
    assert codes(copy) == {("public_differs", opened), ("public_after_withdrawal", ended)}
    (cdn / key).unlink()
    assert ("public_missing", opened) in codes(copy)


def test_public_lists_are_held_against_what_was_signed(copy: "World") -> None:
    cdn = copy.settings.home / "cdn"
    current, signature, spring = (
        cdn / name for name in ("current.json", "current.json.jws", "spring/publications.json")
    )
    whole = {path: path.read_bytes() for path in (current, signature, spring)}

    def found(**changed: bytes | None) -> Codes:
        for path, name in ((current, "current"), (signature, "signature"), (spring, "spring")):
            path.write_bytes(changed.get(name) or whole[path])
            if name in changed and changed[name] is None:
                path.unlink()
        return codes(copy)

    assert found() == set()
    assert found(current=whole[current] + b" ") == {("list_differs", "current.json")}
    assert found(current=None) == {("list_missing", "current.json")}
    assert found(signature=whole[signature][:-4] + b"AAAA") == {("list_differs", "current.json.jws")}
    assert found(spring=None) == {("list_missing", "spring/publications.json")}
    named = found(spring=whole[spring].replace(b'"sha256": "', b'"sha256": "0', 1))
    assert ("list_differs", "spring/publications.json") in named
    other = whole[spring].replace(b"file:///", b"file:///elsewhere/", 1)
    assert other != whole[spring]
    assert found(spring=other) == {
        ("list_differs", "spring/publications.json"), ("list_disagrees", "spring/publications.json"),
    }  # fmt: skip


def test_lists_that_were_signed_with_another_key_are_not_believed(copy: "World", tmp_path: Path) -> None:
    """Store and catalog agree, as where somebody who writes both had a key of his own."""
    from colophon.provenance.list_signing import JwsSigner
    from colophon.provenance.pki import make_development_ca

    make_development_ca(tmp_path / "stranger", organisation="Stranger", now=copy.clock.now())
    chain, key = ((tmp_path / "stranger" / name).read_text() for name in ("chain.pem", "key.pem"))
    [(sequence, content)] = sql(copy, "SELECT sequence, content FROM issues ORDER BY sequence DESC LIMIT 1")
    forged = JwsSigner(lambda: (chain, key)).sign(content.encode())
    sql(copy, "UPDATE issues SET signature = ? WHERE sequence = ?", forged.decode(), sequence)
    (copy.settings.home / "cdn" / "current.json.jws").write_bytes(forged)
    assert codes(copy) == {("list_untrusted", "current.json"), ("row_differs", str(sequence))}


def test_a_signed_list_that_was_changed_in_the_catalog_is_named(copy: "World") -> None:
    """Its bytes are no part of what the log vouches for: the digest beside them is."""
    sql(copy, "UPDATE issues SET content = replace(content, 'spring', 'winter') WHERE content IS NOT NULL")
    newest = one(copy, "SELECT max(sequence) FROM issues")
    assert ("issue_differs", str(newest)) in codes(copy)
    sql(copy, f"DELETE FROM issues WHERE sequence < {newest} AND sequence >= {newest} - 1")
    assert ("issue_missing", str(newest)) in codes(copy)


def test_manifests_beside_public_files_are_held_against_renditions(
    approved_home: Path, tmp_path: Path, open_world: "OpenWorld"
) -> None:
    shutil.copytree(approved_home, tmp_path / "home")
    world = open_world(tmp_path)
    publish("spring", press=world.rt.press)
    assert codes(world) == set()
    number, key = sql(world, "SELECT id, key FROM publications")[0]
    beside = world.settings.home / "cdn" / f"{key}.c2pa"
    content = beside.read_bytes()
    beside.write_bytes(content[:-1])
    assert codes(world) == {("public_manifest_differs", number)}
    beside.unlink()
    assert codes(world) == {("public_manifest_missing", number)}
    unpublish("spring", press=world.rt.press)
    assert codes(world) == set()
    beside.write_bytes(content)
    assert codes(world) == {("public_manifest_after_withdrawal", number)}


def test_what_was_not_looked_at_is_told(copy: "World", tmp_path: Path) -> None:
    away = audited(copy, catalog=f"sqlite:///{tmp_path / 'whole.db'}")
    assert "public files and lists: no CDN store was named" in away["not_looked_at"]
    assert away["checked"]["lists"] == away["checked"]["publications"] == 0
    here = audited(copy, signatures=True)
    assert here["not_looked_at"] == []
    assert here["checked"]["lists"] == 3  # the signed one and those of two campaigns
    assert here["uncovered"] == 0
    copy.rt.catalog.events.note("export.read", "spring")
    assert audited(copy)["uncovered"] == 1


def test_witnesses_are_held_against_the_log(copy: "World", tmp_path: Path) -> None:
    """A restored catalog with its own checkpoints rolled back alike: only what somebody else kept tells."""
    home, store = copy.settings.home / "checkpoints", copy.settings.home / "store" / "checkpoints"
    witness, single, newest = tmp_path / "witness", tmp_path / "mail.txt", names(copy)[-1]
    shutil.copytree(home, witness)
    single.write_bytes((home / newest).read_bytes())
    assert audited(copy, witnesses=(str(witness), str(single)))["problems"] == []
    copy.rt.catalog.close()
    shutil.copy(tmp_path / "yesterday.db", copy.settings.home / "catalog.db")
    for name in names(copy)[1:]:
        (home / name).unlink()
        (store / name).unlink()
    assert not any(code.startswith(("log", "checkpoint")) for code, _ in codes(copy))
    for kept in (witness, single):
        found = {(each["code"], each["id"]) for each in audited(copy, witnesses=(str(kept),))["problems"]}
        assert {("log_cut", newest), ("checkpoint_missing", newest)} <= found, kept
    (tmp_path / "empty").mkdir()
    single.write_bytes(b"no checkpoint")
    told = audited(copy, witnesses=(str(tmp_path / "empty"), str(single)))["problems"]
    assert {"witness_empty", "checkpoint_unreadable"} <= {each["code"] for each in told}


def test_checkpoints_that_were_touched_are_named(copy: "World") -> None:
    first, *_, last = names(copy)
    home, store = copy.settings.home / "checkpoints", copy.settings.home / "store" / "checkpoints"
    note = read_note((home / last).read_bytes())
    forged = note.dump().replace(b"\ntime 20", b"\ntime 19")
    (home / last).write_bytes(forged)
    assert {("checkpoint_untrusted", last), ("checkpoint_differs", last)} <= codes(copy)
    (home / last).write_bytes(note.dump())
    (home / first).unlink()
    (store / last).write_bytes(b"no checkpoint")
    assert {("checkpoint_missing", first), ("checkpoint_unreadable", last)} <= codes(copy)


def test_a_checkpoint_of_another_key_does_not_count(copy: "World", tmp_path: Path) -> None:
    from colophon.provenance.notes import BrandNotes
    from colophon.provenance.pki import make_development_ca

    make_development_ca(tmp_path / "stranger", organisation="Stranger", now=copy.clock.now())
    stranger = BrandNotes(
        (tmp_path / "stranger" / "chain.pem").read_text(), (tmp_path / "stranger" / "key.pem").read_text()
    )
    made = notary(copy.rt)
    copy.rt.catalog.events.note("export.read", "spring")
    written = write_checkpoint(type(made)(made.origin, made.log, made.places, lambda: stranger, made.clock))
    assert written is not None
    assert codes(copy) == {("checkpoint_untrusted", written.name)}


def test_events_without_a_checkpoint_for_long_are_named(copy: "World") -> None:
    copy.rt.catalog.events.note("export.read", "spring")
    copy.clock.sleep(timedelta(hours=3).total_seconds())
    assert codes(copy) == {("checkpoint_overdue", "colophon")}
    assert seal(copy.rt, only_due=True) is not None
    assert codes(copy) == set()
    assert seal(copy.rt) is None


def test_a_place_that_lost_the_newest_checkpoint_gets_it_back(copy: "World") -> None:
    home, newest = copy.settings.home / "checkpoints", names(copy)[-1]
    shutil.rmtree(home)
    assert write_checkpoint(notary(copy.rt)) is None
    assert (home / newest).is_file()


def test_proofs_hold_against_the_checkpoints_alone(copy: "World") -> None:
    made = notary(copy.rt)
    smallest, newest = (note_over(int(name[-20:-4]), made) for name in (names(copy)[0], names(copy)[-1]))
    assert smallest is not None
    assert newest is not None
    for sequence in (1, 9, smallest.checkpoint.size):
        proof = prove(sequence, newest.checkpoint.size, copy.rt.catalog.events)
        assert proof.holds(newest.checkpoint.root)
        assert not proof.holds(smallest.checkpoint.root)
    sizes = smallest.checkpoint.size, newest.checkpoint.size
    path = prove_consistent(*sizes, copy.rt.catalog.events)
    assert consistent(smallest.checkpoint, newest.checkpoint, path)
    assert not consistent(newest.checkpoint, smallest.checkpoint, path)
