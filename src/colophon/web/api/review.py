"""``/api/v1/review`` and decisions: what waits for a person, all that is looked at to decide, one by one or many."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from colophon.domain.account import Role
from colophon.domain.duties import APPROVES, REJECTS
from colophon.domain.query import AssetQuery
from colophon.services.deciding import Action, Told, decide_each, decide_one
from colophon.services.review import comment_on, decide_asset
from colophon.services.show import waiting_view
from colophon.services.show_queue import WAITING, light_table_view, waiting_campaigns_view
from colophon.web.api.once import once
from colophon.web.api.reading import PROBLEMS, Cursor, Limit, View, Word
from colophon.web.house import House, Visitor, visitor

AssetId = Annotated[str, Path(max_length=120)]


class Reason(BaseModel):
    """``reason`` is needed to reject, and to approve what a check doubts."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(max_length=2000, examples=["The handle is cut off."])] = ""


class Many(Reason):
    """``assets``: each is decided by itself, and one that cannot be keeps no other from it."""

    assets: Annotated[list[Annotated[str, Field(max_length=120)]], Field(min_length=1, max_length=200)]


class Said(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=4000, examples=["Is the saucer too dark?"])]


def review_router(house: House) -> APIRouter:
    router = APIRouter(route_class=once(house), tags=["review"], responses=PROBLEMS)
    rt, catalog = house.rt, house.rt.catalog

    @router.get("/api/v1/review")
    def waiting(request: Request, campaign: Word = None, limit: Limit = 50, cursor: Cursor = None) -> View:
        """The assets that wait for a person, newest first, with the reasons."""
        who = visitor(request)
        query = AssetQuery(states=WAITING, brands=who.brands(), campaign=campaign)
        assets = catalog.search.find(query, limit=limit, after=cursor)
        rows = house.discretion(who).view(waiting_view(assets, rt.clock.now(), reviews=catalog.reviews))
        return {"assets": rows, "next_cursor": assets[-1].id if len(assets) == limit else None}

    @router.get("/api/v1/review/campaigns")
    def campaigns(request: Request) -> View:
        """How many of each campaign wait, among the newest that do."""
        return waiting_campaigns_view(visitor(request).brands(), catalog=catalog)

    @router.get("/api/v1/assets/{asset}/review")
    def light_table(asset: AssetId, request: Request) -> View:
        """What is looked at to decide about a picture: its variants, what was asked for, found, decided and said, what
        an approval of the asker's would be in spite of or why it is refused, and which waits before and after it."""
        who = visitor(request)
        table = light_table_view(asset, by=who.name, desk=rt.desk, catalog=catalog, address=rt.store.address)
        shown: View = house.discretion(who).view(table)
        return shown

    @router.post("/api/v1/assets/{asset}/comments", status_code=201)
    def comment(asset: AssetId, said: Said, request: Request) -> View:
        """Say something about a picture, under the name of whoever asks."""
        kept = comment_on(asset, by=visitor(request).name, text=said.text, desk=rt.desk)
        return {"id": kept.id, "asset": kept.asset, "by": kept.by, "text": kept.text}

    @router.post("/api/v1/assets/{asset}/approve")
    def approve(asset: AssetId, given: Reason, request: Request) -> View:
        """One approval, bound to the bytes, the findings and the policy; the brief says how many are needed."""
        done = decide_asset(asset, "approve", by=visitor(request).name, reason=given.reason, desk=rt.desk)
        return {"id": done.id, "state": done.state.value}

    @router.post("/api/v1/assets/{asset}/reject")
    def reject(asset: AssetId, given: Reason, request: Request) -> View:
        """Rejected, and what is public of it taken down at once: ``withdrawn`` names the renditions. ``problem``: it is
        rejected, and why something is still public; asked again, that is tried again."""
        by, take_down = visitor(request).name, house.take_down
        done = decide_one(asset, "reject", by=by, reason=given.reason, desk=rt.desk, take_down=take_down)
        return {name: value for name, value in _told(done).items() if name in ("id", "state", "withdrawn", "problem")}

    @router.post("/api/v1/review/approve")
    def approve_many(given: Many, request: Request) -> View:
        """Approve up to 200 at once; ``decided`` says of each whether it was, and ``problem`` why not."""
        return _views(each(visitor(request), given, "approve", APPROVES))

    @router.post("/api/v1/review/reject")
    def reject_many(given: Many, request: Request) -> View:
        """Reject up to 200 at once, each as one is rejected by itself."""
        return _views(each(visitor(request), given, "reject", REJECTS))

    def each(who: Visitor, given: Many, action: Action, roles: tuple[Role, ...]) -> list[Told]:
        return decide_each(
            given.assets,
            action,
            by=who.name,
            reason=given.reason,
            desk=rt.desk,
            take_down=house.take_down,
            may=lambda brand: who.may(*roles, brand=brand or "*"),
        )

    return router


def _views(told: Sequence[Told]) -> View:
    return {"assets": [_told(each) for each in told]}


def _told(done: Told) -> dict[str, Any]:
    """``state`` None: it is not there."""
    return {
        "id": done.asset,
        "state": done.state.value if done.state else None,
        "decided": done.decided,
        "approvals": done.approvals,
        "needed": done.needed,
        "withdrawn": list(done.taken_down),
        "problem": {"code": done.problem.code, "message": done.problem.message} if done.problem else None,
    }
