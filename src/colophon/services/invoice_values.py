"""The cells of an invoice as values: amounts, currencies, days and ids, each refused in words when it is none."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

from colophon.domain.money import Money

_AMOUNT = re.compile(r"(?P<sign>[+-]?)(?P<dollar>\$?)(?P<number>[0-9]{1,12}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?)")
_DECIMAL_COMMA = re.compile(r"[+-]?\$?[0-9]{1,12},[0-9]{1,30}")
_COULD_BE_THOUSANDS = re.compile(r"[+-]?\$?[1-9][0-9]{0,2},[0-9]{3}")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_REQUEST_ID = re.compile(r"[\x21-\x7e]{1,200}")
_SECONDS, _MILLISECONDS = re.compile(r"[0-9]{10}"), re.compile(r"[0-9]{13}")
_LONGEST_NAME = 200


def read_amount(text: str, currency: str, *, unit: Decimal, decimal_comma: bool) -> Money:
    """An amount rounded to a millionth of ``currency``; below zero for a refund. ``unit`` is what 1 stands for;
    ``decimal_comma`` allows ``0,03``. Raises ``ValueError``."""
    plain = text
    if decimal_comma and _DECIMAL_COMMA.fullmatch(text):
        if _COULD_BE_THOUSANDS.fullmatch(text):
            raise ValueError(f"{shown(text)} can be read in two ways; write the amount with a point")
        plain = text.replace(",", ".")
    found = _AMOUNT.fullmatch(plain)
    if found is None:
        raise ValueError(f"not an amount: {shown(text)}")
    if found["dollar"] and currency != "USD":
        raise ValueError(f"{shown(text)} is in dollars, and the currency is {currency}")
    amount = Money.of(Decimal(found["number"]) * unit, currency)
    return Money(-amount.micros, currency) if found["sign"] == "-" else amount


def read_currency(text: str, said_by_header: str | None) -> str:
    """ISO 4217, USD where nothing is said. Raises ``ValueError``."""
    if not text:
        return said_by_header or "USD"
    if not _CURRENCY.fullmatch(text):
        raise ValueError(f"not a currency: {shown(text)}")
    if said_by_header is not None and text.upper() != said_by_header:
        raise ValueError(f"the column of the amount is in {said_by_header}, the line in {text.upper()}")
    return text.upper()


def read_request_id(text: str) -> str | None:
    if text and not _REQUEST_ID.fullmatch(text):
        raise ValueError(f"not a request id: {shown(text)}")
    return text or None


def read_name(text: str, what: str) -> str | None:
    if len(text) > _LONGEST_NAME or not text.isprintable():
        raise ValueError(f"not the name of a {what}: {shown(text)}")
    return text or None


def read_day(text: str) -> date | None:
    """The UTC day of an ISO 8601 date or time (without a zone: UTC), or of Unix seconds or milliseconds. Raises
    ``ValueError`` for other forms: 03/04/2026 is two days, depending on who reads it."""
    if not text:
        return None
    try:
        if _SECONDS.fullmatch(text):
            return datetime.fromtimestamp(int(text), UTC).date()
        if _MILLISECONDS.fullmatch(text):
            return datetime.fromtimestamp(int(text) // 1000, UTC).date()
        moment = datetime.fromisoformat(text.removesuffix(" UTC"))
        return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)).date()
    except (ValueError, OverflowError):
        raise ValueError(f"not a day: {shown(text)}; write it as 2026-11-21") from None


def shown(text: str) -> str:
    """Foreign text in a message: bounded, and without control characters."""
    return ascii(text[:60])
