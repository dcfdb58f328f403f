"""An invoice held against what we booked: pure comparison, one difference for each thing that does not agree."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from colophon.domain.money import Money, total
from colophon.domain.record import CostBasis

DifferenceKind = Literal[
    "missing_in_ledger",
    "missing_in_invoice",
    "amount_differs",
    "currency_differs",
    "listed_twice",
    "unknown_amount",
    "still_open",
    "no_request_id",
]
"""``unknown_amount``: we know of the order and not of its price. ``still_open``: billed, and for us it has not ended.
``no_request_id``: we booked a charge whose order has no id, so no invoice can confirm it."""


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One line of a vendor's invoice; ``number`` is its line in the file. A negative amount is a refund. None: the
    file does not say."""

    number: int
    request_id: str | None
    amount: Money
    provider: str | None = None
    model: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Booked:
    """One attempt as our records have it: its charge with all corrections. ``amount`` None: it was not charged.
    ``open``: its outcome is still to come. ``day`` is the UTC day of its reservation."""

    generation: str
    attempt: int
    campaign: str
    route: str
    day: date
    request_id: str | None
    amount: Money | None
    basis: CostBasis | None
    open: bool = False

    @property
    def nothing(self) -> bool:
        """No money by our own records: taken back, refused, or an amount we never learned."""
        return self.amount is None or self.amount.micros == 0


@dataclass(frozen=True, slots=True)
class Pair:
    """Everything that carries one request id: lines of the invoice, attempts of ours. One side may be empty."""

    request_id: str | None
    lines: tuple[InvoiceLine, ...]
    booked: tuple[Booked, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    kind: DifferenceKind
    message: str
    pair: Pair
    invoice: Money | None
    ledger: Money | None


def pairs(lines: Sequence[InvoiceLine], booked: Sequence[Booked], routes: Mapping[str, frozenset[str]]) -> list[Pair]:
    """Lines and attempts brought together by request id and, where the line names a provider that ``routes`` (route
    to its names, case folded) knows, by route. What has no id stays alone."""
    known = frozenset().union(*routes.values())
    by_id: dict[str, list[Booked]] = defaultdict(list)
    for row in booked:
        if row.request_id is not None:
            by_id[row.request_id].append(row)
    lines_of: dict[tuple[str, tuple[Booked, ...]], list[InvoiceLine]] = defaultdict(list)
    alone = []
    for line in lines:
        if line.request_id is None:
            alone.append(Pair(None, (line,), ()))
            continue
        named = (line.provider or "").casefold()
        rows = by_id.get(line.request_id, [])
        fitting = [r for r in rows if named not in known or named in routes.get(r.route, frozenset())]
        lines_of[line.request_id, tuple(fitting)].append(line)
    met = {row for _, rows in lines_of for row in rows}
    return [
        *(Pair(request_id, tuple(found), rows) for (request_id, rows), found in lines_of.items()),
        *alone,
        *(Pair(row.request_id, (), (row,)) for row in booked if row not in met),
    ]


def difference(pair: Pair) -> Difference | None:
    """What does not agree about one order; None when nothing does. Raises ``ValueError`` for an empty pair."""
    if not pair.lines:
        return _not_billed(pair)
    currencies = sorted({line.amount.currency for line in pair.lines})
    billed = total((line.amount for line in pair.lines), currencies[0]) if len(currencies) == 1 else None
    ours = charged(pair.booked)

    def found(kind: DifferenceKind, message: str) -> Difference:
        return Difference(kind, message, pair, billed, ours)

    where = "line " + ", ".join(str(line.number) for line in pair.lines[:5])
    if billed is None:
        return found("currency_differs", f"{where}: one order is billed in {' and '.join(currencies)}")
    if sum(line.amount.micros > 0 for line in pair.lines) > 1:
        return found("listed_twice", f"{where}: one order is billed {len(pair.lines)} times")
    if not pair.booked:
        if pair.request_id is None:
            return found("missing_in_ledger", f"{where}: it names no request id, so no order of ours can be held to it")
        providers = sorted({line.provider for line in pair.lines if line.provider})
        at = f" with {' or '.join(providers)}" if providers else ""
        return found("missing_in_ledger", f"{where}: no order of ours{at} has this id")
    if any(row.open for row in pair.booked):
        return found("still_open", f"{where}: billed, while our order has not ended; run the campaign again first")
    return _amounts(pair, billed, ours, found_at=where)


def charged(booked: Iterable[Booked]) -> Money | None:
    """The sum of what was charged; None: nothing was, or not in one currency."""
    amounts = [row.amount for row in booked if row.amount is not None]
    currencies = {amount.currency for amount in amounts}
    return total(amounts, amounts[0].currency) if len(currencies) == 1 else None


def _not_billed(pair: Pair) -> Difference | None:
    [row] = pair.booked
    if row.open or row.nothing:
        return None
    if row.request_id is None:
        message = "charged, and no request id is on record by which an invoice could name it"
        return Difference("no_request_id", message, pair, None, row.amount)
    return Difference("missing_in_invoice", "charged, and not on the invoice", pair, None, row.amount)


def _amounts(pair: Pair, billed: Money, ours: Money | None, *, found_at: str) -> Difference | None:
    unknown = any(row.basis is CostBasis.UNKNOWN for row in pair.booked)
    if billed.micros == 0 and all(row.nothing for row in pair.booked):
        return None
    if ours is not None and ours.currency != billed.currency:
        message = f"{found_at}: billed in {billed.currency}, booked in {ours.currency}"
        return Difference("currency_differs", message, pair, billed, ours)
    if unknown and all(row.nothing for row in pair.booked):
        return Difference("unknown_amount", f"{found_at}: its price was not known to us", pair, billed, ours)
    if ours is None:
        message = f"{found_at}: billed, and by our records nothing was bought"
        return Difference("amount_differs", message, pair, billed, None)
    if billed == ours:
        return None
    gap = billed - ours
    size = Money(abs(gap.micros), gap.currency)
    message = f"{found_at}: billed {billed}, booked {ours}: {size} {'more' if gap.micros > 0 else 'less'}"
    return Difference("amount_differs", message, pair, billed, ours)
