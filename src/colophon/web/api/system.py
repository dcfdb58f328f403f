"""``/api/v1/system``: what *Settings* says of the installation: certificates with days left, whom the trust policy
believes, brands, and the doctor."""

from fastapi import APIRouter

from colophon.bootstrap.certificates import certificates_view
from colophon.bootstrap.doctor import examine
from colophon.web.api.once import once
from colophon.web.api.reading import PROBLEMS, View
from colophon.web.house import House

MOST_BRANDS = 500


def system_router(house: House) -> APIRouter:
    router = APIRouter(route_class=once(house), tags=["system"], responses=PROBLEMS)
    rt = house.rt

    @router.get("/api/v1/system")
    def system() -> View:
        """Certificates with days left, the trust policy in force, and each brand with the campaign that was changed
        last (at most 500 brands)."""
        policy = rt.trust_policy
        anchors = [
            {
                "name": anchor.name,
                "kind": anchor.kind.value,
                "reason": anchor.reason,
                "organisations": list(anchor.organisations),
                "stamp_required": anchor.stamp_required,
            }
            for anchor in policy.anchors
        ]
        brands = sorted(rt.catalog.boards.brands(None, limit=MOST_BRANDS).items())
        return {
            "certificates": certificates_view(rt),
            "trust_policy": {
                "name": policy.name,
                "version": policy.version,
                "issued": str(policy.issued),
                "anchors": anchors,
            },
            "brands": [{"brand": brand, "campaign": campaign} for brand, campaign in brands],
        }

    @router.post("/api/v1/system/examinations")
    def doctor() -> View:
        """What is configured, reachable, expired or missing, and what to do about it. Writes a small object into the
        store and asks other hosts; orders nothing."""
        return {"parts": examine(rt.settings)}

    return router
