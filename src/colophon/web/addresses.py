"""Addresses: of this house as browsers know it, of who asks, and of where they say they come from."""

from urllib.parse import SplitResult, urlsplit

from fastapi import Request

from colophon.web.house import House


def public_base(request: Request, house: House) -> str:
    """This house's address without a slash at its end, as browsers know it."""
    return (house.rt.settings.public_url or str(request.base_url)).rstrip("/")


def address_of(request: Request) -> str:
    """Who asks, by address; behind a proxy that is trusted, the one it tells."""
    return request.client.host if request.client else ""


def parts_of(address: str) -> SplitResult:
    """Of an address that somebody sent; of one that is none, nothing."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def within(address: str) -> str:
    """Path and query of an address, as a link of this house: no browser takes the path for another house's name."""
    parts = parts_of(address)
    path = "/" + parts.path.lstrip("/\\")
    return f"{path}?{parts.query}" if parts.query else path
