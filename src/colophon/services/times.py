"""Moments as the JSON documents write them."""

from datetime import datetime


def time_text(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
