"""What decides a rendition's content, in one place: for who makes files and for who looks what is missing."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache

from colophon.domain.asset import Asset, sha256
from colophon.domain.brief import Disclosure
from colophon.domain.crop import Target, crop_for
from colophon.domain.lettering import Lettering
from colophon.domain.manifest import Origin
from colophon.domain.record import Progress
from colophon.domain.rendition import PlannedRendition
from colophon.domain.subject import Box, Spot, Subject
from colophon.domain.xmp import xmp_packet

# Changes whenever the same recipe would give other pixels or other words in the file.
VERSION = "6"


@dataclass(frozen=True, slots=True)
class Words:
    """What is written into every file of one asset: the XMP packet, the uses in training its manifest allows, the
    brand, and who made the picture with what."""

    xmp: str
    training: str
    brand: str
    origin: Origin


def words_of(progress: Progress, brief: str) -> Words:
    """The words for the asset of a generation, under the campaign's ``brief`` (canonical JSON)."""
    said = _said(brief)
    generation = progress.generation
    origin = Origin(progress.provider or generation.route, generation.model, progress.model_reported)
    packet = xmp_packet(origin, prompt=generation.prompt if said.disclosure.prompts else None, writer=said.owner)
    return Words(packet, said.disclosure.training, said.brand, origin)


@dataclass(frozen=True, slots=True)
class _Said:
    disclosure: Disclosure
    owner: str | None
    brand: str


@lru_cache(maxsize=4)
def _said(brief: str) -> _Said:
    """Read once, not for each picture: a brief grows with its pictures."""
    wanted = json.loads(brief)
    return _Said(Disclosure.model_validate(wanted["disclosure"]), wanted.get("owner"), wanted["brand"]["name"])


def subject_of(asset: Asset, planned: PlannedRendition) -> Subject | None:
    """What its crops keep: the focal point a person gave for this asset, else the brief's, else what was found in the
    picture; None where nothing was."""
    return kept_in_crops(asset, planned.focus)


def kept_in_crops(asset: Asset, asked: Spot | None) -> Subject | None:
    """The same, where ``asked`` is the brief's focal point."""
    if asset.focus is not None:
        return Subject.at(asset.focus)
    if asked is not None:
        return Subject.at(asked.on(asset.facts.width, asset.facts.height))
    return asset.facts.subject


def crop_of(asset: Asset, planned: PlannedRendition) -> Box:
    target = Target(planned.width, planned.height, planned.safe)
    return crop_for(asset.facts.width, asset.facts.height, target, subject_of(asset, planned))


def lettering_of(asset: Asset, planned: PlannedRendition) -> Lettering | None:
    """What is laid on this asset's file: the label only where a rule asks for it of what the picture shows."""
    return None if planned.lettering is None else planned.lettering.on(asset.synthetic_person)


def recipe_digest(asset: Asset, planned: PlannedRendition, words: Words) -> str:
    """SHA-256 over what decides a file's content: the picture, its cut, size, format and cap, what is laid on, and the
    words in it. The signature, different every time, is not part of it."""
    parts: dict[str, object] = {
        "version": VERSION,
        "asset": [asset.id, asset.sha256],
        "crop": asdict(crop_of(asset, planned)),
        "file": [planned.placement, planned.format, planned.width, planned.height, planned.max_bytes],
        "xmp": sha256(words.xmp.encode()),
        "training": words.training,
        "brand": words.brand,
        "origin": asdict(words.origin),
    }
    if (lettering := lettering_of(asset, planned)) is not None:
        crop, subject = crop_of(asset, planned), subject_of(asset, planned)
        kept_clear = [
            asdict(planned.safe) if planned.safe else None,
            asdict(subject.seen_in(crop)) if subject else None,
        ]
        parts["lettering"] = [lettering.model_dump(mode="json"), kept_clear]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def wanted_files(
    asset: Asset, progress: Progress, planned: Iterable[PlannedRendition], brief: str
) -> dict[str, PlannedRendition]:
    """The files to make from the asset of a generation, by the digest of their recipe, in the plan's order."""
    words = words_of(progress, brief)
    place = progress.generation.visual, progress.generation.master
    return {recipe_digest(asset, file, words): file for file in planned if (file.visual, file.master) == place}
