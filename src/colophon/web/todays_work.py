"""What waits for somebody by their roles, told by the page *Today* and by ``/api/v1/today`` alike."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from colophon.bootstrap.expiry import EndingCertificate, ending_certificates
from colophon.bootstrap.spending import limit_view
from colophon.domain.account import Role
from colophon.domain.board import CampaignFilter
from colophon.domain.duties import ORDERS, REJECTS
from colophon.domain.money import Money
from colophon.domain.record import Cap
from colophon.errors import ColophonError
from colophon.services import today as services
from colophon.services.halt import active
from colophon.services.rights_windows import RightsWindows
from colophon.services.show_halts import halt_view
from colophon.web.house import House, Visitor

_WITHDRAWS = (Role.PUBLISHER, Role.AUDITOR, Role.ADMIN)
_RIGHTS = (Role.PUBLISHER, Role.MARKETER, Role.ADMIN)
_PAYS = (Role.MARKETER, Role.AUDITOR, Role.ADMIN)
_READ_AGAIN = timedelta(minutes=5)  # certificates are files, and last for months
_NEWEST = 6


class TodaysWork:
    """May be shared by threads."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._windows = RightsWindows(house.rt.catalog.orders)
        self._certificates = _Certificates(house)

    def of(self, who: Visitor) -> dict[str, Any]:
        """Members that are another role's are None or empty."""
        rt = self._house.rt
        catalog, now = rt.catalog, rt.clock.now()
        reviews, orders, rights, withdraws = (who.has(*roles) for roles in (REJECTS, ORDERS, _RIGHTS, _WITHDRAWS))
        return {
            "pictures": services.pictures_view(who.brands(*REJECTS), catalog=catalog) if reviews else None,
            "unfinished": services.campaigns_to_finish(who.brands(*ORDERS), catalog=catalog) if orders else None,
            "endings": services.endings(who.brands(*_RIGHTS), now, catalog=catalog, windows=self._windows)
            if rights
            else [],
            "certificates": self._certificates.ending() if who.may(*_WITHDRAWS) else [],
            "overdue": services.overdue(who.brands(*_WITHDRAWS), now, catalog=catalog) if withdraws else [],
            "newest": catalog.boards.campaigns(CampaignFilter(brands=who.brands()), limit=_NEWEST),
            "halts": [halt_view(each) for each in active(halts=catalog.halts) if each.of_everything],
            "now": now,
            "may_order": orders,
            **self._money(who, now),
        }

    def _money(self, who: Visitor, now: datetime) -> dict[str, Any]:
        if not who.has(*_PAYS):
            return {"spent": None, "caps": [], "own": None}
        rt = self._house.rt
        catalog, settings, brands = rt.catalog, rt.settings.caps, who.brands(*_PAYS)
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
        own = limit_view(who.name, rt)
        return {
            "own": own if own["limit"] else None,
            "spent": spent,
            "caps": services.against_caps(brands, limits, names, now, catalog=catalog),
        }


@dataclass(slots=True)
class _Certificates:
    house: House
    _known: list[EndingCertificate] = field(default_factory=list)
    _read_at: datetime | None = None
    _lock: Lock = field(default_factory=Lock)

    def ending(self) -> list[EndingCertificate]:
        """What cannot be read at all is told by the page of settings, not by this one."""
        now = self.house.rt.clock.now()
        with self._lock:
            if self._read_at is None or now - self._read_at >= _READ_AGAIN:
                try:
                    self._known = ending_certificates(self.house.rt)
                except ColophonError:
                    self._known = []
                self._read_at = now
            return self._known
