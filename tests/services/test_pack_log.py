"""The part of the audit log that goes into a pack: one moment, under one checkpoint, or an error that says why not."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from colophon.bootstrap.auditing import notary, seal
from colophon.domain import merkle
from colophon.domain.checkpoint import read_note
from colophon.errors import Conflict, ObjectCorrupt
from colophon.services.checkpoint import note_over, write_checkpoint
from colophon.services.pack_log import CHANGED, CampaignLog, campaign_log, log_files

if TYPE_CHECKING:
    from tests.services.conftest import World


def test_a_campaign_that_changed_since_it_was_read_is_told(world: "World") -> None:
    world.register()
    before = world.rt.catalog.events.size()
    world.register(title="Another title")
    with pytest.raises(Conflict) as changed:
        campaign_log("spring", notary(world.rt), lambda: seal(world.rt), as_of=before)
    assert changed.value.reason == CHANGED
    # What else is written meanwhile is no reason.
    now = world.rt.catalog.events.size()
    world.register("autumn")
    assert campaign_log("spring", notary(world.rt), lambda: seal(world.rt), as_of=now).numbers[-1] <= now


def test_the_smallest_checkpoint_over_the_campaign_is_taken_and_written_where_there_is_none(world: "World") -> None:
    made = notary(world.rt)
    world.register()
    size = world.rt.catalog.events.size()
    assert note_over(1, made) is None
    log = campaign_log("spring", made, lambda: seal(world.rt), as_of=size)
    assert log.note is not None
    assert log.note.checkpoint.size == size
    world.register("autumn")
    write_checkpoint(made)
    again = campaign_log("spring", made, lambda: seal(world.rt), as_of=world.rt.catalog.events.size())
    assert again.note == log.note
    files = {name: b"".join(pieces) for name, pieces in log_files(again)}
    assert files == {name: b"".join(pieces) for name, pieces in log_files(log)}
    events = [json.loads(line) for line in files["log/events.ndjson"].splitlines()]
    proofs = [json.loads(line) for line in files["log/proofs.ndjson"].splitlines()]
    assert [each["sequence"] for each in events] == [each["sequence"] for each in proofs] == list(again.numbers)
    for event, proof in zip(events, proofs, strict=True):
        leaf, path = merkle.leaf_hash(bytes.fromhex(event["hash"])), [bytes.fromhex(node) for node in proof["path"]]
        assert merkle.includes(leaf, event["sequence"] - 1, proof["size"], path, log.note.checkpoint.root)


def test_without_a_key_a_pack_has_events_and_no_proofs(world: "World") -> None:
    world.register()
    log = campaign_log("spring", notary(world.rt), lambda: None, as_of=world.rt.catalog.events.size())
    assert log.note is None
    assert [name for name, _ in log_files(log)] == ["log/events.ndjson"]


def test_a_checkpoint_over_more_than_the_log_has_is_told(world: "World") -> None:
    world.register()
    made = notary(world.rt)
    written = write_checkpoint(made)
    assert written is not None
    note = read_note(made.places[0].get(written.name))
    larger = replace(note, checkpoint=replace(written, size=written.size + 9))
    log = CampaignLog((1,), larger, made)
    with pytest.raises(ObjectCorrupt, match="events are lost"):
        [b"".join(pieces) for _, pieces in log_files(log)]
