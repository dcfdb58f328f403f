"""Approved renditions to their public addresses, each read back there before it is listed."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime

from colophon.domain.asset import Asset, AssetState, Rendition
from colophon.domain.brief import Brief
from colophon.domain.descent import acceptable
from colophon.domain.gate import may_publish
from colophon.domain.history import Judged, Occasion
from colophon.domain.identity import new_id
from colophon.domain.record import Publication
from colophon.domain.rights import Standing, Window, window_of
from colophon.domain.withdrawal import Why
from colophon.errors import ColophonError, Conflict, ObjectCorrupt, Problem, StoreUnavailable
from colophon.services.current_list import renew_current
from colophon.services.press import Difference, Press
from colophon.services.public_files import key_of, manifest_key, write_list
from colophon.services.read_back import read_back
from colophon.services.shelf_survey import Survey, survey
from colophon.services.take_down import file_tag, follow, remove, remove_each
from colophon.services.times import time_text
from colophon.services.turn import turn

EMBARGO = Standing.EMBARGO.value
MANIFEST_TYPE = "application/c2pa"
_NOT_YET = (Standing.EMBARGO.value, Standing.EARLY.value)


def publish(campaign: str, *, press: Press, dry_run: bool = False) -> Difference:
    """Make public what the newest revision plans and people approved, each file at its immutable address; put back
    what is missing there; take down what is public and no longer planned or approved; renew the lists.

    Each file is read back through its public address and verified before it is listed. Running again changes nothing.
    Raises `NotFound`, `StoreUnavailable`; `Conflict` outside the time that rights and embargo allow (the reason says
    which) and while something else changes the same campaign; `ObjectCorrupt` or `Conflict` when a file does not
    verify or other bytes are served at its address: the others are handled all the same.
    """
    window = window_of(Brief.model_validate_json(press.orders.campaign(campaign).brief))
    _allowed(window, campaign, press.clock.now())
    if dry_run:
        found = _survey(campaign, press)
        raise_any(found.broken)
        return _difference(found)
    with turn(campaign, press) as hold:
        found = _survey(campaign, press)
        difference = _difference(found)
        if found.new or found.removed or found.kept or found.broken:
            difference = _change(campaign, found, difference, hold, press)
    followed = follow(difference.withdrawals, press, wait=0)
    return replace(difference, withdrawals=followed.withdrawals, problems=followed.problems)


def publish_when_due(campaign: str, *, press: Press) -> Difference | None:
    """As `publish`, but None while embargo or rights do not allow it yet."""
    try:
        return publish(campaign, press=press)
    except Conflict as error:
        if error.reason in _NOT_YET:
            return None
        raise


def _allowed(window: Window, campaign: str, now: datetime) -> None:
    standing = window.standing(now)
    if standing is Standing.OPEN:
        return
    if standing is Standing.ENDED:
        hint = "what is public is taken down by the next `colophon unpublish --due`; a newer brief may prolong them"
        text = f"the rights of {campaign} ended at {time_text(window.closes)}"
    else:
        what = "the campaign is under embargo" if standing is Standing.EMBARGO else "the rights have not begun"
        text = f"{what}: {campaign} may be public from {time_text(window.opens)}"
        hint = "publish again from then on"
    raise Conflict(text, where=campaign, reason=standing.value, hint=hint)


def _survey(campaign: str, press: Press) -> Survey:
    return survey(
        campaign,
        orders=press.orders,
        assets=press.assets,
        reviews=press.reviews,
        publications=press.publications,
        shelf=press.shelf,
        now=press.clock.now(),
    )


def _difference(found: Survey) -> Difference:
    return Difference(
        added=tuple(r.id for r, _ in found.new),
        removed=tuple(p.rendition for p in found.removed),
        kept=tuple(found.kept),
    )


def _change(campaign: str, found: Survey, difference: Difference, hold: Callable[[], None], press: Press) -> Difference:
    """Change the shelf and renew the lists; also where a change fails halfway, since the lists are what people read.

    What is wrong with one file keeps no other from being handled: the errors are raised at the end.
    """
    failed: list[ColophonError] = list(found.broken)
    checked = set(found.kept)
    try:
        taken = remove_each(found.removed, lambda p: _why(p, press), hold=hold, press=press, failed=failed)
        for rendition, asset in found.new:
            hold()
            with _noted(failed):
                _put(campaign, rendition, asset, press)
                checked.add(rendition.id)
    except ColophonError:
        renew_lists(campaign, checked, press)
        raise
    addresses = renew_lists(campaign, checked, press)
    raise_any(failed)
    return replace(difference, list_address=addresses[0], current_address=addresses[1], withdrawals=tuple(taken))


def renew_lists(campaign: str, checked: Collection[str], press: Press) -> tuple[str, str | None]:
    """The campaign's list and the signed one of all campaigns, in that order: what the second names is there."""
    written = write_list(campaign, checked=checked, press=press)
    current = renew_current(press, written)
    press.changed()
    return written.list, current


def _why(publication: Publication, press: Press) -> Why:
    asset = press.assets.get(press.assets.rendition(publication.rendition).asset)
    return Why.REJECTED if asset.state is AssetState.REJECTED else Why.UNPLANNED


@contextmanager
def _noted(failed: list[ColophonError]) -> Iterator[None]:
    """Errors that concern one file only."""
    try:
        yield
    except (ObjectCorrupt, Conflict) as error:
        failed.append(error)


def raise_any(failed: Sequence[ColophonError]) -> None:
    if len(failed) == 1:
        raise failed[0]
    if failed:
        raise ObjectCorrupt(
            f"{len(failed)} public files are not as they should be; the first: {failed[0].message}",
            where=failed[0].where,
            hint=failed[0].hint,
            problems=[Problem(e.code, e.message, file=e.where) for e in failed],
        )


def _put(campaign: str, rendition: Rendition, asset: Asset, press: Press) -> None:
    key = key_of(campaign, rendition)
    address = _put_verified(key, rendition, asset, press)
    opened = press.publications.open(
        Publication(
            id=new_id("pub", press.clock.now()),
            campaign=campaign,
            rendition=rendition.id,
            key=key,
            address=address,
            sha256=rendition.sha256,
            published_from=press.clock.now(),
        )
    )
    # A rejection in between either sees this publication and recalls it, or is seen here.
    if why := may_publish(press.reviews.dossier(asset.id), press.clock.now()):
        follow([remove(opened, Why.REJECTED, press)], press, wait=0)
        raise Conflict(f"asset {asset.id} may not be public any more: {why}", where=asset.id)


def _put_verified(key: str, rendition: Rendition, asset: Asset, press: Press) -> str:
    content = press.store.get(rendition.sha256)
    manifest = press.store.get(rendition.manifest_sha256) if rendition.manifest_sha256 else None
    if manifest is not None:
        beside = press.shelf.put(manifest_key(key), manifest, MANIFEST_TYPE)
    address = press.shelf.put(key, content, rendition.format.media_type)
    try:
        public = read_back(address, rendition.sha256, rendition.format.media_type, press)
        if rendition.manifest_sha256 is not None:
            manifest = read_back(beside, rendition.manifest_sha256, MANIFEST_TYPE, press)
        verdict = press.reader.read(public, manifest)
        judged = Judged(asset.id, rendition.id, verdict)
        press.verdicts.record([judged], occasion=Occasion.PUBLISH, now=press.clock.now())
        if not acceptable(verdict, press.assets.provenance(asset.id)):
            raise ObjectCorrupt(
                f"{verdict.doubts}", where=address, hint="look at `colophon verify` for the stored file"
            )
    except (ObjectCorrupt, StoreUnavailable) as error:
        _take_back(key, address, press)
        raise type(error)(
            f"rendition {rendition.id} does not verify at its public address: {error.message}",
            where=error.where,
            hint=error.hint,
        ) from error
    return address


def _take_back(key: str, address: str, press: Press) -> None:
    """A file that was put and is not on record: whatever answers for it must not go on doing so."""
    press.shelf.delete(key)
    press.shelf.delete(manifest_key(key))
    if press.purge is not None:
        with suppress(StoreUnavailable):  # it is listed nowhere; the error that led here says what is wrong
            press.purge.purge([address, manifest_key(address)], [file_tag(key)])
