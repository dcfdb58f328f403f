"""A process that dies at any call to the outside world, and the next one over the same folders.

A run is killed before its first call to a port, then after each call that may leave something behind: two deaths with
nothing but looking between them leave the same. ``make crash`` kills before every call. After each death a new process
does what `colophon run` does again: register, work off, approve, publish.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from colophon.domain.generation import GenerationState
from colophon.services.publish import publish
from colophon.services.review import approve_checked

if TYPE_CHECKING:
    from tests.services.conftest import World

CAMPAIGN = "spring"
ALL = os.environ.get("COLOPHON_CRASH") == "all"
# Calls that leave nothing behind; whatever is not named here may.
_LOOKING = {
    *("wished", "spending", "wanted", "ordered", "campaign", "of_campaign", "progress", "recent_attempts", "get"),
    *("planned_renditions", "renditions", "renditions_of_campaign", "rendition", "provenance", "read", "inspect"),
    *("same_bytes", "same_pixels", "rendered_as", "near", "prepare", "wire_parameters", "without_stamps"),
}


class Kill(BaseException):
    """Not an error anybody handles: the process is gone."""


class Fuse:
    """Burns down with each call to a port and kills when it is at its end. ``at`` is the call that was not made."""

    def __init__(self, length: int) -> None:
        self._left = length
        self.at = ""
        self.lit = True
        self.called: list[str] = []

    def guard(self, port: Any) -> Any:
        return _Guarded(port, self)

    def burn(self, call: str) -> None:
        if self._left == 0 and self.lit:
            self.at, self.lit = call, False
            raise Kill(call)
        self._left -= 1
        self.called.append(call)


class _Guarded:
    """Any port, with a fuse before each of its methods; ports inside it are guarded as well."""

    def __init__(self, port: Any, fuse: Fuse) -> None:
        self._port = port
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._port, name)
        if name in ("orders", "assets", "publications"):
            return _Guarded(member, self._fuse)
        if not callable(member):
            return member
        call = f"{type(self._port).__name__}.{name}"

        def lit(*values: Any, **named: Any) -> Any:
            self._fuse.burn(call)
            return member(*values, **named)

        return lit


def guard(world: World, fuse: Fuse) -> None:
    world.guard = fuse.guard
    for name in ("catalog", "store", "shelf", "imaging", "reader", "signer"):
        vars(world.rt)[name] = fuse.guard(getattr(world.rt, name))


def run(world: World) -> None:
    world.register(CAMPAIGN)
    world.work_off(CAMPAIGN)
    approve_checked(CAMPAIGN, by="Ana", desk=world.rt.desk)
    publish(CAMPAIGN, press=world.rt.press)


def traces(world: World) -> dict[str, object]:
    """Everything that a run leaves, for comparison."""
    catalog = world.rt.catalog
    assets = catalog.assets.of_campaign(CAMPAIGN)
    files = (world.settings.home / name for name in ("store", "cdn"))
    return {
        "wanted": catalog.orders.wanted(CAMPAIGN),
        "ledger": catalog.orders.ledger(CAMPAIGN),
        "assets": assets,
        "decisions": [catalog.assets.decisions(a.id) for a in assets],
        "renditions": catalog.assets.renditions_of_campaign(CAMPAIGN),
        "publications": catalog.publications.of_campaign(CAMPAIGN),
        "invoice": world.invoice,
        "files": {p: p.read_bytes() for folder in files for p in folder.rglob("*") if p.is_file()},
    }


def examine(world: World) -> GenerationState:
    """The promises that hold after any death and a recovery. Returns where the picture ended."""
    catalog, store, shelf = world.rt.catalog, world.rt.store, world.rt.shelf
    [progress] = catalog.orders.wanted(CAMPAIGN)
    assert progress.state in (GenerationState.ASSET, GenerationState.UNKNOWN)
    assert len(world.invoice) <= 1
    spent, reserved = world.spending(CAMPAIGN)
    charges = [e for e in catalog.orders.ledger(CAMPAIGN) if e.kind == "charge"]
    if progress.state is GenerationState.UNKNOWN:
        assert (spent, reserved, charges) == ("0.00", "0.03", [])
        return progress.state
    assert [(str(e.amount), e.request_id) for e in charges] == [(i["amount"], i["id"]) for i in world.invoice]
    assert (spent, reserved) == ("0.03", "0.00")
    [asset] = catalog.assets.of_campaign(CAMPAIGN)
    assert progress.original_sha256 == asset.sha256
    assert store.get(asset.sha256)
    [rendition] = catalog.assets.renditions(asset.id)
    assert world.rt.reader.read(store.get(rendition.sha256)).clean
    assert len(catalog.assets.decisions(asset.id)) == 1
    [publication] = catalog.publications.of_campaign(CAMPAIGN)
    assert shelf.get(publication.key) == store.get(rendition.sha256)
    assert rendition.id.encode() in shelf.get(f"{CAMPAIGN}/publications.json")
    return progress.state


def deaths(calls: Sequence[str]) -> list[int]:
    """Before which calls, by their place, a run over a new home is killed."""
    after = ["", *(call.rpartition(".")[2] for call in calls[:-1])]
    return [place for place, call in enumerate(after) if ALL or call not in _LOOKING]


@pytest.mark.timeout(1800 if ALL else 480)  # others run beside it
def test_a_death_at_any_call_never_pays_twice_and_loses_nothing_paid_for(
    tmp_path: Path, finished_home: Path, open_world: Callable[..., World], closed: Callable[[World], None]
) -> None:
    ended: list[tuple[str, GenerationState]] = []
    shutil.copytree(finished_home, tmp_path / "through" / "home")
    through, whole = open_world(tmp_path / "through"), Fuse(10_000)
    guard(through, whole)
    run(through)
    calls = list(whole.called)
    assert examine(through) is GenerationState.ASSET
    closed(through)
    for length in deaths(calls):
        folder = tmp_path / str(length)
        shutil.copytree(finished_home, folder / "home")
        fuse = Fuse(length)
        dying = open_world(folder)
        guard(dying, fuse)
        with pytest.raises(Kill):
            run(dying)
        closed(dying)
        recovered = open_world(folder, dying.clock)
        run(recovered)
        ended.append((fuse.at, examine(recovered)))
        before = traces(recovered)
        run(recovered)
        assert traces(recovered) == before, f"after a death at {fuse.at} the second recovery still changed something"
        closed(recovered)
        shutil.rmtree(folder)
    unknown = [call for call, state in ended if state is GenerationState.UNKNOWN]
    assert unknown == ["BflProvider.submit", "SqlOrders.record_job"]
    assert len(ended) > (80 if ALL else 20)
