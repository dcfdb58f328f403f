"""What people may spend, under the settings in force."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from colophon.bootstrap.purchasing import everybodys_limit
from colophon.domain.money import Money
from colophon.errors import InvalidInput
from colophon.services.limits import Allowance, allowance, allowances

if TYPE_CHECKING:
    from colophon.bootstrap.runtime import Runtime


def limit_view(name: str, rt: "Runtime") -> dict[str, Any]:
    """A person's calendar month (UTC): amounts as text, ``limit`` and ``everybody`` None where there is none."""
    everybody = everybodys_limit(rt.settings)
    return _view(allowance(name, everybody, rt.settings.caps.currency, rt.clock.now(), catalog=rt.catalog), everybody)


def limit_views(names: Sequence[str], rt: "Runtime") -> dict[str, dict[str, Any]]:
    """The same of many, asked for at once."""
    everybody = everybodys_limit(rt.settings)
    found = allowances(names, everybody, rt.settings.caps.currency, rt.clock.now(), catalog=rt.catalog)
    return {name: _view(may, everybody) for name, may in found.items()}


def people_view(rt: "Runtime") -> list[dict[str, Any]]:
    """Everybody with an account, by name."""
    views = limit_views([each.name for each in rt.catalog.accounts.every()], rt)
    return [{"name": name} | view for name, view in views.items()]


def _view(may: Allowance, everybody: Money | None) -> dict[str, Any]:
    return {
        "limit": str(may.limit) if may.limit is not None else None,
        "own": may.own,
        "everybody": str(everybody) if everybody is not None else None,
        "spent": str(may.spent),
        "reserved": str(may.reserved),
        "currency": may.spent.currency,
    }


def set_limit(account: str, text: str | None, *, by: str, rt: "Runtime") -> None:
    """In the currency of the caps. Raises `InvalidInput`, `NotFound`."""
    currency = rt.settings.caps.currency
    try:
        limit = None if text is None else Money.of(text, currency)
    except ValueError as error:
        raise InvalidInput(str(error), where="limit", hint="an amount such as 250.00") from None
    rt.catalog.limits.set(account, limit, currency=currency, by=by, now=rt.clock.now())
