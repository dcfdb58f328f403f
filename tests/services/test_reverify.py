"""Verifying again: what policy, library and clock change, what they leave alone, and what a run that dies leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import repeat
from typing import TYPE_CHECKING, Any

import pytest

from colophon.domain.history import Cause, Occasion, Scope
from colophon.domain.provenance import ProvenanceState
from colophon.errors import CheckError, StoreUnavailable
from colophon.services import reverify
from colophon.services.publish import publish
from colophon.services.reverify import Lab, Result, standings, verify_again, what_if, what_is_due
from colophon.services.show_history import Tally

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.services.conftest import OpenWorld, World

DETACHED = "iab_display/feature_phone_small"
UNTRUSTED = "signingCredential.untrusted"


def run(lab: Lab, scope: Scope | None = None) -> dict[str, Result]:
    """All that is due, by file."""
    files = standings(scope or Scope(), what_is_due(lab), verdicts=lab.verdicts)
    return {result.standing.subject: result for result in verify_again(files, lab=lab)}


def without_vendor(world: World) -> str:
    text = world.settings.trust_policy_file.read_text()
    return text[: text.rindex("[[anchor]]")].replace('version = "1"', 'version = "2"')


@pytest.fixture
def under(open_world: OpenWorld) -> Callable[[World, str], World]:
    """The next process over the same home, under another policy."""

    def reopen(world: World, policy: str) -> World:
        world.settings.trust_policy_file.write_text(policy)
        return open_world(world.folder, world.clock)

    return reopen


class Reading:
    """A reader in front of another that counts, and does as it is told at one of its readings."""

    def __init__(self, lab: Lab, *, at_reading: int = -1, does: Callable[[], Any] | None = None) -> None:
        self._inner, self._at, self._does, self.count = lab.reader, at_reading, does, 0

    def read(self, content: bytes, detached: bytes | None = None, **more: Any) -> Any:
        if content:  # an empty one asks for the present grounds
            self.count += 1
            if self.count == self._at and self._does is not None:
                return self._does()
        return self._inner.read(content, detached, **more)


def test_ingest_signing_and_publication_are_on_record(world: World) -> None:
    asset, [rendition] = world.approved()
    publish("spring", press=world.rt.press)
    history = world.rt.catalog.verdicts.history(asset.id)
    assert [(v.occasion, v.rendition) for v in history] == [
        (Occasion.INGEST, None),
        (Occasion.SIGN, rendition.id),
        (Occasion.PUBLISH, rendition.id),
    ]
    assert history[0].provenance == world.rt.catalog.assets.provenance(asset.id)
    assert all(v.provenance.state is ProvenanceState.TRUSTED for v in history)


def test_where_nothing_is_due_nothing_is_read_or_written(world: World) -> None:
    asset, _ = world.approved()
    before = world.rt.catalog.verdicts.history(asset.id)
    reader = Reading(world.rt.lab)
    assert run(replace(world.rt.lab, reader=reader)) == {}
    assert reader.count == 0
    assert world.rt.catalog.verdicts.history(asset.id) == before


def test_another_policy_changes_only_whom_we_trust(world: World, under: Callable[[World, str], World]) -> None:
    asset, [rendition] = world.approved()
    first = world.settings.trust_policy_file.read_text()
    later = under(world, without_vendor(world))
    found = run(later.rt.lab)
    assert set(found) == {asset.id, rendition.id}
    change = found[asset.id].change
    assert change is not None
    assert (change.because, change.before, change.after) == (
        (Cause.POLICY,),
        ProvenanceState.TRUSTED,
        ProvenanceState.VALID,
    )
    assert change.problems_new == (UNTRUSTED,)
    assert not {"integrity", "claim", "timestamp", "signed_at"} & set(change.parts)
    old, new = (v.provenance for v in later.rt.catalog.verdicts.history(asset.id) if v.rendition is None)
    assert (old.state, old.policy["version"], new.policy["version"]) == (ProvenanceState.TRUSTED, "1", "2")
    assert (old.integrity, old.claim) == (new.integrity, new.claim)
    assert [link.label for link in old.chain] == [link.label for link in new.chain]
    assert f"ingredient.{UNTRUSTED}" in found[rendition.id].change.problems_new  # type: ignore[union-attr]
    assert found[asset.id].let_down
    restored = under(later, first)
    assert run(restored.rt.lab)[asset.id].change.after is ProvenanceState.TRUSTED  # type: ignore[union-attr]
    of_original = [v for v in restored.rt.catalog.verdicts.history(asset.id) if v.rendition is None]
    assert [v.provenance.state.value for v in of_original] == ["trusted", "valid", "trusted"]
    assert of_original[0].provenance == of_original[2].provenance == old
    assert run(restored.rt.lab) == {}


def test_a_certificate_that_ended_makes_its_files_due_by_the_clock(world: World) -> None:
    asset, [rendition] = world.approved()
    lab = world.rt.lab
    ends = lab.verdicts.latest([rendition.id])[rendition.id].provenance.holds_until
    assert ends is not None
    world.clock.moment = ends - timedelta(minutes=1)
    assert run(lab) == {}
    world.clock.moment = ends + timedelta(minutes=1)
    found = run(lab)
    assert rendition.id in found
    change = found[rendition.id].change
    assert change is not None
    assert (change.because, change.before) == ((Cause.CLOCK,), ProvenanceState.TRUSTED)
    assert change.after is not ProvenanceState.TRUSTED
    assert found[rendition.id].let_down
    assert [s.subject for s in lab.verdicts.doubted(Scope((asset.id,)), limit=9)] == [rendition.id]


def test_a_supposed_policy_or_date_leaves_no_trace(world: World, tmp_path: Path) -> None:
    asset, [rendition] = world.approved()
    before = world.rt.catalog.verdicts.history(asset.id)
    (tmp_path / "less.toml").write_text(without_vendor(world))
    supposed = world.rt.lab_under(world.rt.reader_under(tmp_path / "less.toml"))
    everything = list(standings(Scope(), None, verdicts=supposed.verdicts))
    by_policy = {r.standing.subject: r for r in what_if(everything, lab=supposed)}
    assert by_policy[asset.id].change.after is ProvenanceState.VALID  # type: ignore[union-attr]
    far = world.clock.now() + timedelta(days=3000)
    by_date = {r.standing.subject: r for r in what_if(everything, lab=world.rt.lab, at=far)}
    assert by_date[rendition.id].changed
    assert by_date[rendition.id].change.because == (Cause.CLOCK,)  # type: ignore[union-attr]
    assert world.rt.catalog.verdicts.history(asset.id) == before


def test_a_detached_manifest_is_part_of_the_file(world: World, under: Callable[[World, str], World]) -> None:
    _, [rendition] = world.approved(placements=[DETACHED])
    assert rendition.manifest_sha256 is not None
    later = under(world, world.settings.trust_policy_file.read_text().replace('version = "1"', 'version = "2"'))
    result = run(later.rt.lab)[rendition.id]
    assert result.provenance is not None
    assert result.provenance.state is ProvenanceState.TRUSTED
    assert not result.changed


@pytest.mark.parametrize("part", ["original", "rendition", "manifest"])
@pytest.mark.parametrize("code", ["object_missing", "object_corrupt"])
def test_a_lost_or_damaged_object_is_no_verdict(
    world: World, under: Callable[[World, str], World], part: str, code: str
) -> None:
    asset, [rendition] = world.approved(placements=[DETACHED])
    later = under(world, without_vendor(world))
    lab = later.rt.lab
    digest = {"original": asset.sha256, "rendition": rendition.sha256, "manifest": rendition.manifest_sha256}[part]
    [stored] = [p for p in (world.settings.home / "store").rglob("*") if p.is_file() and (digest or "") in p.name]
    whole = stored.read_bytes()
    stored.unlink()
    if code == "object_corrupt":
        stored.write_bytes(b"x" + whole[1:])
    subject = asset.id if part == "original" else rendition.id
    found = run(lab)
    assert set(found) == {asset.id, rendition.id}
    result = found[subject]
    assert result.trouble is not None
    assert (result.trouble.code, result.provenance, result.change) == (code, None, None)
    assert result.let_down
    assert len([v for v in lab.verdicts.history(asset.id) if (v.rendition or v.asset) == subject]) == 1
    stored.unlink(missing_ok=True)
    stored.write_bytes(whole)
    assert set(run(lab)) == {subject}  # it stayed due, and the other one did not
    assert run(lab) == {}


def test_a_reader_that_gives_up_says_nothing_about_the_file(world: World, under: Callable[[World, str], World]) -> None:
    asset = world.bought()
    lab = under(world, without_vendor(world)).rt.lab
    given_up = replace(
        lab.verdicts.latest([asset.id])[asset.id].provenance,
        state=ProvenanceState.ERROR,
        library="",
        problems=("reader.limits",),
    )
    [result] = run(replace(lab, reader=Reading(lab, at_reading=1, does=lambda: given_up))).values()
    assert result.trouble is not None
    assert result.trouble.code == "unread"
    assert len(lab.verdicts.history(asset.id)) == 1
    assert set(run(lab)) == {asset.id}


def test_without_a_reader_nothing_is_called_due(world: World) -> None:
    class Silent:
        def read(self, content: bytes, detached: bytes | None = None, **more: Any) -> Any:
            return replace(found, library="", problems=("reader.limits",))

    found = world.rt.reader.read(b"")
    with pytest.raises(CheckError):
        what_is_due(replace(world.rt.lab, reader=Silent()))


class Killed(BaseException):
    """As a signal ends a process: no handler of errors sees it."""


def _raise(error: BaseException) -> Any:
    raise error


@pytest.mark.parametrize("error", [Killed(), StoreUnavailable("away")])
def test_a_run_that_dies_leaves_what_it_did_and_the_next_does_the_rest(
    world: World, under: Callable[[World, str], World], monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    monkeypatch.setattr(reverify, "_ON_RECORD_AT_ONCE", 2)
    files = ["web/card", "web/thumbnail"]
    asset, made = world.approved(placements=files)
    everything = len(made) + 1
    lab = replace(under(world, without_vendor(world)).rt.lab, threads=1)
    assert everything > 5
    with pytest.raises(type(error)):
        run(replace(lab, reader=Reading(lab, at_reading=6, does=lambda: _raise(error))))
    done = [v for v in lab.verdicts.history(asset.id) if v.occasion is Occasion.AGAIN]
    assert len(done) == 4
    rest = Reading(lab)
    assert len(run(replace(lab, reader=rest))) == rest.count == everything - 4
    assert run(lab) == {}
    assert len(lab.verdicts.history(asset.id)) == 2 * everything


def test_no_more_files_are_taken_than_threads_will_soon_judge(world: World) -> None:
    world.bought()
    lab = replace(world.rt.lab, threads=2)
    [file] = standings(Scope(), None, verdicts=lab.verdicts)
    taken = 0

    def endless() -> Any:
        nonlocal taken
        for each in repeat(file):
            taken += 1
            yield each

    results = verify_again(endless(), lab=lab)
    for _ in range(60):
        next(results)
    assert taken <= 2 * reverify._ON_RECORD_AT_ONCE + 2 * lab.threads * 3
    results.close()  # type: ignore[attr-defined]


def test_a_file_of_before_the_history_gets_its_first_verdict(world: World) -> None:
    asset, [rendition] = world.approved()
    old = replace(rendition, id="rend_of_old", recipe="ab" * 32)
    world.rt.catalog.assets.add_rendition(old, now=world.clock.now())
    [result] = run(world.rt.lab).values()
    assert result.standing.subject == old.id
    assert (result.change, result.let_down) == (None, False)
    assert world.rt.catalog.verdicts.latest([old.id])[old.id].occasion is Occasion.AGAIN
    assert asset.id in {v.asset for v in world.rt.catalog.verdicts.history(asset.id)}


def test_a_tally_counts_what_it_does_not_list(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("colophon.services.show_history.MOST_ROWS", 2)
    world.bought()
    [file] = standings(Scope(), None, verdicts=world.rt.lab.verdicts)
    tally = Tally()
    for _ in range(5):
        tally.add(Result(file, trouble=reverify.Trouble("unread", "no")))
    assert (tally.checked, len(tally.problems), tally.left_out, tally.let_down) == (5, 2, 3, [])
