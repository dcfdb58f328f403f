"""The gate before every route: who asks, what the table lets them do, and that no other site asks in their name.

A route that is not in ``data/access.csv`` does not start; what exists but is another brand's is answered as what does
not exist.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, Route

from colophon import data
from colophon.domain.access import AccessTable, BrandOf, Door, Rule, parse_access, roles_for
from colophon.domain.account import Account, Role
from colophon.errors import NotAllowed, NotFound, NotSignedIn
from colophon.ports import Catalog
from colophon.services import sign_in
from colophon.services.reception import Reception
from colophon.web.addresses import parts_of
from colophon.web.house import Visitor

COOKIE = "colophon_session"
_READS = {"GET", "HEAD", "OPTIONS"}


def access_table() -> AccessTable:
    return parse_access(data.text("access.csv"))


def check_table(parts: Iterable[APIRouter], table: AccessTable) -> None:
    """Raises ``LookupError`` naming the routes of the parts that the table does not have, and rows without
    a route."""
    there = {key for part in parts for route in part.routes for key in keys_of(route)}
    if missing := sorted(there - table.keys()):
        raise LookupError(f"not in data/access.csv: {', '.join(' '.join(key) for key in missing)}")
    if idle := sorted(table.keys() - there):
        raise LookupError(f"in data/access.csv without a route: {', '.join(' '.join(key) for key in idle)}")


def keys_of(route: BaseRoute) -> set[tuple[str, str]]:
    """A route's rows in the table. Parts with keys of their own are one row for a whole subtree."""
    if not isinstance(route, Route):
        return set()
    path = route.path
    for prefix in ("/api/v1/c2pa", "/hooks"):
        if path.startswith(prefix):
            path = f"{prefix}/{{rest}}"
    return {(method, path) for method in (route.methods or set()) - {"HEAD", "OPTIONS"}}


@dataclass(frozen=True, slots=True, eq=False)
class Gate:
    """A dependency of every route that FastAPI knows; ``request.state.visitor`` is who asks afterwards."""

    table: AccessTable
    catalog: Catalog
    reception: Reception
    public: str | None = None

    async def __call__(self, request: Request) -> None:
        """What asked before the route itself, such as the memory of answers, need not be asked again."""
        rule = self._rule(request)
        if rule.door is Door.OWN or getattr(request.state, "passed", None) is self:
            return
        visitor = await run_in_threadpool(self._visitor, request)
        request.state.visitor = visitor
        if visitor is None and rule.door is not Door.OPEN:
            raise NotSignedIn("sign in first")
        if request.method not in _READS and (visitor is None or visitor.via == "session"):
            _same_site(request, self.public)
        if visitor is not None and rule.door is Door.ROLES:
            await run_in_threadpool(self._pass, visitor, rule, dict(request.path_params))
        request.state.passed = self

    def still(self, request: Request) -> bool:
        """Whether who began a long answer would be let in now too: they may have signed out, or lost the role."""
        rule = self._rule(request)
        try:
            visitor = self._visitor(request)
            if visitor is not None and rule.door is Door.ROLES:
                self._pass(visitor, rule, dict(request.path_params))
        except (NotAllowed, NotFound, NotSignedIn):
            return False
        return visitor is not None

    def _rule(self, request: Request) -> Rule:
        method = "GET" if request.method == "HEAD" else request.method
        return self.table[method, next(path for found, path in keys_of(request.scope["route"]) if found == method)]

    def _visitor(self, request: Request) -> Visitor | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme:
            known = sign_in.by_token(token.strip(), reception=self.reception) if scheme.lower() == "bearer" else None
            if known is None:
                raise NotSignedIn("the token is unknown, has ended or expired")
            narrowed, kept = known
            return Visitor(narrowed, "token", kept.expires_at)
        key = request.cookies.get(COOKIE)
        account = sign_in.by_session(key, reception=self.reception) if key else None
        return Visitor(account, "session") if account else None

    def _pass(self, visitor: Visitor, rule: Rule, names: dict[str, str]) -> None:
        account = visitor.account
        if rule.brand in (BrandOf.NONE, BrandOf.LISTED):
            held = {grant.role for grant in account.grants}
        elif rule.brand is BrandOf.EVERY:
            held = set(roles_for(account, "*"))
        else:
            held = set(self._held(account, rule.brand, names))
        if held.isdisjoint(rule.roles):
            needed = " or ".join(sorted(rule.roles))
            raise NotAllowed(
                f"this needs the role {needed}", hint="an administrator gives roles; yours are in Settings"
            )

    def _held(self, account: Account, kind: BrandOf, names: dict[str, str]) -> frozenset[Role]:
        """The roles for the brand of what a path names. Raises `NotFound` for what is not there or not to be seen."""
        name = names[kind.value]
        held = roles_for(account, self._brand(kind, name) or "")
        if not held:
            raise missing(kind, name)
        return held

    def _brand(self, kind: BrandOf, name: str) -> str | None:
        if kind is BrandOf.BRAND:
            return name
        belonging = self.catalog.belonging
        try:
            if kind is BrandOf.CAMPAIGN:
                return belonging.of_campaign(name)
            return belonging.of_rendition(name) if kind is BrandOf.RENDITION else belonging.of_asset(name)
        except NotFound:
            raise missing(kind, name) from None


def missing(kind: BrandOf, name: str) -> NotFound:
    """One text for what never was and for what is somebody else's."""
    return NotFound(f"there is no {kind.value} {name[:80]!r} here", where=name[:80])


def _same_site(request: Request, public: str | None) -> None:
    """A browser says where a form or script came from, and no page can change that (Fetch Metadata, and the Origin
    header of RFC 6454 before it). A cookie without either is not a browser's. ``public`` is this house's address before
    a proxy that changes the Host."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site == "same-origin":
            return
    elif origin := request.headers.get("origin"):
        if public is not None and origin == public.rstrip("/"):
            return
        if parts_of(origin).netloc == request.headers.get("host"):
            return
    raise NotAllowed("this request did not come from a page of this house", where="Origin")
