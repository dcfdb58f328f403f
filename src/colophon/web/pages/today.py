"""*Today*: what waits for whoever is asking."""

from fastapi import APIRouter, Request, Response

from colophon.services.show import campaigns_view, waiting_view
from colophon.web.house import House, visitor


def today_router(house: House) -> APIRouter:
    router = APIRouter()

    @router.get("/")
    def today(request: Request) -> Response:
        who, catalog = visitor(request), house.rt.catalog
        campaigns = [row for row in campaigns_view(catalog) if who.sees(row["brand"])]
        brands = {row["campaign"]: row["brand"] for row in campaigns}
        waiting = [row for row in waiting_view(catalog, house.rt.clock.now()) if row["campaign"] in brands]
        return house.pages.render(request, "today.html", campaigns=campaigns, waiting=waiting)

    return router
