"""The assets of a campaign that may be public now, as `colophon.domain.gate` has it."""

from collections.abc import Sequence
from datetime import datetime

from colophon.domain.asset import Asset, AssetState
from colophon.domain.gate import may_publish
from colophon.ports import Reviews


def admitted(assets: Sequence[Asset], *, reviews: Reviews, now: datetime) -> dict[str, Asset]:
    """By id, those of ``assets`` that may be public: approved of the bytes, findings and doubts that are there now, by
    as many people as it takes, and not for a time that is over."""
    approved = [asset for asset in assets if asset.state is AssetState.APPROVED]
    dossiers = reviews.dossiers(approved)
    return {name: found.asset for name, found in dossiers.items() if may_publish(found, now) is None}
