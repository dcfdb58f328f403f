"""Who asks, and whether by TLS, as a proxy says that is named; anybody else's headers say nothing."""

from typing import Any

from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware


def behind(app: ASGIApp, proxies: str | None) -> ASGIApp:
    """``proxies`` are addresses and networks with commas between. Of ``X-Forwarded-For`` the last address counts that
    is none of theirs: what stands before it was said by somebody who is not trusted."""
    if proxies is None:
        return app
    wrapped: Any = ProxyHeadersMiddleware(app, trusted_hosts=proxies)  # type: ignore[arg-type]
    return wrapped  # type: ignore[no-any-return]
