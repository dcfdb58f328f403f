"""Approved renditions to their public addresses, and their withdrawal."""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from colophon.domain.asset import Asset, Rendition, sha256
from colophon.domain.gate import may_publish
from colophon.domain.history import Judged, Occasion
from colophon.domain.identity import new_id
from colophon.domain.record import Publication
from colophon.errors import ColophonError, Conflict, NotFound, ObjectCorrupt, Problem
from colophon.ports import Assets, Clock, ManifestReader, Orders, Publications, Reviews, Shelf, Store, Verdicts
from colophon.services.public_files import key_of, manifest_key, write_list
from colophon.services.render import acceptable
from colophon.services.shelf_survey import Survey, survey

EMBARGO = "embargo"
MANIFEST_TYPE = "application/c2pa"


@dataclass(frozen=True, slots=True)
class Press:
    """The ports by which renditions become public."""

    orders: Orders
    assets: Assets
    publications: Publications
    verdicts: Verdicts
    reviews: Reviews
    store: Store
    shelf: Shelf
    reader: ManifestReader
    clock: Clock
    # Called when something was published or withdrawn: the audit log gets a checkpoint.
    changed: Callable[[], object] = lambda: None


@dataclass(frozen=True, slots=True)
class Difference:
    """What a publish or an unpublish would change or has changed; ``kept`` stays as it is."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    list_address: str | None = None


def publish(campaign: str, *, press: Press, dry_run: bool = False) -> Difference:
    """Make public what the newest revision plans and people approved, each file at its immutable address; put back
    what is missing there; take down what is public and no longer planned or approved; renew the campaign's list.

    Each file is read back from the shelf and verified before it is listed. Running again changes nothing. Raises
    `NotFound`, `StoreUnavailable`, `Conflict` during an embargo; `ObjectCorrupt` or `Conflict` when a file does not
    verify or other bytes are served at its address: the others are handled all the same.
    """
    record = press.orders.campaign(campaign)
    _embargo_over(record.brief, press.clock.now())
    found = survey(
        campaign,
        orders=press.orders,
        assets=press.assets,
        reviews=press.reviews,
        publications=press.publications,
        shelf=press.shelf,
        now=press.clock.now(),
    )
    difference = Difference(
        added=tuple(r.id for r, _ in found.new),
        removed=tuple(p.rendition for p in found.removed),
        kept=tuple(found.kept),
    )
    if dry_run:
        _raise_any(found.broken)
        return difference
    if not (found.new or found.removed or found.kept or found.broken):
        return difference
    return replace(difference, list_address=_change(campaign, found, press))


def publish_when_due(campaign: str, *, press: Press) -> Difference | None:
    """As `publish`, but None while the campaign is under embargo."""
    try:
        return publish(campaign, press=press)
    except Conflict as error:
        if error.reason == EMBARGO:
            return None
        raise


def unpublish(campaign_or_rendition: str, *, press: Press, dry_run: bool = False) -> Difference:
    """Take a campaign's publications, or one rendition's, off the shelf and prove that nothing answers there.

    Raises `NotFound` for a name that is neither, `ObjectCorrupt` when a file is still served afterwards.
    """
    campaign, publications = _publications_of(campaign_or_rendition, press)
    ids = tuple(p.rendition for p in publications)
    if dry_run:
        return Difference(removed=ids)
    return Difference(removed=ids, list_address=_change(campaign, Survey(removed=publications), press))


def open_of_asset(asset_id: str, *, assets: Assets, publications: Publications) -> list[Publication]:
    """What is public of one asset now. Raises `NotFound`."""
    own = {rendition.id for rendition in assets.renditions(asset_id)}
    campaign = assets.get(asset_id).campaign
    return [p for p in publications.of_campaign(campaign, only_open=True) if p.rendition in own]


def recall(asset_id: str, *, press: Press) -> Difference:
    """Take down at once what is public of an asset. Raises as `unpublish` does."""
    public = open_of_asset(asset_id, assets=press.assets, publications=press.publications)
    if not public:
        return Difference()
    address = _change(public[0].campaign, Survey(removed=public), press)
    return Difference(removed=tuple(p.rendition for p in public), list_address=address)


def _change(campaign: str, found: Survey, press: Press) -> str:
    """Change the shelf and renew the list; also where a change fails halfway, since the list is what people read.

    What is wrong with one file keeps no other from being handled: the errors are raised at the end.
    """
    failed: list[ColophonError] = list(found.broken)
    checked = set(found.kept)
    try:
        for publication in found.removed:
            with _noted(failed):
                _remove(publication, press)
        for rendition, asset in found.new:
            with _noted(failed):
                _put(campaign, rendition, asset, press)
                checked.add(rendition.id)
    except ColophonError:
        _renew_list(campaign, checked, press)
        raise
    address = _renew_list(campaign, checked, press)
    press.changed()
    _raise_any(failed)
    return address


def _renew_list(campaign: str, checked: Collection[str], press: Press) -> str:
    return write_list(
        campaign, checked=checked, publications=press.publications, assets=press.assets, shelf=press.shelf
    )


@contextmanager
def _noted(failed: list[ColophonError]) -> Iterator[None]:
    """Errors that concern one file only."""
    try:
        yield
    except (ObjectCorrupt, Conflict) as error:
        failed.append(error)


def _raise_any(failed: Sequence[ColophonError]) -> None:
    if len(failed) == 1:
        raise failed[0]
    if failed:
        raise ObjectCorrupt(
            f"{len(failed)} public files are not as they should be; the first: {failed[0].message}",
            where=failed[0].where,
            hint=failed[0].hint,
            problems=[Problem(e.code, e.message, file=e.where) for e in failed],
        )


def _embargo_over(brief: str, now: datetime) -> None:
    embargo = json.loads(brief).get("embargo")
    if embargo and now < datetime.fromisoformat(embargo):
        raise Conflict(f"the campaign is under embargo until {embargo}", reason=EMBARGO, hint="publish again after it")


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
        _remove(opened, press)
        raise Conflict(f"asset {asset.id} may not be public any more: {why}", where=asset.id)


def _put_verified(key: str, rendition: Rendition, asset: Asset, press: Press) -> str:
    content = press.store.get(rendition.sha256)
    manifest = press.store.get(rendition.manifest_sha256) if rendition.manifest_sha256 else None
    if manifest is not None:
        press.shelf.put(manifest_key(key), manifest, MANIFEST_TYPE)
    address = press.shelf.put(key, content, rendition.format.media_type)
    public = press.shelf.get(key)
    beside = press.shelf.get(manifest_key(key)) if manifest is not None else None
    verdict = press.reader.read(public, beside)
    # A verdict on other bytes says nothing about this rendition: its history is not the place for it.
    if sha256(public) == rendition.sha256 and beside == manifest:
        judged = Judged(asset.id, rendition.id, verdict)
        press.verdicts.record([judged], occasion=Occasion.PUBLISH, now=press.clock.now())
        if acceptable(verdict, press.assets.provenance(asset.id)):
            return address
    press.shelf.delete(key)
    press.shelf.delete(manifest_key(key))
    raise ObjectCorrupt(
        f"rendition {rendition.id} does not verify at its public address: {verdict.doubts}",
        where=address,
        hint="nothing of it is listed; look at `colophon verify` for the stored file",
    )


def _publications_of(name: str, press: Press) -> tuple[str, Sequence[Publication]]:
    try:
        campaign = press.orders.campaign(name).slug
    except NotFound:
        rendition = _rendition(name, press)
        campaign = press.assets.get(rendition.asset).campaign
        open_now = press.publications.of_campaign(campaign, only_open=True)
        return campaign, [p for p in open_now if p.rendition == rendition.id]
    return campaign, press.publications.of_campaign(campaign, only_open=True)


def _rendition(name: str, press: Press) -> Rendition:
    try:
        return press.assets.rendition(name)
    except NotFound as error:
        raise NotFound(
            f"there is neither a campaign nor a rendition {name!r}", where=name, hint="`colophon campaigns` lists them"
        ) from error


def _remove(publication: Publication, press: Press) -> None:
    press.shelf.delete(publication.key)
    press.shelf.delete(manifest_key(publication.key))
    try:
        press.shelf.get(publication.key)
    except NotFound:
        press.publications.close(publication.id, at=press.clock.now())
        return
    raise ObjectCorrupt(
        f"{publication.address} is still served after it was deleted",
        where=publication.key,
        hint="check who may delete in the CDN store, then run unpublish again",
    )
