"""What people may spend, under the settings in force."""

from typing import TYPE_CHECKING, Any

from colophon.bootstrap.purchasing import everybodys_limit
from colophon.domain.money import Money
from colophon.errors import InvalidInput
from colophon.services.limits import allowance

if TYPE_CHECKING:
    from colophon.bootstrap.runtime import Runtime


def limit_view(name: str, rt: "Runtime") -> dict[str, Any]:
    """A person's calendar month (UTC): amounts as text, ``limit`` and ``everybody`` None where there is none."""
    everybody = everybodys_limit(rt.settings)
    may = allowance(name, everybody, rt.settings.caps.currency, rt.clock.now(), catalog=rt.catalog)
    return {
        "limit": str(may.limit) if may.limit is not None else None,
        "own": may.own,
        "everybody": str(everybody) if everybody is not None else None,
        "spent": str(may.spent),
        "reserved": str(may.reserved),
        "currency": may.spent.currency,
    }


def people_view(rt: "Runtime") -> list[dict[str, Any]]:
    """Everybody with an account, by name."""
    return [{"name": each.name} | limit_view(each.name, rt) for each in rt.catalog.accounts.every()]


def set_limit(account: str, text: str | None, *, by: str, rt: "Runtime") -> None:
    """In the currency of the caps. Raises `InvalidInput`, `NotFound`."""
    currency = rt.settings.caps.currency
    try:
        limit = None if text is None else Money.of(text, currency)
    except ValueError as error:
        raise InvalidInput(str(error), where="limit", hint="an amount such as 250.00") from None
    rt.catalog.limits.set(account, limit, currency=currency, by=by, now=rt.clock.now())
