"""What of a campaign is or was public, and what publishing or taking down would change, as people read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from colophon.domain.asset import Rendition
from colophon.domain.record import Publication
from colophon.domain.withdrawal import Withdrawal
from colophon.errors import ColophonError
from colophon.ports import Catalog
from colophon.services.press import Difference, Press
from colophon.services.publish import publish
from colophon.services.withdraw import unpublish

MOST_SHOWN = 200
Act = Literal["publish", "unpublish"]


@dataclass(frozen=True, slots=True)
class Shown:
    """``withdrawal``: it was taken back, and this is the evidence that it is gone, or not yet."""

    publication: Publication
    rendition: Rendition
    withdrawal: Withdrawal | None

    def state(self, now: datetime) -> str:
        if self.publication.published_until is None:
            return "published"
        if self.withdrawal is None:
            return "ended"
        if self.withdrawal.gone_at is not None:
            return "gone"
        if self.withdrawal.superseded_at is not None:
            return "public again"
        return "overdue" if self.withdrawal.overdue(now) else "waiting"


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an act would do, by renditions. ``problem``: why it may not be done, or not yet."""

    added: Sequence[Rendition] = ()
    removed: Sequence[Rendition] = ()
    kept: int = 0
    more: int = 0
    problem: ColophonError | None = None

    @property
    def nothing(self) -> bool:
        return not (self.added or self.removed)


def publications_shown(campaign: str, *, catalog: Catalog) -> tuple[list[Shown], int]:
    """Those that are public first, then the newest, and how many there are in all."""
    every = catalog.publications.of_campaign(campaign)
    newest = sorted(every, key=lambda each: (each.published_until is None, each.published_from), reverse=True)
    shown = newest[:MOST_SHOWN]
    taken_back = catalog.withdrawals.of_publications([each.id for each in shown if each.published_until is not None])
    withdrawals = {each.publication: each for each in taken_back}
    files = {each.id: each for each in catalog.assets.renditions_of_campaign(campaign)}
    return [Shown(each, files[each.rendition], withdrawals.get(each.id)) for each in shown], len(every)


def foreseen(campaign: str, act: Act, *, press: Press, catalog: Catalog) -> Foreseen:
    """Changes nothing. Raises `NotFound`, `StoreUnavailable`."""
    try:
        difference = (publish if act == "publish" else unpublish)(campaign, press=press, dry_run=True)
    except ColophonError as error:
        if error.transient or error.code == "not_found":
            raise
        return Foreseen(problem=error)
    return _named(campaign, difference, catalog)


def _named(campaign: str, difference: Difference, catalog: Catalog) -> Foreseen:
    files = {each.id: each for each in catalog.assets.renditions_of_campaign(campaign)}
    added = [files[each] for each in difference.added]
    removed = [files[each] for each in difference.removed]
    more = max(0, len(added) - MOST_SHOWN) + max(0, len(removed) - MOST_SHOWN)
    return Foreseen(added[:MOST_SHOWN], removed[:MOST_SHOWN], len(difference.kept), more)
