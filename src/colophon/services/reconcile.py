"""Hold a vendor's invoice against the ledger, list every difference, and book the vendor's final prices."""

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from colophon.domain.invoice import Booked, Difference, InvoiceLine, Pair, charged, difference, pairs
from colophon.domain.money import Money
from colophon.domain.record import Attempt, CostBasis, LedgerEntry
from colophon.errors import Conflict, InvalidInput, NotFound
from colophon.ports import Clock, Orders

RouteNames = Mapping[str, frozenset[str]]
"""Per route every name an invoice may call it by: its own, its adapter's, its provider's, case folded."""

# A vendor may date a line by the day it settled, and ids are looked up that far around the days in question.
_AROUND = timedelta(days=31)
_MOST_ATTEMPTS = 5_000_000
_STILL_OPEN = (None, "submitted", "unknown")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the person narrowed it to; empty and None: as far as the invoice itself reaches."""

    routes: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """``in_question`` are the orders compared, on ``routes`` and days; ``left_out`` counts invoice lines of other
    routes or days. ``unknown_outcomes`` are orders of ours on these routes that may be what a line bills."""

    routes: tuple[str, ...]
    since: date | None
    until: date | None
    in_question: tuple[Pair, ...]
    differences: tuple[Difference, ...]
    left_out: int
    unknown_outcomes: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """An attempt whose charge now is what the invoice says."""

    pair: Pair
    before: Money | None
    after: Money


def reconcile(lines: Sequence[InvoiceLine], asked: Asked, *, orders: Orders, names: RouteNames) -> Reconciliation:
    """Compare by request id.

    In question are the orders on the routes asked for, else on those that the invoice's providers name, else on those
    whose ids it lists together with others of the same provider or adapter (all routes when it lists none), on
    the days asked for, else on the invoice's own first to last day. An order and its line are compared when either
    lies on those days. Raises `InvalidInput` for a route nobody knows.
    """
    since, until = _days(lines, asked)
    booked = _booked(orders, since, until)
    names = {**{row.route: frozenset((row.route.casefold(),)) for row in booked}, **names}
    matched = pairs(lines, booked, names)
    routes = _asked_routes(asked.routes, names) or _own_routes(matched, lines, names)
    in_question = tuple(p for p in matched if _on_routes(p, routes, names, asked) and _on_days(p, since, until))
    return Reconciliation(
        routes=tuple(sorted(routes)),
        since=since,
        until=until,
        in_question=in_question,
        differences=tuple(found for pair in in_question if (found := difference(pair)) is not None),
        left_out=len(lines) - sum(len(pair.lines) for pair in in_question),
        unknown_outcomes=sum(p.generation.route in routes for p in orders.unknown()),
    )


def settle(result: Reconciliation, *, note: str, orders: Orders, clock: Clock) -> list[Settlement]:
    """Book what the invoice says for every charged order whose amount differs, was not known, or agrees and was not
    final. Nothing is invented for what only one side has. ``note`` names the invoice in the record."""
    unfit = {id(d.pair) for d in result.differences if d.kind not in ("amount_differs", "unknown_amount")}
    settled = []
    for pair in result.in_question:
        billed = charged_by(pair)
        if id(pair) in unfit or len(pair.booked) != 1 or billed is None or billed.micros < 0:
            continue
        [row] = pair.booked
        if row.amount == billed and row.basis is CostBasis.SETTLED:
            continue
        try:
            done = orders.settle(row.generation, row.attempt, billed, note=note, now=clock.now())
        except (Conflict, NotFound):
            continue  # changed meanwhile: the difference stays listed
        if done:
            settled.append(Settlement(pair, row.amount or Money(0, billed.currency), billed))
    return settled


def charged_by(pair: Pair) -> Money | None:
    """The sum of the invoice's lines; None without lines or in several currencies."""
    currencies = {line.amount.currency for line in pair.lines}
    return Money(sum(line.amount.micros for line in pair.lines), *currencies) if len(currencies) == 1 else None


def _days(lines: Sequence[InvoiceLine], asked: Asked) -> tuple[date | None, date | None]:
    if asked.since or asked.until:
        return asked.since, asked.until
    days = [line.day for line in lines if line.day is not None]
    return (min(days), max(days)) if days else (None, None)


def _booked(orders: Orders, since: date | None, until: date | None) -> list[Booked]:
    """Every attempt around these days, with its charge and corrections summed."""
    first = since - _AROUND if since and since - date.min > _AROUND else None
    last = until + _AROUND if until and date.max - until > _AROUND else None
    moment = datetime.combine(first or date(1970, 1, 1), time(), UTC)
    attempts = orders.recent_attempts(since=moment, limit=_MOST_ATTEMPTS)
    if len(attempts) == _MOST_ATTEMPTS:
        raise InvalidInput(f"more than {_MOST_ATTEMPTS} orders lie on these days", hint="narrow it with --since")
    by_attempt = {(a.generation, a.number): a for a in attempts}
    rows: dict[tuple[str, int], list[LedgerEntry]] = defaultdict(list)
    for entry in orders.ledger(since=first, until=last):
        rows[entry.generation or entry.id, entry.attempt or 0].append(entry)
    return [_one_booked(key, entries, by_attempt.get(key)) for key, entries in rows.items()]


def _one_booked(key: tuple[str, int], entries: Sequence[LedgerEntry], attempt: Attempt | None) -> Booked:
    charges = [e for e in entries if e.kind in ("charge", "correction")]
    ids = [attempt.request_id if attempt else None, *(e.request_id for e in reversed(charges))]
    first = entries[0]
    return Booked(
        generation=key[0],
        attempt=key[1],
        campaign=first.campaign,
        route=(attempt.route if attempt else first.route) or "",
        day=first.day,
        request_id=next(filter(None, ids), None),
        amount=Money(sum(e.amount.micros for e in charges), charges[0].amount.currency) if charges else None,
        basis=_basis(charges),
        open=not charges and attempt is not None and attempt.outcome in _STILL_OPEN,
    )


def _basis(charges: Sequence[LedgerEntry]) -> CostBasis | None:
    """A correction is the vendor's final word, whatever the charge was; rows of one moment come in no order."""
    bases = {entry.kind: entry.basis for entry in charges}
    return bases.get("correction", bases.get("charge"))


def _asked_routes(asked: Iterable[str], names: RouteNames) -> set[str]:
    """A route's own name means that route; any other name means all routes of that provider or adapter."""
    found = set()
    for name in asked:
        fitting = {name} if name in names else {r for r, known in names.items() if name.casefold() in known}
        if not fitting:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "`colophon routes` lists them"
            raise InvalidInput(f"there is no route {name!r}", where="--route", hint=hint)
        found |= fitting
    return found


def _own_routes(matched: Sequence[Pair], lines: Sequence[InvoiceLine], names: RouteNames) -> set[str]:
    said = {line.provider.casefold() for line in lines if line.provider}
    named = {route for route, known in names.items() if known & said}
    listed = {row.route for pair in matched if pair.lines for row in pair.booked}
    if named or not listed:
        return (named | listed) or set(names)
    # An invoice without a provider column is one vendor's: what it does not list of that vendor is missing.
    return {route for route, known in names.items() if any(known & names[other] for other in listed)}


def _on_routes(pair: Pair, routes: set[str], names: RouteNames, asked: Asked) -> bool:
    if pair.booked:
        return any(row.route in routes for row in pair.booked)
    if not asked.routes:
        return True
    wanted: frozenset[str] = frozenset().union(*(names[route] for route in routes))
    known: frozenset[str] = frozenset().union(*names.values())
    said = {(line.provider or "").casefold() for line in pair.lines}
    return any(name in wanted or name not in known for name in said)


def _on_days(pair: Pair, since: date | None, until: date | None) -> bool:
    days = [*(row.day for row in pair.booked), *(line.day for line in pair.lines)]
    return any(day is None or ((not since or since <= day) and (not until or day <= until)) for day in days)


def totals(amounts: Iterable[Money]) -> dict[str, Money]:
    """Sums by currency."""
    sums: dict[str, int] = defaultdict(int)
    for amount in amounts:
        sums[amount.currency] += amount.micros
    return {currency: Money(micros, currency) for currency, micros in sorted(sums.items())}


def ledger_totals(result: Reconciliation) -> dict[str, Money]:
    return totals(filter(None, (charged(pair.booked) for pair in result.in_question)))
