"""A door with a key of its own, told as a bearer token (RFC 6750)."""

import hmac

from fastapi import Request


def bears(request: Request, token: bytes) -> bool:
    """Whether the request has this key; compared in the same time whatever it has."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token)
