"""Check catalogued assets again: each gets a new round of findings, and its state follows.

Nothing that was found before is changed. An approval stands while the new round raises no doubt that its giver did not
accept; otherwise the policy holds or rejects the asset, which closes the gate: the next publish takes its files down.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from colophon.domain.asset import Asset, AssetState
from colophon.domain.finding import Finding
from colophon.domain.gate import Turn
from colophon.domain.judgement import Doubt, Judgement, PolicyRef
from colophon.errors import ColophonError, Conflict, NotFound, ObjectCorrupt, PictureError
from colophon.ports import Clock, Orders, Reviews, Store
from colophon.services.examine import Bench, examine
from colophon.services.side_by_side import side_by_side

_PAGE = 200


@dataclass(frozen=True, slots=True)
class Examiner:
    """The ports by which assets are checked again, ``threads`` of them at a time. ``bench_of`` gives the bench that an
    asset is examined on: with the checks, the policy and the wishes of its campaign as they are now."""

    orders: Orders
    reviews: Reviews
    store: Store
    bench_of: Callable[[Asset], Bench]
    clock: Clock
    threads: int = 2


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What became of one asset. ``trouble``: it could not be looked at, so nothing was recorded; its code is
    object_missing, object_corrupt, unreadable or changed."""

    asset: Asset
    before: AssetState
    turn: Turn
    judgement: Judgement | None = None
    doubts: tuple[Doubt, ...] = ()
    trouble: tuple[str, str] | None = None

    @property
    def changed(self) -> bool:
        return self.turn.state is not self.before


def stale(reviews: Reviews, *, before: datetime, campaign: str | None = None) -> Iterator[Asset]:
    """The assets not checked since then, page by page, so that a catalog of any size fits. What a run that is killed
    has done is not among them when it is started again with the same moment."""
    last: str | None = None
    while page := reviews.stale(before=before, campaign=campaign, limit=_PAGE, after=last):
        yield from page
        last = page[-1].id


def check_again(assets: Iterable[Asset], *, examiner: Examiner) -> Iterator[Rechecked]:
    """Examine each asset and append a round to it. Results come as they are recorded, in the order of the assets.
    Raises `StoreUnavailable`."""
    for asset, found in side_by_side(
        lambda asset: (asset, _look(asset, examiner)), assets, threads=examiner.threads, name="check"
    ):
        if isinstance(found, ColophonError):
            yield _failed(asset, found)
        else:
            yield _record(asset, *found, examiner)


def lapse(reviews: Reviews, *, policy: PolicyRef, clock: Clock) -> list[str]:
    """Hold every approved asset whose approval has run out, as a decision of the policy. Returns those."""
    held: list[str] = []
    last: str | None = None
    while page := reviews.expired(now=clock.now(), limit=_PAGE, after=last):
        held += [asset for asset in page if reviews.lapse(asset, policy=policy, now=clock.now()).action]
        last = page[-1]
    return held


def _look(asset: Asset, examiner: Examiner) -> tuple[tuple[Finding, ...], Judgement] | ColophonError:
    bench = examiner.bench_of(asset)
    try:
        content = examiner.store.get(asset.sha256)
        facts = bench.imaging.inspect(content)
    except (NotFound, ObjectCorrupt, PictureError) as error:
        return error
    ordered = examiner.orders.progress(asset.generation).generation if asset.generation else None
    return examine(replace(asset, facts=facts), content, bench.reader.read(content), ordered, bench)


def _record(asset: Asset, findings: tuple[Finding, ...], judgement: Judgement, examiner: Examiner) -> Rechecked:
    try:
        before, turn = examiner.reviews.check_again(asset, findings, judgement, now=examiner.clock.now())
    except Conflict as error:
        return _failed(asset, error)
    return Rechecked(asset, before, turn, judgement, judgement.doubts(findings))


def _failed(asset: Asset, error: ColophonError) -> Rechecked:
    codes = {NotFound: "object_missing", ObjectCorrupt: "object_corrupt", Conflict: "changed"}
    code = codes.get(type(error), "unreadable")
    return Rechecked(asset, asset.state, Turn(asset.state), trouble=(code, error.message))
