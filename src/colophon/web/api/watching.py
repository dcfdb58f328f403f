"""``/api/v1/campaigns/{campaign}/events``: where a campaign stands, told whenever it moves."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import StreamingResponse

from colophon.domain.board import CampaignCounts
from colophon.errors import ProviderUnavailable
from colophon.web.api.reading import PROBLEMS
from colophon.web.house import House, visitor
from colophon.web.live import SharedLooks, events, follow

_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events `state` with JSON, and `done` when it is over",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


def watching_router(house: House) -> APIRouter:
    router = APIRouter(tags=["campaigns"], responses=PROBLEMS)
    catalog = house.rt.catalog
    looks: SharedLooks[CampaignCounts] = SharedLooks(catalog.boards.counts)

    @router.get(
        "/api/v1/campaigns/{campaign}/events", responses=_STREAM, response_class=StreamingResponse, response_model=None
    )
    def moving(campaign: Annotated[str, Path(max_length=64)], request: Request) -> Response:
        """Server-sent events: `state` at once and at every change, `done` when nothing is under way any more. It ends
        after five minutes, and soon after whoever asks may no longer see the campaign; ask again. Twelve of one account
        at once."""
        name = visitor(request).name
        if not house.following.left(name):
            raise ProviderUnavailable("too many follow campaigns at this moment", retry_after=30)
        slug = catalog.orders.campaign(campaign).slug

        def made(counts: CampaignCounts) -> str:
            return json.dumps(state_view(slug, counts, running=house.running(slug)))

        def over(counts: CampaignCounts) -> bool:
            return counts.settled and not house.running(slug)

        def allowed() -> bool:
            return bool(request.app.state.gate.still(request))

        stream = follow(lambda: looks.latest(slug), made, over, allowed=allowed, name="state")
        return events(house.following.seated(name, stream))

    return router


def state_view(campaign: str, counts: CampaignCounts, *, running: bool) -> dict[str, Any]:
    """``done``: nothing of the newest revision is under way and no run is known."""
    spending = counts.spending
    return {
        "campaign": campaign,
        "revision": counts.revision,
        "state": counts.state.value,
        "running": running,
        "done": counts.settled and not running,
        "generations": {state.value: number for state, number in counts.generations.items()},
        "assets": {state.value: number for state, number in counts.assets.items()},
        "files": counts.files,
        "public": counts.public,
        "spent": str(spending.spent),
        "reserved": str(spending.reserved),
        "cap": str(spending.cap),
        "currency": spending.cap.currency,
    }
