"""*Today*: what waits for whoever is asking, by their roles."""

from fastapi import APIRouter, Request, Response

from colophon.web.house import House, visitor
from colophon.web.todays_work import TodaysWork


def today_router(house: House) -> APIRouter:
    router = APIRouter()
    work = TodaysWork(house)

    @router.get("/")
    def today(request: Request) -> Response:
        return house.pages.render(request, "today.html", **work.of(visitor(request)))

    return router
