"""``/metrics``: what monitoring asks for, in Prometheus' text format. Open to this machine; others need a key."""

from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from colophon.bootstrap import Runtime
from colophon.bootstrap.metrics import Metrics
from colophon.bootstrap.reach import is_loopback
from colophon.web.bearer import bears
from colophon.web.problems import problem

# What a proxy adds (RFC 7239, RFC 9110): then the peer is this machine, and who asks is not.
_PASSED_ON = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")


def metrics_router(rt: Runtime, token: bytes | None, *, alone: bool) -> APIRouter:
    """``alone``: nobody but this machine reaches the server, as far as its settings say. With ``token`` None nobody
    else is answered."""
    router, metrics = APIRouter(), Metrics(rt)

    @router.get("/metrics")
    def read(request: Request) -> Response:
        if not (alone and _of_this_machine(request)):
            if token is None:
                told = "others than this machine are answered once there is a COLOPHON_METRICS_TOKEN"
                return problem(403, "not_allowed", told)
            if not bears(request, token):
                return problem(401, "not_signed_in", "a bearer token is needed", {"WWW-Authenticate": "Bearer"})
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return router


def _of_this_machine(request: Request) -> bool:
    """By the peer, and by nothing that says that somebody else asks through it: a proxy's headers, or another host's
    name, which a page elsewhere may have pointed here."""
    peer = request.client.host if request.client else ""
    try:
        asked = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return False
    passed_on = any(name in request.headers for name in _PASSED_ON)
    return is_loopback(peer) and is_loopback(asked) and not passed_on
