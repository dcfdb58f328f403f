"""Views of targets and deliveries, for people and scripts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from colophon.domain.delivery import Delivery, TargetStanding
from colophon.services.notify import Despatch, Served
from colophon.services.times import time_text


def target_views(despatch: Despatch) -> list[dict[str, Any]]:
    """Every target of the settings or the catalog; ``configured`` false: these settings do not have it."""
    standings = {standing.name: standing for standing in despatch.outbox.standings()}
    now, here = despatch.clock.now(), {each.target.name: each for each in despatch.subscriptions}
    views = []
    for name in sorted({*standings, *here}):
        standing, known = standings.get(name), here.get(name)
        views.append(
            {
                "name": name,
                "configured": known is not None,
                "address": known.courier.address if known else None,
                "events": _listed(known.target.types if known else None),
                "brands": _listed(known.target.brands if known else None),
                "state": _state(standing, now),
                "why": standing.stopped_why if standing else None,
                **{part: getattr(standing, part, 0) for part in ("pending", "delivered", "dead")},
            }
        )
    return views


def delivery_view(delivery: Delivery) -> dict[str, Any]:
    message = delivery.message
    return {
        "id": message.id,
        "target": delivery.target,
        "type": message.type.value,
        "campaign": message.campaign,
        "timestamp": time_text(message.at),
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "last_status": delivery.last_status,
        "last_problem": delivery.last_problem,
        "last_at": _maybe(delivery.last_at),
        "due_at": time_text(delivery.due_at) if delivery.ended_at is None else None,
        "body": message.body,
    }


def served_views(served: Sequence[Served]) -> list[dict[str, Any]]:
    return [
        {
            "target": each.target,
            "delivered": list(each.delivered),
            "failed": [{"status": sent.status, "problem": sent.problem} for sent in each.failed],
            "dead": list(each.dead),
            "stopped": each.stopped,
        }
        for each in served
    ]


def _state(standing: TargetStanding | None, now: datetime) -> str:
    if standing is not None and standing.stopped_at is not None:
        return "stopped"
    resting = standing is not None and standing.rests_until is not None and standing.rests_until > now
    return "resting" if resting else "on"


def _listed(values: Any) -> list[str] | None:
    return None if values is None else sorted(str(value) for value in values)


def _maybe(moment: datetime | None) -> str | None:
    return time_text(moment) if moment else None
