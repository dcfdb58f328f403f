"""Who may use which route: a table of roles and routes, and what an account may do by it."""

import csv
import io
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from colophon.domain.account import ALL_BRANDS, Account, Role
from colophon.errors import InvalidInput

_COLUMNS = ("method", "path", "who", "brand")


class Door(StrEnum):
    """How a route is opened. ``open``: anybody. ``own``: the route has a key of its own, such as a vendor's signature.
    ``signed_in``: every account. ``roles``: those the row names."""

    OPEN = "open"
    OWN = "own"
    SIGNED_IN = "signed_in"
    ROLES = "roles"


class BrandOf(StrEnum):
    """Which brand a route is about: that of the thing its path names, every brand at once (a role for all of them is
    needed), or only what it lists is narrowed to the visitor's brands."""

    CAMPAIGN = "campaign"
    ASSET = "asset"
    RENDITION = "rendition"
    BRAND = "brand"
    LISTED = "listed"
    EVERY = "every"
    NONE = "-"


@dataclass(frozen=True, slots=True)
class Rule:
    door: Door
    roles: frozenset[Role]
    brand: BrandOf


AccessTable = Mapping[tuple[str, str], Rule]


def parse_access(text: str) -> AccessTable:
    """The table by method and path template. Raises `InvalidInput` for words it does not know and rows twice."""
    rows = csv.DictReader(io.StringIO(text))
    if tuple(rows.fieldnames or ()) != _COLUMNS:
        raise InvalidInput(f"the columns are not {', '.join(_COLUMNS)}", where="access.csv")
    table: dict[tuple[str, str], Rule] = {}
    for row in rows:
        key, where = (row["method"], row["path"]), f"access.csv:{rows.line_num}"
        if key in table:
            raise InvalidInput(f"{row['method']} {row['path']} is there twice", where=where)
        try:
            table[key] = _rule(row["who"].split(), BrandOf(row["brand"]))
        except ValueError as error:
            raise InvalidInput(str(error), where=where) from None
    return table


def roles_for(account: Account, brand: str) -> frozenset[Role]:
    """The roles somebody has for a brand."""
    return frozenset(grant.role for grant in account.grants if grant.brand in (ALL_BRANDS, brand))


def brands_for(account: Account, roles: Collection[Role]) -> frozenset[str] | None:
    """The brands for which somebody has one of the roles; None: all there are and will be."""
    found = {grant.brand for grant in account.grants if grant.role in roles}
    return None if ALL_BRANDS in found else frozenset(found)


def _rule(who: list[str], brand: BrandOf) -> Rule:
    if who == ["everyone"]:
        return Rule(Door.ROLES, frozenset(Role), brand)
    if len(who) == 1 and who[0] in (Door.OPEN, Door.OWN, Door.SIGNED_IN):
        return Rule(Door(who[0]), frozenset(), brand)
    return Rule(Door.ROLES, _roles(who), brand)


def _roles(words: Iterable[str]) -> frozenset[Role]:
    roles = frozenset(Role(word) for word in words)
    if not roles:
        raise ValueError("nobody may use this route")
    return roles
