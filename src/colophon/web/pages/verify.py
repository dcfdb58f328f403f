"""*Verify*: any picture's verdict in parts, and which asset it is."""

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response

from colophon.services.identify import identify_file
from colophon.services.verify import verify_file
from colophon.web.api.reading import LOOKED_AT_ONCE, as_file
from colophon.web.forms import read_form
from colophon.web.house import House, visitor


def verify_router(house: House) -> APIRouter:
    router = APIRouter()
    rt, looking = house.rt, CapacityLimiter(LOOKED_AT_ONCE)

    @router.get("/verify")
    def ask(request: Request) -> Response:
        return house.pages.render(request, "verify.html", file=None, verdict=None, matches=())

    @router.post("/verify")
    async def judge(request: Request) -> Response:
        """The picture is looked at and not kept."""
        form, who = await read_form(request), visitor(request)
        name, content = await form.file("picture")

        def look() -> tuple[dict[str, object], list[dict[str, object]]]:
            with as_file(content) as path:
                verdict = verify_file(path, None, reader=rt.reader)
                found = identify_file(path, catalog=rt.catalog, imaging=rt.imaging, reader=rt.reader)
            seen = [match for match in found["matches"] if who.sees(house.brand_of_asset(match["asset_id"]))]
            digests = {match["asset_id"]: rt.catalog.assets.get(match["asset_id"]).sha256 for match in seen}
            return verdict, [match | {"sha256": digests[match["asset_id"]]} for match in seen]

        verdict, matches = await to_thread.run_sync(look, limiter=looking)
        return house.pages.render(request, "verify.html", file=name[:200], verdict=verdict, matches=matches)

    return router
