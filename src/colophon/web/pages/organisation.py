"""Coming in by the organisation's identity provider: out to it, and back with a code that is used once."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from colophon.bootstrap.openid import OpenIdDesk, openid_desk
from colophon.domain.asset import sha256
from colophon.domain.vouched import Trip
from colophon.errors import ColophonError, NotAllowed, NotFound, NotSignedIn
from colophon.services import vouching
from colophon.services.guessing import patience
from colophon.services.sign_in import FLOW, Entry
from colophon.web.addresses import address_of, public_base
from colophon.web.house import House
from colophon.web.pages.signing_in import browser_of, came_in, inside, secure

COOKIE = "colophon_oidc"
_PATH = "/sign-in/oidc"

Told = Annotated[str, Query(max_length=4096)]


def organisation_router(house: House) -> APIRouter:
    router = APIRouter()
    found, desk, flows = openid_desk(house.rt), house.reception, house.rt.catalog.sign_in_flows

    @router.get(_PATH)
    def leave(request: Request, next: str = "/") -> Response:
        """To the provider. What the answer has to fit stays in a cookie of this browser; here are its digests."""
        here, trip, now = _open(found), _trip(request, house), desk.clock.now()
        patience("", address_of(request), desk)
        place = here.provider.address(trip)
        kept = f"{trip.verifier}.{trip.nonce}"
        flows.begin(_digest(trip.state), _digest(kept), back=inside(next), now=now, expires_at=now + FLOW)
        answer = RedirectResponse(place, 303)
        life = int(FLOW.total_seconds())
        answer.set_cookie(
            COOKIE, kept, max_age=life, path=_PATH, secure=secure(request, house), httponly=True, samesite="lax"
        )
        return answer

    @router.get(f"{_PATH}/callback")
    def arrive(request: Request, state: Told = "", code: Told = "", error: Told = "", iss: Told = "") -> Response:
        here = _open(found)
        try:
            entry, back = _arrived(request, here, state, code if not error else "", iss)
        except ColophonError as trouble:
            status = 403 if isinstance(trouble, NotAllowed) else 401 if isinstance(trouble, NotSignedIn) else 503
            wait = trouble.retry_after if isinstance(trouble, NotSignedIn) else None
            told = f"{trouble.message}; {trouble.hint}" if trouble.hint else trouble.message
            answer: Response = house.pages.render(
                request,
                "sign_in.html",
                status=429 if wait else status,
                next="/",
                problem=told,
                name="",
                organisation=here.settings.name,
            )
            if wait:
                answer.headers["Retry-After"] = f"{wait:.0f}"
        else:
            answer = came_in(request, entry, back, house)
        answer.delete_cookie(COOKIE, path=_PATH)
        return answer

    def _arrived(request: Request, here: OpenIdDesk, state: str, code: str, iss: str) -> tuple[Entry, str]:
        kept, address = request.cookies.get(COOKIE, ""), address_of(request)
        patience("", address, desk)
        verifier, _, nonce = kept.partition(".")
        back = flows.finish(_digest(state), _digest(kept), now=desk.clock.now()) if state and nonce else None
        try:
            if back is None:
                raise NotSignedIn("this sign-in was not begun here, was used or is too old; begin again")
            if iss and iss != here.issuer:
                raise NotSignedIn("this answer is of another identity provider")
            if not code:
                raise NotSignedIn("the identity provider did not sign you in")
            trip = _trip(request, house, state=state, verifier=verifier, nonce=nonce)
            claims = here.provider.claims(code, trip)
            own = here.settings
            who = vouching.vouched(claims, issuer=here.issuer, claim=own.claim, name_claim=own.name_claim)
        except NotSignedIn:
            vouching.not_vouched(address, reception=desk)
            raise
        browser = browser_of(request)
        return vouching.with_voucher(who, here.rules, address, reception=desk, browser=browser), back

    return router


def _trip(request: Request, house: House, *, state: str = "", verifier: str = "", nonce: str = "") -> Trip:
    return Trip(
        state or secrets.token_urlsafe(32),
        verifier or secrets.token_urlsafe(48),
        nonce or secrets.token_urlsafe(32),
        f"{public_base(request, house)}{_PATH}/callback",
    )


def _open(found: OpenIdDesk | None) -> OpenIdDesk:
    if found is None:
        raise NotFound("people sign in here by name; no identity provider is set", where="COLOPHON_OIDC__ISSUER")
    return found


def _digest(text: str) -> str:
    return sha256(text.encode())
