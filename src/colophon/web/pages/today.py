"""*Today*: what waits for whoever is asking, by their roles."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from colophon.bootstrap.expiry import EndingCertificate, ending_certificates
from colophon.bootstrap.spending import limit_view
from colophon.domain.account import Role
from colophon.domain.board import CampaignFilter
from colophon.domain.money import Money
from colophon.domain.record import Cap
from colophon.errors import ColophonError
from colophon.services import today as services
from colophon.services.halt import active
from colophon.services.rights_windows import RightsWindows
from colophon.services.show_halts import halt_view
from colophon.web.house import House, Visitor, visitor

_REVIEWS = (Role.REVIEWER, Role.APPROVER, Role.ADMIN)
_ORDERS = (Role.MARKETER, Role.ADMIN)
_PUBLISHES = (Role.PUBLISHER, Role.ADMIN)
_WITHDRAWS = (Role.PUBLISHER, Role.AUDITOR, Role.ADMIN)
_RIGHTS = (Role.PUBLISHER, Role.MARKETER, Role.ADMIN)
_PAYS = (Role.MARKETER, Role.AUDITOR, Role.ADMIN)
_READ_AGAIN = timedelta(minutes=5)  # certificates are files, and last for months


def today_router(house: House) -> APIRouter:
    router = APIRouter()
    windows = RightsWindows(house.rt.catalog.orders)
    certificates = _Certificates(house)

    @router.get("/")
    def today(request: Request) -> Response:
        who, rt = visitor(request), house.rt
        catalog, now = rt.catalog, rt.clock.now()
        told: dict[str, Any] = {
            "pictures": services.pictures_view(who.brands(*_REVIEWS), catalog=catalog) if _has(who, _REVIEWS) else None,
            "unfinished": services.campaigns_to_finish(who.brands(*_ORDERS), catalog=catalog)
            if _has(who, _ORDERS)
            else None,
            "endings": services.endings(who.brands(*_RIGHTS), now, catalog=catalog, windows=windows)
            if _has(who, _RIGHTS)
            else [],
            "certificates": certificates.ending() if who.may(*_WITHDRAWS) else [],
            "overdue": services.overdue(who.brands(*_WITHDRAWS), now, catalog=catalog) if _has(who, _WITHDRAWS) else [],
            "newest": catalog.boards.campaigns(CampaignFilter(brands=who.brands()), limit=6),
            "now": now,
            "halts": [halt_view(each) for each in active(halts=catalog.halts) if each.of_everything],
        }
        return house.pages.render(request, "today.html", may_order=_has(who, _ORDERS), **told, **_money(who, house))

    return router


def _has(who: Visitor, roles: tuple[Role, ...]) -> bool:
    """For any brand."""
    brands = who.brands(*roles)
    return brands is None or bool(brands)


def _money(who: Visitor, house: House) -> dict[str, Any]:
    if not _has(who, _PAYS):
        return {"spent": None, "caps": [], "own": None}
    catalog, now, settings, brands = house.rt.catalog, house.rt.clock.now(), house.rt.settings.caps, who.brands(*_PAYS)
    spent = services.spent_this_month(brands, now, catalog=catalog)
    limits = [
        Cap(purse, Money.of(limit, settings.currency), where)
        for purse, limit, where in (
            ("day", settings.day, "COLOPHON_CAPS__DAY"),
            ("brand", settings.brand, "COLOPHON_CAPS__BRAND"),
        )
        if limit is not None
    ]
    names = list(dict.fromkeys(each.brand for each in spent if each.brand))
    own = limit_view(who.name, house.rt)
    return {
        "own": own if own["limit"] else None,
        "spent": spent,
        "caps": services.against_caps(brands, limits, names, now, catalog=catalog),
    }


class _Certificates:
    def __init__(self, house: House) -> None:
        self._rt = house.rt
        self._known: list[EndingCertificate] = []
        self._read_at = house.rt.clock.now() - _READ_AGAIN

    def ending(self) -> list[EndingCertificate]:
        """What cannot be read at all is told by the page of settings, not by this one."""
        now = self._rt.clock.now()
        if now - self._read_at >= _READ_AGAIN:
            try:
                self._known = ending_certificates(self._rt)
            except ColophonError:
                self._known = []
            self._read_at = now
        return self._known
