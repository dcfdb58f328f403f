"""Addresses: of this house as browsers know it, and of who asks."""

from fastapi import Request

from colophon.web.house import House


def public_base(request: Request, house: House) -> str:
    """This house's address without a slash at its end, as browsers know it."""
    return (house.rt.settings.public_url or str(request.base_url)).rstrip("/")


def address_of(request: Request) -> str:
    """Who asks, by address; behind a proxy that is trusted, the one it tells."""
    return request.client.host if request.client else ""
