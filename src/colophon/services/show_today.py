"""What waits for somebody, as plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from colophon.services.rights_windows import Ending
from colophon.services.show import line_view
from colophon.services.show_queue import picture_view
from colophon.services.show_withdrawal import withdrawal_line
from colophon.services.times import time_text
from colophon.services.today import Spent

View = dict[str, Any]


def today_view(told: Mapping[str, Any]) -> View:
    """What the page *Today* shows: ``halts`` of all orders, ``pictures`` to review, ``unfinished`` campaigns, rights
    and certificates that end soon, withdrawals that are overdue, and money of this month; null where it is another
    role's."""
    now, pictures = told["now"], told["pictures"]
    return {
        "halts": told["halts"],
        "pictures": pictures and pictures | {"assets": [picture_view(each) for each in pictures["assets"]]},
        "unfinished": None if told["unfinished"] is None else [line_view(each) for each in told["unfinished"]],
        "endings": _endings(told["endings"]),
        "certificates": [asdict(each) | {"not_after": time_text(each.not_after)} for each in told["certificates"]],
        "overdue": [{"campaign": each.campaign} | withdrawal_line(each, now) for each in told["overdue"]],
        "newest": [line_view(each) for each in told["newest"]],
        "spent": None if told["spent"] is None else [_spent(each) for each in told["spent"]],
        "caps": [_spent(each) for each in told["caps"]],
        "limit": told["own"],
    }


def _endings(endings: Sequence[Ending]) -> list[View]:
    return [
        {
            "campaign": each.campaign.slug,
            "title": each.campaign.title,
            "brand": each.campaign.brand,
            "rights_end": time_text(each.closes),
        }
        for each in endings
    ]


def _spent(spent: Spent) -> View:
    return {
        "brand": spent.brand,
        "spent": str(spent.spent),
        "estimated": str(spent.estimated),
        "reserved": str(spent.reserved),
        "cap": str(spent.cap) if spent.cap else None,
        "currency": spent.spent.currency,
    }
