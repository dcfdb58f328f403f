"""``/api/v1/verify``, ``/api/v1/identify`` and pictures from outside: the picture is the request's body."""

from pathlib import Path

from anyio import CapacityLimiter
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from colophon.services.identify import identify_file
from colophon.services.ingest import ingest_file
from colophon.services.verify import verify_file
from colophon.web.api.once import once
from colophon.web.api.reading import LOOKED_AT_ONCE, PICTURE, PROBLEMS, View, picture_of, with_picture
from colophon.web.house import House, visitor


def verify_router(house: House) -> APIRouter:
    router = APIRouter(route_class=once(house), tags=["pictures"], responses=PROBLEMS)
    rt, looking = house.rt, CapacityLimiter(LOOKED_AT_ONCE)

    @router.post("/api/v1/verify", openapi_extra=PICTURE)
    async def verify(request: Request) -> View:
        """The provenance verdict in parts of any picture, also one this system never saw."""
        content = await picture_of(request)
        view = await with_picture(content, lambda path: verify_file(path, None, reader=rt.reader), looking)
        return view | {"file": None}

    @router.post("/api/v1/identify", openapi_extra=PICTURE)
    async def identify(request: Request) -> View:
        """Which catalogued asset a picture is, among those the asker may see: by bytes, credentials or look."""
        content, who = await picture_of(request), visitor(request)

        def find(path: Path) -> View:
            view = identify_file(path, catalog=rt.catalog, imaging=rt.imaging, reader=rt.reader)
            seen = [match for match in view["matches"] if who.sees(house.brand_of_asset(match["asset_id"]))]
            return view | {"file": None, "matches": seen}

        return await with_picture(content, find, looking)

    @router.post("/api/v1/assets", openapi_extra=PICTURE, status_code=201)
    async def ingest(request: Request) -> Response:
        """Bring a picture from outside into the catalog, after the same checks; it then waits for a person."""
        content = await picture_of(request)
        made = await with_picture(content, lambda path: ingest_file(path, bench=rt.bench), looking)
        view = {"id": made.id, "state": made.state.value, "sha256": made.sha256}
        return JSONResponse(view, 201, {"Location": f"/api/v1/assets/{made.id}"})

    return router
