"""What somebody may order over HTTP: briefs as text, of brands they are marketers of."""

import json
from typing import Any

from colophon.bootstrap.planning import Planned, open_for_run, plan_text, register_plan
from colophon.domain.account import Role
from colophon.errors import Conflict, InvalidInput, NotAllowed, NotFound, ProviderUnavailable
from colophon.ports import Starter
from colophon.services.plan import within_cap
from colophon.services.review import check_approver
from colophon.web.house import House, Visitor

_ASSET = "asset:"


def planned_for(who: Visitor, brief: str | dict[str, Any], route: str | None, house: House) -> Planned:
    """A brief planned and priced; nothing is spent or written. Raises `InvalidInput` naming all that is wrong,
    `NotAllowed` for a brand that is not theirs, `Conflict` for a campaign's name that somebody else's has."""
    text, name = (brief, "brief.yaml") if isinstance(brief, str) else (json.dumps(brief), "brief.json")
    planned = plan_text(text, name, route, house.rt)
    wanted = planned.order.brief
    if not who.may(Role.MARKETER, Role.ADMIN, brand=wanted.brand.name):
        raise NotAllowed(f"this needs the role marketer for {wanted.brand.name}", where="brand")
    _taken(wanted.campaign, who, house)
    for visual in wanted.visuals:
        for reference in visual.references:
            _seen(reference.image, who, house)
    return planned


def ordered_by(who: Visitor, planned: Planned, *, approve: bool, publish: bool, house: House) -> str:
    """Register a plan and have it worked on; returns the run. Everything that could be refused is, before anything
    is written."""
    brand = planned.order.brief.brand.name
    _may_also(who, brand, approve=approve, publish=publish)
    if approve:
        check_approver(who.name, planned.order.brief, house.rt.decision_policy)
    _starter(house)
    within_cap(planned.plan)
    open_for_run(planned, house.rt, publish=publish)
    campaign = register_plan(planned, house.rt)
    return _starter(house).start(campaign, approve_as=who.name if approve else None, publish=publish)


def resumed_by(who: Visitor, campaign: str, *, approve: bool, publish: bool, house: House) -> str:
    """Have what a campaign still lacks worked on; one that is worked on already is not started twice."""
    _may_also(who, house.rt.catalog.orders.campaign(campaign).brand, approve=approve, publish=publish)
    return _starter(house).start(campaign, approve_as=who.name if approve else None, publish=publish)


def _may_also(who: Visitor, brand: str, *, approve: bool, publish: bool) -> None:
    if approve and not who.may(Role.APPROVER, brand=brand):
        raise NotAllowed(f"to approve needs the role approver for {brand}", where="approve")
    if publish and not who.may(Role.PUBLISHER, brand=brand):
        raise NotAllowed(f"to publish needs the role publisher for {brand}", where="publish")


def _starter(house: House) -> Starter:
    if house.starter is None:
        raise ProviderUnavailable("nothing here runs campaigns; `colophon run` does, on the command line")
    return house.starter


def _taken(campaign: str, who: Visitor, house: House) -> None:
    """A campaign's name is one over all brands; whose it is, is not told to who may not see it."""
    try:
        brand = house.rt.catalog.orders.campaign(campaign).brand
    except NotFound:
        return
    if not who.may(Role.MARKETER, Role.ADMIN, brand=brand):
        raise Conflict(f"the name {campaign} is taken", where="campaign", hint="choose another name for it")


def _seen(image: str, who: Visitor, house: House) -> None:
    """A picture of another brand is no reference, and is not said to exist."""
    if image.startswith(_ASSET):
        asset = image.removeprefix(_ASSET)
        if not who.sees(house.brand_of_asset(asset)):
            raise InvalidInput(f"there is no asset {asset}", where="references")
