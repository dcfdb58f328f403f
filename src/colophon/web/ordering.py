"""What somebody may order over HTTP: briefs as text, of brands they are marketers of."""

import json
from typing import Any

from colophon.bootstrap.brief_desk import Orderer
from colophon.bootstrap.planning import Planned
from colophon.domain.duties import APPROVES, ORDERS, PUBLISHES
from colophon.errors import NotAllowed, ProviderUnavailable
from colophon.ports import Starter
from colophon.services.review import check_approver
from colophon.web.house import House, Visitor


def orderer(who: Visitor) -> Orderer:
    return Orderer(who.name, lambda brand: who.may(*ORDERS, brand=brand), who.sees)


def planned_for(
    who: Visitor, brief: str | dict[str, Any], house: House, *, brand: str = "", route: str | None = None
) -> Planned:
    """A brief planned and priced; nothing is spent or written. Raises as `BriefDesk.plan`."""
    text = brief if isinstance(brief, str) else json.dumps(brief)
    return house.briefs.plan(text, orderer(who), brand=brand, route=route)


def ordered_by(who: Visitor, planned: Planned, *, approve: bool, publish: bool, house: House) -> str:
    """Register a plan and have it worked on; returns the run. Everything that could be refused is, before anything
    is written."""
    brief = planned.order.brief
    _may_also(who, brief.brand.name, approve=approve, publish=publish)
    if approve:
        check_approver(who.name, brief, house.rt.decision_policy)
    starter = _starter(house)
    campaign = house.briefs.register(planned, orderer(who), publish=publish)
    return starter.start(campaign, approve_as=who.name if approve else None, publish=publish, by=who.name)


def resumed_by(who: Visitor, campaign: str, *, approve: bool, publish: bool, house: House) -> str:
    """Have what a campaign still lacks worked on; one that is worked on already is not started twice."""
    catalog = house.rt.catalog
    _may_also(who, catalog.orders.campaign(campaign).brand, approve=approve, publish=publish)
    run = _starter(house).start(campaign, approve_as=who.name if approve else None, publish=publish, by=who.name)
    catalog.events.note("start", campaign, by=who.name)
    return run


def _may_also(who: Visitor, brand: str, *, approve: bool, publish: bool) -> None:
    if approve and not who.may(*APPROVES, brand=brand):
        raise NotAllowed(f"to approve needs the role approver for {brand}", where="approve")
    if publish and not who.may(*PUBLISHES, brand=brand):
        raise NotAllowed(f"to publish needs the role publisher for {brand}", where="publish")


def _starter(house: House) -> Starter:
    if house.starter is None:
        raise ProviderUnavailable("nothing here runs campaigns; `colophon run` does, on the command line")
    return house.starter
