"""What people write behind the options of the money commands, as values. All raise `InvalidInput`."""

from datetime import date
from typing import TYPE_CHECKING, cast, get_args

from colophon.errors import InvalidInput

if TYPE_CHECKING:
    from colophon.services.show_ledger import By


def days(since: str | None, until: str | None) -> tuple[date | None, date | None]:
    first, last = _day(since, "--since"), _day(until, "--until")
    if first and last and first > last:
        raise InvalidInput(f"{first} is after {last}", where="--since")
    return first, last


def _day(text: str | None, option: str) -> date | None:
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        raise InvalidInput(f"not a day: {ascii(text)[:60]}", where=option, hint="write it as 2026-11-21") from None


def sums_by(words: list[str] | None) -> "tuple[By, ...]":
    from colophon.services.show_ledger import DEFAULT_BY, By

    known = get_args(By)
    asked = [part.strip() for word in words or () for part in word.split(",")]
    for word in asked:
        if word not in known:
            raise InvalidInput(f"cannot sum by {ascii(word)[:60]}", where="--by", hint=f"one of {', '.join(known)}")
    return cast("tuple[By, ...]", tuple(asked)) or DEFAULT_BY
