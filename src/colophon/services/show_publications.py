"""What of a campaign is or was public, and what publishing or taking down would change, as people read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from colophon.domain.asset import Rendition
from colophon.domain.record import Publication
from colophon.domain.withdrawal import Withdrawal
from colophon.errors import ColophonError
from colophon.ports import Catalog
from colophon.services.press import Difference, Press
from colophon.services.publish import publish
from colophon.services.show_withdrawal import withdrawal_line
from colophon.services.times import time_text
from colophon.services.withdraw import unpublish

View = dict[str, Any]
MOST_SHOWN = 200
_PUBLIC, _ENDED = "public", "ended"  # the two parts of the list, as its places name them
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


@dataclass(frozen=True, slots=True)
class Page:
    """``after`` is where the next one begins; None: this is the last."""

    shown: Sequence[Shown]
    count: int
    after: str | None


def publications_shown(campaign: str, after: str = "", *, limit: int = MOST_SHOWN, catalog: Catalog) -> Page:
    """Those that are public first, then those that ended, the newest of both first, and how many there are in all."""
    kind, _, last = after.partition(".")
    known, found = catalog.publications, list[tuple[Publication, Rendition]]()
    if kind != _ENDED:
        found += known.page(campaign, public=True, limit=limit + 1, after=last or None)
    if len(found) <= limit:
        left = limit + 1 - len(found)
        found += known.page(campaign, public=False, limit=left, after=last if kind == _ENDED else None)
    shown = found[:limit]
    taken_back = catalog.withdrawals.of_publications([each.id for each, _ in shown if each.published_until is not None])
    withdrawals = {each.publication: each for each in taken_back}
    return Page(
        [Shown(each, file, withdrawals.get(each.id)) for each, file in shown],
        known.count(campaign),
        _place(shown[-1][0]) if len(found) > limit else None,
    )


def publications_view(page: Page, now: datetime) -> View:
    """A page as plain data; what was seen at the addresses of a withdrawal is told with its asset."""
    return {
        "publications": [_shown_view(each, now) for each in page.shown],
        "count": page.count,
        "next_cursor": page.after,
    }


def _shown_view(shown: Shown, now: datetime) -> View:
    publication, file, withdrawal = shown.publication, shown.rendition, shown.withdrawal
    return {
        "id": publication.id,
        "rendition": file.id,
        "asset": file.asset,
        "placement": file.placement,
        "format": file.format.value,
        "locale": file.locale,
        "address": publication.address,
        "sha256": publication.sha256,
        "from": time_text(publication.published_from),
        "until": time_text(publication.published_until),
        "state": shown.state(now).replace(" ", "_"),
        "withdrawal": withdrawal_line(withdrawal, now) if withdrawal else None,
    }


def _place(publication: Publication) -> str:
    return f"{_PUBLIC if publication.published_until is None else _ENDED}.{publication.id}"


def foreseen(campaign: str, act: Act, *, press: Press, catalog: Catalog) -> Foreseen:
    """Changes nothing. Raises `NotFound`, `StoreUnavailable`."""
    try:
        difference = (publish if act == "publish" else unpublish)(campaign, press=press, dry_run=True)
    except ColophonError as error:
        if error.transient or error.code == "not_found":
            raise
        return Foreseen(problem=error)
    return _named(difference, catalog)


def _named(difference: Difference, catalog: Catalog) -> Foreseen:
    """Only what is shown is read."""
    added, removed = difference.added[:MOST_SHOWN], difference.removed[:MOST_SHOWN]
    files = catalog.assets.renditions_named([*added, *removed])
    more = len(difference.added) + len(difference.removed) - len(added) - len(removed)
    return Foreseen([files[each] for each in added], [files[each] for each in removed], len(difference.kept), more)
