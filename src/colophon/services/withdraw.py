"""What is public, taken back: by name, with an asset that was rejected, or because the rights do not allow it now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from colophon.domain.brief import Brief
from colophon.domain.record import Publication
from colophon.domain.rights import Standing, window_of
from colophon.domain.withdrawal import Why, Withdrawal
from colophon.errors import ColophonError, NotFound, Problem
from colophon.ports import Assets, Publications
from colophon.services.admitted import admitted
from colophon.services.current_list import renew_current, renew_if_old
from colophon.services.press import Difference, Press
from colophon.services.publish import raise_any, renew_lists
from colophon.services.take_down import follow, remove_each
from colophon.services.turn import turn

_REASONS = {Standing.OPEN: Why.REJECTED, Standing.ENDED: Why.EXPIRED}
_Wanted = Callable[[str], bool]  # whether a rendition, by its id, is meant


def unpublish(name: str, *, press: Press, dry_run: bool = False, wait: float = 0.0) -> Difference:
    """Take a campaign's publications, an asset's, or one rendition's, off the shelf; purge them; and look at all their
    addresses until nothing answers there, for ``wait`` seconds at the most. What is left then is in ``problems``.

    Running again goes on with what was not seen through. Raises `NotFound` for a name that is none of these,
    `Conflict` while something else changes the campaign, `ObjectCorrupt` when a file stays on the shelf,
    `StoreUnavailable`.
    """
    campaign, wanted = _scope(name, press)
    if dry_run:
        return Difference(removed=tuple(p.rendition for p in _public(campaign, wanted, press)))
    return _withdraw(campaign, wanted, Why.ASKED, press, wait)


def recall(asset_id: str, *, press: Press, wait: float = 0.0) -> Difference:
    """Take down at once what is public of an asset that was rejected. Raises as `unpublish` does."""
    campaign = press.assets.get(asset_id).campaign
    own = {rendition.id for rendition in press.assets.renditions(asset_id)}
    if not _public(campaign, own.__contains__, press):
        return Difference()
    return _withdraw(campaign, own.__contains__, Why.REJECTED, press, wait)


def open_of_asset(asset_id: str, *, assets: Assets, publications: Publications) -> list[Publication]:
    """What is public of one asset now. Raises `NotFound`."""
    own = {rendition.id for rendition in assets.renditions(asset_id)}
    campaign = assets.get(asset_id).campaign
    return [p for p in publications.of_campaign(campaign, only_open=True) if p.rendition in own]


@dataclass(frozen=True, slots=True)
class Upheld:
    """``removed`` are the renditions that were not allowed to be public; ``withdrawals`` all that were not
    seen through before, ``problems`` what of it is left."""

    removed: tuple[str, ...]
    withdrawals: tuple[Withdrawal, ...]
    problems: tuple[Problem, ...]


def not_allowed(press: Press) -> list[Publication]:
    """What is public and should not be at this time: by its campaign's newest brief, or because nobody approves it
    any more."""
    now = press.clock.now()
    found: list[Publication] = []
    for campaign in press.publications.campaigns():
        public = press.publications.of_campaign(campaign, only_open=True)
        if _standing(campaign, press, now) is Standing.OPEN:
            allowed = admitted(press.assets.of_campaign(campaign), reviews=press.reviews, now=now)
            renditions = press.assets.renditions_of_campaign(campaign)
            refused = {rendition.id for rendition in renditions if rendition.asset not in allowed}
            public = [p for p in public if p.rendition in refused]
        found += public
    return found


def uphold(*, press: Press, wait: float = 0.0) -> Upheld:
    """Take down what rights, embargo or a rejection do not allow now, go on with every withdrawal that was not seen
    through, and renew the signed list where it is a day old. For a schedule of a minute or less.

    A campaign that cannot be handled keeps no other from it; it is in ``problems`` and comes again next time.
    """
    removed: list[str] = []
    problems: list[Problem] = []
    refused = not_allowed(press)
    now = press.clock.now()
    for campaign in sorted({p.campaign for p in refused}):
        mine = frozenset(p.rendition for p in refused if p.campaign == campaign)
        why = _REASONS.get(_standing(campaign, press, now), Why.RIGHTS)
        try:
            difference, failed = _take_down(campaign, mine.__contains__, why, press)
        except ColophonError as error:
            failed = [error]
        else:
            removed += difference.removed
        problems += [Problem(error.code, error.message, file=error.where or campaign) for error in failed]
    followed = follow(press.withdrawals.unfinished(), press, wait=wait)
    try:
        renew_if_old(press)
    except ColophonError as error:
        problems.append(Problem(error.code, error.message, file=error.where))
    return Upheld(tuple(removed), followed.withdrawals, (*problems, *followed.problems))


def _standing(campaign: str, press: Press, now: datetime) -> Standing:
    return window_of(Brief.model_validate_json(press.orders.campaign(campaign).brief)).standing(now)


def _withdraw(campaign: str, wanted: _Wanted, why: Why, press: Press, wait: float) -> Difference:
    difference, failed = _take_down(campaign, wanted, why, press)
    mine = [each for each in press.withdrawals.unfinished(campaign) if wanted(each.rendition)]
    followed = follow(mine, press, wait=wait)
    raise_any(failed)
    return Difference(
        removed=difference.removed,
        list_address=difference.list_address,
        current_address=difference.current_address,
        withdrawals=followed.withdrawals,
        problems=followed.problems,
    )


def _take_down(campaign: str, wanted: _Wanted, why: Why, press: Press) -> tuple[Difference, Sequence[ColophonError]]:
    failed: list[ColophonError] = []
    with turn(campaign, press) as hold:
        public = _public(campaign, wanted, press)
        if not public and not press.publications.of_campaign(campaign):
            return Difference(current_address=renew_current(press)), ()
        try:
            done = remove_each(public, lambda _: why, hold=hold, press=press, failed=failed)
        except ColophonError:
            renew_lists(campaign, (), press)
            raise
        addresses = renew_lists(campaign, (), press)
    removed = tuple(each.rendition for each in done)
    return Difference(removed=removed, list_address=addresses[0], current_address=addresses[1]), failed


def _public(campaign: str, wanted: _Wanted, press: Press) -> list[Publication]:
    return [p for p in press.publications.of_campaign(campaign, only_open=True) if wanted(p.rendition)]


def _scope(name: str, press: Press) -> tuple[str, _Wanted]:
    """The campaign, and which of its renditions are meant."""
    try:
        return press.orders.campaign(name).slug, lambda _: True
    except NotFound:
        own = _renditions(name, press)
    return press.assets.get(press.assets.rendition(own[0]).asset).campaign, frozenset(own).__contains__


def _renditions(name: str, press: Press) -> list[str]:
    try:
        return [press.assets.rendition(name).id]
    except NotFound:
        found = _of_asset(name, press)
    if not found:
        raise NotFound(
            f"there is neither a campaign nor a rendition nor an asset with renditions called {name!r}",
            where=name,
            hint="`colophon campaigns` lists them",
        )
    return found


def _of_asset(name: str, press: Press) -> list[str]:
    try:
        return [rendition.id for rendition in press.assets.renditions(press.assets.get(name).id)]
    except NotFound:
        return []
