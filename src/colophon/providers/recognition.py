"""Whether a payload on a vendor's list is that of an order whose answer was lost."""

from collections.abc import Mapping, Sequence

from colophon.domain.asset import sha256
from colophon.domain.generation import Order
from colophon.providers.delivered import data_content


def made_by(given: object, order: Order, sent: Mapping[str, object], pictures: str) -> bool | None:
    """Compares every member that was sent, the prompt too; members that were not sent may be the vendor's defaults
    and say nothing. ``sent`` is the payload as declared, with digests in its member ``pictures``. None when all that
    is shown agrees and something that was sent is not shown: a vendor may remove or shorten its record."""
    if not isinstance(given, dict) or not given:
        return None
    wanted = {**sent, "prompt": order.generation.prompt}
    digests = wanted.pop(pictures, None)
    verdicts = {given[name] == value if name in given else None for name, value in wanted.items()}
    verdicts.add(_same_pictures(given.get(pictures), digests if isinstance(digests, list) else []))
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _same_pictures(listed: object, digests: Sequence[str]) -> bool | None:
    """By their number and, where they are listed inline, by their bytes: an upload's address is another each time."""
    if listed is None and digests:
        return None
    places = listed if isinstance(listed, list) else [] if listed is None else [listed]
    if len(places) != len(digests):
        return False
    verdicts = {_same_picture(place, digest) for place, digest in zip(places, digests, strict=True)}
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _same_picture(place: object, digest: str) -> bool | None:
    if not isinstance(place, str):
        return None
    if not place.startswith("data:"):
        return True
    content = data_content(place)
    return None if content is None else sha256(content) == digest
