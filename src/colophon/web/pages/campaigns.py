"""*Campaigns*: all of them, newest first, a page at a time."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from colophon.domain.board import CampaignFilter, CampaignState
from colophon.domain.duties import ORDERS
from colophon.web.house import House, visitor

_PAGE = 50
_MOST_BRANDS = 200
_LONGEST = 200  # characters that are looked for


def campaigns_router(house: House) -> APIRouter:
    router = APIRouter()
    boards = house.rt.catalog.boards

    @router.get("/campaigns")
    def campaigns(
        request: Request, brand: str = "", state: str = "", text: str = "", after: str | None = None
    ) -> Response:
        who = visitor(request)
        known = frozenset({CampaignState(state)} if state in set(CampaignState) else ())
        wanted = CampaignFilter(who.brands(), brand or None, known, text.strip()[:_LONGEST] or None)
        lines = boards.campaigns(wanted, limit=_PAGE + 1, after=after or None)
        asked = {"brand": brand, "state": state, "text": text}
        return house.pages.render(
            request,
            "campaigns.html",
            lines=lines[:_PAGE],
            cursor=lines[_PAGE - 1].slug if len(lines) > _PAGE else None,
            brands=list(boards.brands(who.brands(), limit=_MOST_BRANDS)),
            states=list(CampaignState),
            asked=asked,
            more=f"/campaigns?{urlencode({name: value for name, value in asked.items() if value} | {'after': ''})}",
            narrowed=any(asked.values()),
            may_order=who.has(*ORDERS),
        )

    return router
