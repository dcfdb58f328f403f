"""Every crop of an asset at once: what is cut out for each placement, before any file is made."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import groupby
from typing import Any

from jinja2 import Environment

from colophon.domain.asset import Asset
from colophon.domain.crop import Target, clear_of, enlargement
from colophon.domain.placement import PictureFormat, Placement
from colophon.domain.recipe import crop_of, subject_of
from colophon.domain.rendition import PlannedRendition, Recipe
from colophon.domain.subject import Box, Subject
from colophon.errors import NotFound
from colophon.ports import Assets, Imaging, Orders, Store

View = dict[str, Any]

_ORIGINAL_SIDE = 900  # pixels of the longer side on the page
_CROP_SIDE = 300


def planned_for(
    asset: Asset, *, orders: Orders, placements: Mapping[str, Placement], everywhere: bool
) -> Sequence[PlannedRendition]:
    """One file a placement: those the campaign's newest revision wants from this asset, or with ``everywhere``, or for
    a picture from outside, all placements of the table."""
    if asset.generation is None or everywhere:
        return [_anywhere(asset, placement) for placement in placements.values()]
    generation = orders.progress(asset.generation).generation
    wanted = orders.planned_renditions(asset.campaign)
    mine = [p for p in wanted if (p.visual, p.master) == (generation.visual, generation.master)]
    if not mine:
        raise NotFound(
            "the campaign's newest revision wants no file of this asset",
            where=asset.id,
            hint="`--all` shows every crop",
        )
    return [next(group) for _, group in groupby(mine, key=lambda planned: planned.placement)]  # its widest


def crops_view(asset: Asset, planned: Sequence[PlannedRendition], *, assets: Assets, enlarge: float) -> View:
    """The crops in the plan's order, with the share of the subject in each and clear of what the channel covers."""
    subject = subject_of(asset, planned[0])
    said = assets.focuses(asset.id)
    source = "person" if asset.focus else "brief" if planned[0].focus else "found" if subject else "none"
    return {
        "asset_id": asset.id,
        "campaign": asset.campaign,
        "visual": asset.visual,
        "width": asset.facts.width,
        "height": asset.facts.height,
        "focus": asdict(subject.focus) if subject else None,
        "focus_from": source,
        "focus_by": said[-1].by if asset.focus and said else None,
        "subject": asdict(subject.box) if subject and source == "found" else None,
        "crops": [_crop(asset, file, subject, enlarge) for file in planned],
    }


def crops_html(template: str, view: View, asset: Asset, *, store: Store, imaging: Imaging) -> str:
    """One page that needs no other file. The pictures on it are made in one decode, small, in the confined child; all
    text is escaped. Raises `PictureError`, `StoreUnavailable`, `ObjectCorrupt`."""
    whole = Box(0, 0, asset.facts.width, asset.facts.height)
    recipes = [_small(whole, _ORIGINAL_SIDE), *(_small(Box(**crop["box"]), _CROP_SIDE) for crop in view["crops"])]
    made = imaging.render(store.get(asset.sha256), recipes)
    original, *cuts = [f"data:image/jpeg;base64,{base64.b64encode(each.content).decode()}" for each in made]
    crops = [{**crop, "src": src} for crop, src in zip(view["crops"], cuts, strict=True)]
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(template).render(asset={**view, "src": original}, crops=crops)


def _anywhere(asset: Asset, placement: Placement) -> PlannedRendition:
    form, size = placement.formats[0], (placement.width, placement.height)
    return PlannedRendition(
        asset.visual or "", placement.key, form, *size, placement.max_bytes, "", 0.0, placement.safe_area
    )


def _crop(asset: Asset, planned: PlannedRendition, subject: Subject | None, enlarge: float) -> View:
    box = crop_of(asset, planned)
    clear = clear_of(box, Target(planned.width, planned.height, planned.safe))
    enlarged = enlargement(box, planned.width, planned.height)
    return {
        "placement": planned.placement,
        "width": planned.width,
        "height": planned.height,
        "box": asdict(box),
        "uncovered": asdict(clear),
        "safe": asdict(planned.safe) if planned.safe else None,
        "kept": round(subject.box.shared(box), 3) if subject else None,
        "kept_clear": round(subject.box.shared(clear), 3) if subject else None,
        "enlarged": round(enlarged, 3),
        "problem": "enlarged" if enlarged > enlarge else None,
    }


def _small(box: Box, side: int) -> Recipe:
    scale = min(1.0, side / max(box.width, box.height))
    width, height = max(1, round(box.width * scale)), max(1, round(box.height * scale))
    return Recipe(box, width, height, PictureFormat.JPEG, None, "")
