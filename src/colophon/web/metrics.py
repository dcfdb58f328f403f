"""``/metrics``: what monitoring asks for, in Prometheus' text format."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from colophon.bootstrap import Runtime
from colophon.bootstrap.metrics import Metrics


def metrics_router(rt: Runtime) -> APIRouter:
    router, metrics = APIRouter(), Metrics(rt)

    @router.get("/metrics")
    def read() -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE_LATEST)

    return router
