"""Withdrawal, against a CDN that forgets badly: every stale copy is found, every answer kept, none taken for gone."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from colophon.bootstrap.gauges import families
from colophon.domain.withdrawal import VARIANTS, Why
from colophon.errors import Conflict, ObjectCorrupt, StoreUnavailable
from colophon.services.publish import publish
from colophon.services.review import decide_asset
from colophon.services.show_asset import asset_view
from colophon.services.show_withdrawal import withdrawal_views
from colophon.services.take_down import OVERDUE, PURGE_FAILED, STILL_PUBLIC
from colophon.services.withdraw import not_allowed, unpublish, uphold
from tests.services.simulated_cdn import HOST, SimulatedCdn

if TYPE_CHECKING:
    from colophon.domain.asset import Asset, Rendition
    from tests.services.conftest import World

DETACHED = "iab_display/feature_phone_small"


@pytest.fixture
def world(tmp_path: Path, approved_home: Path, open_world: Any) -> World:
    """Whose publications are seen at an address of the simulated CDN; one file is approved and not public yet."""
    shutil.copytree(approved_home, tmp_path / "home")
    made: World = open_world(tmp_path, cdn_public_url=HOST)
    return made


@pytest.fixture
def cdn(world: World) -> SimulatedCdn:
    return SimulatedCdn(world.settings.home / "cdn")


def approved(world: World) -> tuple[Asset, Rendition]:
    [asset] = world.rt.catalog.assets.of_campaign("spring")
    [rendition] = world.rt.catalog.assets.renditions(asset.id)
    return asset, rendition


def path_of(world: World, ending: str = ".jpg") -> str:
    root = world.settings.home / "cdn"
    [file] = [file for file in root.rglob("*") if file.name.endswith(ending)]
    return f"/{file.relative_to(root)}"


def test_monitoring_is_told_how_long_it_took_to_the_public_and_back(world: World, cdn: SimulatedCdn) -> None:
    def told() -> dict[tuple[str, ...], float]:
        samples = [each for part in families(world.rt) for metric in part() for each in metric.samples]
        return {(each.name, *each.labels.values()): each.value for each in samples}

    approvals, delay = "colophon_approvals_unpublished", "colophon_publication_delay_seconds"
    world.clock.sleep(600)
    found = told()
    assert (found[(approvals,)], found[("colophon_publications_recent",)]) == (1, 0)
    assert found[(f"{approvals}_oldest_seconds",)] >= 600
    publish("spring", press=cdn.press(world.rt))
    found = told()
    assert (found[(approvals,)], found[(f"{approvals}_oldest_seconds",)]) == (0, 0)
    assert found[("colophon_publications_recent",)] == 1
    assert found[(delay, "0.5")] == found[(delay, "0.95")] == found[(delay, "1")] >= 600
    unpublish("spring", press=cdn.press(world.rt), wait=60)
    found = told()
    gone = [found[("colophon_withdrawal_delay_seconds", until, "1")] for until in ("off_shelf", "gone")]
    assert 0 <= gone[0] <= gone[1] < 600
    world.clock.sleep(90_000)
    assert not {name for name, *_ in told()} & {delay, "colophon_withdrawal_delay_seconds"}


def test_a_file_is_read_back_through_its_public_address_before_it_is_listed(world: World, cdn: SimulatedCdn) -> None:
    done = publish("spring", press=cdn.press(world.rt))
    assert len(done.added) == 1
    assert cdn.asked[f"GET {path_of(world)}"] == 1
    assert cdn.asked[f"GET {path_of(world, '.c2pa')}"] == 1


def test_a_cdn_that_is_slow_to_have_a_file_is_asked_again(world: World, cdn: SimulatedCdn) -> None:
    waits = iter([404, 503, 404])
    cdn.other = lambda request: httpx.Response(status) if (status := next(waits, 0)) else None
    assert len(publish("spring", press=cdn.press(world.rt)).added) == 1
    assert cdn.asked[f"GET {path_of(world)}"] == 4


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(200, html="<h1>Log in</h1>"), "200 text/html instead of image/jpeg"),
        (httpx.Response(302, headers={"Location": "https://portal.example/"}), "302 to https://portal.example/"),
        (httpx.Response(200, headers={"Content-Type": "image/jpeg"}, content=b"other"), "with other bytes"),
        (httpx.Response(404), "it answers 404"),
    ],
    ids=["portal", "redirect", "other bytes", "never there"],
)
def test_an_address_that_answers_something_else_publishes_nothing(
    world: World, cdn: SimulatedCdn, answer: httpx.Response, said: str
) -> None:
    cdn.other = lambda request: answer
    with pytest.raises(ObjectCorrupt, match="does not verify at its public address") as raised:
        publish("spring", press=cdn.press(world.rt))
    assert said in raised.value.message
    assert world.rt.catalog.publications.of_campaign("spring") == []
    left = {file.name for file in (world.settings.home / "cdn" / "spring").iterdir()}
    assert left == {"publications.json"}
    cdn.other = lambda request: None
    assert len(publish("spring", press=cdn.press(world.rt)).added) == 1


def test_a_public_address_out_of_reach_is_told_and_a_rerun_completes(world: World, cdn: SimulatedCdn) -> None:

    def nobody(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    cdn.other = nobody
    with pytest.raises(StoreUnavailable, match="out of reach"):
        publish("spring", press=cdn.press(world.rt))
    assert world.rt.catalog.publications.of_campaign("spring") == []
    cdn.other = lambda request: None
    assert len(publish("spring", press=cdn.press(world.rt)).added) == 1


def test_every_variant_at_every_address_is_fetched_until_gone_and_kept_as_evidence(
    world: World, cdn: SimulatedCdn
) -> None:
    asset, rendition = approved(world)
    press = cdn.press(world.rt)
    publish("spring", press=press)
    path, beside = path_of(world), path_of(world, ".c2pa")
    for each in (path, beside):
        cdn.warm(each)
        cdn.warm(each, query="utm=1")
    done = unpublish(rendition.id, press=press, wait=60)
    assert (done.removed, done.problems) == ((rendition.id,), ())
    [withdrawal] = done.withdrawals
    assert withdrawal.why is Why.ASKED
    assert withdrawal.gone_at is not None
    assert withdrawal.purged_at is not None
    assert (cdn.kept(path), cdn.kept(beside)) == (0, 0)  # also under the other query, by the tag
    sightings = world.rt.catalog.withdrawals.sightings(withdrawal.id)
    asked = {(each.address, each.variant) for each in sightings}
    assert asked == {(HOST + each, ask.name) for each in (path, beside) for ask in VARIANTS}
    assert {each.status for each in sightings} == {404}
    assert all(each.headers["x-cache"] == "MISS" for each in sightings)
    shown = asset_view(asset.id, catalog=world.rt.catalog, address=world.rt.store.address)["publications"]
    assert shown[0]["withdrawal"]["state"] == "gone"
    assert len(shown[0]["withdrawal"]["sightings"]) == len(sightings)
    assert world.rt.store.exists(rendition.sha256)


def test_purges_that_are_taken_and_do_nothing_are_found_out_and_repeated(world: World, cdn: SimulatedCdn) -> None:
    _, rendition = approved(world)
    press = cdn.press(world.rt)
    publish("spring", press=press)
    path = path_of(world)
    cdn.warm(path)
    cdn.ignored_purges = 7  # two addresses and their tags, twice, and the first of a third time
    began = world.clock.moment
    done = unpublish("spring", press=press, wait=120)
    [withdrawal] = done.withdrawals
    assert (done.problems, cdn.kept(path)) == ((), 0)
    assert withdrawal.gone_at is not None
    assert withdrawal.gone_at > began + timedelta(seconds=1)
    sightings = world.rt.catalog.withdrawals.sightings(withdrawal.id)
    stale = [each for each in sightings if not each.gone]
    assert {each.status for each in stale} == {200}
    assert {each.headers["x-cache"] for each in stale} == {"HIT"}
    assert sum(each.gone for each in sightings) >= len(VARIANTS)
    assert publish("spring", press=press).added == (rendition.id,)


def test_one_deaf_edge_of_three_raises_the_alarm_and_a_rerun_completes_it(world: World, cdn: SimulatedCdn) -> None:
    _, rendition = approved(world)
    press = cdn.press(world.rt)
    publish("spring", press=press)
    path = path_of(world)
    cdn.warm(path, accepts=("image/jpeg",))  # only this variant is stale, and only there
    cdn.deaf_edges = frozenset({1})
    first = unpublish("spring", press=press, wait=30)
    [problem] = first.problems
    assert (problem.code, first.removed) == (STILL_PUBLIC, (rendition.id,))
    assert "get jpeg: 200" in problem.message
    later = unpublish("spring", press=press, wait=600)
    [problem] = later.problems
    assert (problem.code, later.removed) == (OVERDUE, ())
    [view] = withdrawal_views(later.withdrawals, world.rt.catalog.withdrawals, world.clock.now())
    assert view["state"] == "overdue"
    up = {(each["variant"], each["headers"]["x-served-by"]) for each in view["sightings"] if not each["gone"]}
    assert ("get jpeg", "edge-1") in up
    assert {edge for _, edge in up} == {"edge-1"}
    cdn.deaf_edges = frozenset()
    assert uphold(press=press, wait=30).problems == ()
    assert world.rt.catalog.withdrawals.unfinished() == []


def test_a_purge_service_that_fails_is_told_and_nothing_is_called_gone(world: World, cdn: SimulatedCdn) -> None:
    press = cdn.press(world.rt)
    publish("spring", press=press)
    cdn.warm(path_of(world))
    cdn.purge_status = 503
    done = unpublish("spring", press=press)
    assert [problem.code for problem in done.problems] == [PURGE_FAILED, STILL_PUBLIC]
    assert done.withdrawals[0].purged_at is None
    cdn.purge_status = 200
    assert unpublish("spring", press=press).problems == ()


def test_an_answer_of_another_kind_is_not_gone(world: World, cdn: SimulatedCdn) -> None:
    """A page that says "not found" with 200, a redirect home, a forbidden: only 404 and 410 count."""
    press = cdn.press(world.rt)
    publish("spring", press=press)
    for answer in (httpx.Response(200, html="gone, honestly"), httpx.Response(301), httpx.Response(403)):
        cdn.other = lambda request, answer=answer: answer  # type: ignore[misc]
        assert [problem.code for problem in unpublish("spring", press=press).problems] == [STILL_PUBLIC]
    cdn.other = lambda request: httpx.Response(410)
    assert unpublish("spring", press=press).problems == ()


def test_what_is_made_public_again_is_looked_for_no_more(world: World, cdn: SimulatedCdn) -> None:
    _, rendition = approved(world)
    press = cdn.press(world.rt)
    publish("spring", press=press)
    cdn.warm(path_of(world))
    cdn.deaf_edges = frozenset({0, 1, 2})
    unpublish("spring", press=press)
    assert publish("spring", press=press).added == (rendition.id,)
    done = uphold(press=press)
    assert (done.problems, world.rt.catalog.withdrawals.unfinished()) == ((), [])
    cdn.deaf_edges = frozenset()
    again = unpublish("spring", press=press)
    assert (again.removed, again.problems) == ((rendition.id,), ())
    assert len(world.rt.catalog.publications.of_campaign("spring")) == 2


def test_an_asset_is_withdrawn_with_all_its_files_and_no_others(world: World, cdn: SimulatedCdn) -> None:
    asset, renditions = world.approved("autumn", placements=["linkedin/text_ad", "x/summary"])
    _, other = approved(world)
    press = cdn.press(world.rt)
    publish("spring", press=press)
    publish("autumn", press=press)
    done = unpublish(asset.id, press=press)
    assert set(done.removed) == {rendition.id for rendition in renditions}
    tags = [tag for kind, what in cdn.purged if kind == "tags" for tag in what]  # type: ignore[attr-defined]
    assert "autumn" in tags
    assert "spring" not in tags
    assert [p.rendition for p in world.rt.catalog.publications.of_campaign("spring", only_open=True)] == [other.id]


def test_rights_hold_to_the_minute_at_both_ends(world: World, cdn: SimulatedCdn) -> None:
    start = world.clock.moment + timedelta(minutes=10)
    end = start + timedelta(hours=1)
    rights = {"valid_from": start.isoformat(), "valid_until": end.isoformat(), "territories": ["DE", "AT"]}
    world.register(rights=rights, placements=[DETACHED])
    _, rendition = approved(world)
    press = cdn.press(world.rt)
    world.clock.moment = start - timedelta(seconds=1)
    with pytest.raises(Conflict, match=f"may be public from {start:%Y-%m-%dT%H:%M}") as raised:
        publish("spring", press=press)
    assert raised.value.reason == "early"
    world.clock.moment = start
    assert publish("spring", press=press).added == (rendition.id,)
    world.clock.moment = end - timedelta(seconds=1)
    assert not_allowed(press) == []
    assert uphold(press=press).removed == ()
    world.clock.moment = end
    for dry_run in (True, False):
        with pytest.raises(Conflict, match="the rights of spring ended") as raised:
            publish("spring", press=press, dry_run=dry_run)
        assert raised.value.reason == "ended"
    done = uphold(press=press)
    assert (done.removed, done.problems) == ((rendition.id,), ())
    assert [each.why for each in done.withdrawals] == [Why.EXPIRED]
    assert uphold(press=press).removed == ()


def test_a_rejection_nobody_carried_out_is_carried_out_by_the_schedule(world: World, cdn: SimulatedCdn) -> None:
    asset, rendition = approved(world)
    press = cdn.press(world.rt)
    publish("spring", press=press)
    decide_asset(asset.id, "reject", by="Ben", reason="recalled", desk=world.rt.desk)
    done = uphold(press=press)
    assert (done.removed, [each.why for each in done.withdrawals]) == ((rendition.id,), [Why.REJECTED])


@pytest.mark.parametrize("dies_at", ["delete", "close", "look"])
def test_a_withdrawal_that_was_cut_short_is_completed_by_the_next(
    world: World, cdn: SimulatedCdn, dies_at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, rendition = approved(world)
    press = cdn.press(world.rt)
    publish("spring", press=press)

    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    owner, name = {
        "delete": (type(press.shelf), "delete"),
        "close": (type(press.publications), "close"),
        "look": (type(press.view), "look"),
    }[dies_at]
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, die)
        with pytest.raises(KeyboardInterrupt):
            unpublish("spring", press=press)
    done = unpublish("spring", press=press)
    assert done.problems == ()
    [withdrawal] = world.rt.catalog.withdrawals.of_publications(
        [p.id for p in world.rt.catalog.publications.of_campaign("spring")]
    )
    assert withdrawal.gone_at is not None
    assert withdrawal.rendition == rendition.id
    assert world.rt.catalog.publications.of_campaign("spring", only_open=True) == []
