"""The crops of a plan before there is a picture: what each placement takes from its master."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from colophon.domain.master import Master
from colophon.domain.plan import Plan
from colophon.domain.rendition import PlannedRendition, crop_box
from colophon.domain.subject import Box

MOST = 48

View = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PlannedCrop:
    """Where a file is cut from its master if nothing is known of the subject: out of the middle. ``free`` is what of it
    the channel does not cover, None where it covers nothing; ``cut`` is how much of the master is left out, in
    percent."""

    master: Master
    file: PlannedRendition
    box: Box
    free: Box | None
    cut: int


def planned_crops(plan: Plan) -> Sequence[PlannedCrop]:
    """One for each master and placement, of several sizes the widest, in the plan's order."""
    masters = {master.id: master for master in plan.masters}
    widest = list({(each.master, each.placement): each for each in reversed(plan.renditions)}.values())[::-1]
    return [_crop(each, masters[each.master]) for each in widest]


def planned_crops_view(plan: Plan) -> list[View]:
    """At most `MOST`, as plain data."""
    return [
        {
            "master": crop.master.id,
            "placement": crop.file.placement,
            "box": asdict(crop.box),
            "uncovered": asdict(crop.free) if crop.free else None,
            "cut": crop.file.cut,
        }
        for crop in planned_crops(plan)[:MOST]
    ]


def _crop(planned: PlannedRendition, master: Master) -> PlannedCrop:
    box, safe = crop_box(master.width, master.height, planned.width, planned.height), planned.safe
    scale = box.width / planned.width
    free = None
    if safe:
        left, top = round(box.left + safe.left * scale), round(box.top + safe.top * scale)
        right, bottom = round(box.right - safe.right * scale), round(box.bottom - safe.bottom * scale)
        free = Box(left, top, right - left, bottom - top)
    return PlannedCrop(master, planned, box, free, round(planned.cut * 100))
