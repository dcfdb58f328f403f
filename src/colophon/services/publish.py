"""Approved renditions to their public addresses, the list that says so, and their withdrawal."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from colophon.domain.asset import Asset, AssetState, Rendition, sha256
from colophon.domain.identity import new_id
from colophon.domain.record import Publication
from colophon.errors import ColophonError, Conflict, NotFound, ObjectCorrupt
from colophon.ports import Assets, Clock, ManifestReader, Orders, Publications, Shelf, Store
from colophon.services.render import acceptable

EMBARGO = "embargo"
MANIFEST_TYPE = "application/c2pa"


@dataclass(frozen=True, slots=True)
class Press:
    """The ports by which renditions become public."""

    orders: Orders
    assets: Assets
    publications: Publications
    store: Store
    shelf: Shelf
    reader: ManifestReader
    clock: Clock


@dataclass(frozen=True, slots=True)
class Difference:
    """What a publish or an unpublish would change or has changed; ``kept`` stays as it is."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    list_address: str | None = None


def publish(campaign: str, *, press: Press, dry_run: bool = False) -> Difference:
    """Make every rendition of an approved asset public at its immutable address, take down what is public of assets
    rejected since, and renew the campaign's list.

    Each file is read back from the shelf and verified before it is listed. Running again changes nothing. Raises
    `NotFound`, `ObjectCorrupt` when a file does not verify, `StoreUnavailable`, `Conflict` during an embargo.
    """
    record = press.orders.campaign(campaign)
    _embargo_over(record.brief, press.clock.now())
    approved = _approved(campaign, press)
    open_now = {p.rendition: p for p in press.publications.of_campaign(campaign, only_open=True)}
    wanted = [r for r, _ in approved]
    new = [(r, asset) for r, asset in approved if r.id not in open_now]
    recalled = _recalled(campaign, list(open_now.values()), press)
    difference = Difference(
        added=tuple(r.id for r, _ in new),
        removed=tuple(p.rendition for p in recalled),
        kept=tuple(r.id for r in wanted if r.id in open_now),
    )
    if dry_run or not (wanted or open_now):
        return difference
    return replace(difference, list_address=_change(campaign, recalled, new, press))


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
    return Difference(removed=ids, list_address=_change(campaign, publications, (), press))


def publication_list(campaign: str, press: Press) -> dict[str, object]:
    """What is public of a campaign now, as data: address, digest, size, type, dimensions, signer."""
    entries = []
    for publication in press.publications.of_campaign(campaign, only_open=True):
        rendition = press.assets.rendition(publication.rendition)
        entries.append(_entry(publication, rendition, press.shelf))
    return {"schema_version": 1, "campaign": campaign, "publications": entries}


def _approved(campaign: str, press: Press) -> list[tuple[Rendition, Asset]]:
    wanted = {p.generation.id for p in press.orders.wanted(campaign)}
    assets = [
        asset
        for asset in press.assets.of_campaign(campaign)
        if asset.state is AssetState.APPROVED and asset.generation in wanted
    ]
    return [(rendition, asset) for asset in assets for rendition in press.assets.renditions(asset.id)]


def _recalled(campaign: str, public: Sequence[Publication], press: Press) -> list[Publication]:
    states = {asset.id: asset.state for asset in press.assets.of_campaign(campaign)}
    asset_of = {r.id: r.asset for r in press.assets.renditions_of_campaign(campaign)}
    return [p for p in public if states[asset_of[p.rendition]] is not AssetState.APPROVED]


def _change(
    campaign: str, removed: Sequence[Publication], added: Sequence[tuple[Rendition, Asset]], press: Press
) -> str:
    """Change the shelf and renew the list; also where a change fails halfway, since the list is what people read."""
    try:
        for publication in removed:
            _remove(publication, press)
        for rendition, asset in added:
            _put(campaign, rendition, asset, press)
    except ColophonError:
        _write_list(campaign, press)
        raise
    return _write_list(campaign, press)


def _embargo_over(brief: str, now: datetime) -> None:
    embargo = json.loads(brief).get("embargo")
    if embargo and now < datetime.fromisoformat(embargo):
        raise Conflict(f"the campaign is under embargo until {embargo}", reason=EMBARGO, hint="publish again after it")


def _put(campaign: str, rendition: Rendition, asset: Asset, press: Press) -> None:
    content = press.store.get(rendition.sha256)
    manifest = press.store.get(rendition.manifest_sha256) if rendition.manifest_sha256 else None
    key = _key(campaign, rendition)
    if manifest is not None:
        press.shelf.put(_manifest_key(key), manifest, MANIFEST_TYPE)
    address = press.shelf.put(key, content, rendition.format.media_type)
    served = press.shelf.get(key)
    verdict = press.reader.read(served, press.shelf.get(_manifest_key(key)) if manifest is not None else None)
    if sha256(served) != rendition.sha256 or not acceptable(verdict, press.assets.provenance(asset.id)):
        press.shelf.delete(key)
        press.shelf.delete(_manifest_key(key))
        raise ObjectCorrupt(
            f"rendition {rendition.id} does not verify at its public address: {verdict.doubts}",
            where=address,
            hint="nothing of it is listed; look at `colophon verify` for the stored file",
        )
    press.publications.open(
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


def _key(campaign: str, rendition: Rendition) -> str:
    """Immutable: the name holds the digest, so other bytes get another address."""
    placement = rendition.placement.replace("/", "-")
    return f"{campaign}/{placement}-{rendition.sha256[:32]}.{rendition.format.value}"


def _manifest_key(key: str) -> str:
    return f"{key}.c2pa"


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
    press.shelf.delete(_manifest_key(publication.key))
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


def _write_list(campaign: str, press: Press) -> str:
    text = json.dumps(publication_list(campaign, press), indent=2, sort_keys=True, ensure_ascii=False)
    return press.shelf.replace(f"{campaign}/publications.json", text.encode() + b"\n", "application/json")


def _entry(publication: Publication, rendition: Rendition, shelf: Shelf) -> Mapping[str, object]:
    return {
        "rendition": rendition.id,
        "asset": rendition.asset,
        "placement": rendition.placement,
        "address": publication.address,
        "sha256": rendition.sha256,
        "bytes": rendition.bytes,
        "media_type": rendition.format.media_type,
        "width": rendition.width,
        "height": rendition.height,
        "signer": rendition.signer,
        "manifest": _manifest_key(publication.address) if rendition.manifest_sha256 else "embedded",
        "from": publication.published_from.isoformat(),
    }
