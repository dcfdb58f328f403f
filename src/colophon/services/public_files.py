"""Where a rendition lies on the public shelf, what is really served there, and the list that says so."""

from collections.abc import Collection, Sequence
from enum import StrEnum
from itertools import groupby

from colophon.domain.asset import Rendition, sha256
from colophon.domain.brief import Brief
from colophon.domain.brief_copy import Alt
from colophon.domain.markup import PublicFile, picture_markup
from colophon.domain.publication_list import (
    LIST_NAME,
    ListedCampaign,
    ListedFile,
    ListedPicture,
    PublicationList,
    list_bytes,
)
from colophon.domain.record import Publication
from colophon.domain.rights import window_of
from colophon.errors import NotFound
from colophon.ports import Shelf
from colophon.services.press import Press
from colophon.services.times import time_text

_WEB = "web/"


class Served(StrEnum):
    """What the shelf answers with for a publication: the recorded bytes, nothing, or something else. A detached
    manifest counts as part of its file."""

    INTACT = "intact"
    MISSING = "missing"
    OTHER = "other"


def key_of(campaign: str, rendition: Rendition) -> str:
    """Immutable: the name holds the digest, so other bytes get another address."""
    placement = rendition.placement.replace("/", "-")
    if rendition.locale is not None:
        placement = f"{placement}-{rendition.locale.lower()}"
    return f"{campaign}/{placement}-{rendition.sha256[:32]}.{rendition.format.value}"


def manifest_key(key: str) -> str:
    return f"{key}.c2pa"


def addresses_of(publication: Publication, rendition: Rendition) -> tuple[str, ...]:
    """All that is public of it: the file, and its manifest where that is beside it."""
    beside = (manifest_key(publication.address),) if rendition.manifest_sha256 else ()
    return (publication.address, *beside)


def served(publication: Publication, rendition: Rendition, shelf: Shelf) -> Served:
    """Reads the shelf; the catalog's row is only a claim. Raises `StoreUnavailable`."""
    parts = [_served(publication.key, publication.sha256, shelf)]
    if rendition.manifest_sha256 is not None:
        parts.append(_served(manifest_key(publication.key), rendition.manifest_sha256, shelf))
    return next((part for part in (Served.OTHER, Served.MISSING) if part in parts), Served.INTACT)


def _served(key: str, digest: str, shelf: Shelf) -> Served:
    try:
        return Served.INTACT if sha256(shelf.get(key)) == digest else Served.OTHER
    except NotFound:
        return Served.MISSING


def write_list(campaign: str, *, checked: Collection[str], press: Press) -> ListedCampaign:
    """Renew the campaign's list of what is public, and say where it is.

    Only what is served unchanged is listed. ``checked`` are the renditions of which that is known already; the others
    are read from the shelf.
    """
    files: list[tuple[Publication, Rendition]] = []
    for publication in press.publications.of_campaign(campaign, only_open=True):
        rendition = press.assets.rendition(publication.rendition)
        if rendition.id in checked or served(publication, rendition, press.shelf) is Served.INTACT:
            files.append((publication, rendition))
    brief = Brief.model_validate_json(press.orders.campaign(campaign).brief)
    visuals = {asset.id: asset.visual for asset in press.assets.of_campaign(campaign)}
    alts = {visual.id: visual.alt for visual in brief.visuals}
    content = list_bytes(
        publication_list(brief, [_entry(p, r, alts.get(visuals.get(r.asset) or "")) for p, r in files])
    )
    address = press.shelf.replace(f"{campaign}/{LIST_NAME}", content, "application/json")
    return ListedCampaign(
        campaign=campaign, list=address, sha256=sha256(content), bytes=len(content), publications=len(files)
    )


def publication_list(brief: Brief, files: Sequence[ListedFile]) -> PublicationList:
    """Pure: the same files under the same brief give the same list."""
    window = window_of(brief)
    return PublicationList(
        campaign=brief.campaign,
        title=brief.title,
        territories=window.territories,
        valid_from=time_text(window.opens),
        valid_until=time_text(window.closes),
        publications=tuple(files),
        pictures=tuple(_pictures(files)),
    )


def _pictures(files: Sequence[ListedFile]) -> list[ListedPicture]:
    """One for each asset, web placement and language, whatever widths and kinds of file it has."""
    web = sorted((file for file in files if file.placement.startswith(_WEB)), key=_picture_of)
    return [
        ListedPicture(
            asset=asset,
            placement=placement,
            locale=locale or None,
            markup=picture_markup([PublicFile(f.address, f.width, f.height, f.media_type) for f in group], alt=alt),
            alt=alt,
        )
        for (asset, placement, locale, alt), group in groupby(web, key=_picture_of)
    ]


def _picture_of(file: ListedFile) -> tuple[str, str, str, str]:
    return file.asset, file.placement, file.locale or "", file.alt


def _entry(publication: Publication, rendition: Rendition, alt: Alt | None) -> ListedFile:
    return ListedFile(
        rendition=rendition.id,
        asset=rendition.asset,
        placement=rendition.placement,
        address=publication.address,
        sha256=rendition.sha256,
        bytes=rendition.bytes,
        media_type=rendition.format.media_type,
        width=rendition.width,
        height=rendition.height,
        signer=rendition.signer,
        locale=rendition.locale,
        manifest=manifest_key(publication.address) if rendition.manifest_sha256 else "embedded",
        from_=str(time_text(publication.published_from)),
        alt=alt.in_locale(rendition.locale) if alt else "",
    )
