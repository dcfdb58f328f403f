"""Halts as plain data."""

from typing import Any

from colophon.domain.halt import Halt, campaign_of
from colophon.services.times import time_text


def halt_view(halt: Halt) -> dict[str, Any]:
    """``campaign`` None: all of them."""
    return {
        "id": halt.id,
        "scope": halt.scope,
        "campaign": campaign_of(halt.scope),
        "by": halt.by,
        "reason": halt.reason,
        "at": time_text(halt.at),
        "lifted_at": time_text(halt.lifted_at),
        "lifted_by": halt.lifted_by,
    }
