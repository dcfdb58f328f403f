"""A reconciliation as plain data for people's tables and for scripts."""

from collections.abc import Mapping, Sequence
from typing import Any

from colophon.domain.invoice import Difference, Pair
from colophon.domain.money import Money
from colophon.services.reconcile import Reconciliation, Settlement, ledger_totals, totals

View = dict[str, Any]


def reconciliation_view(result: Reconciliation, file: str, settled: Sequence[Settlement] = ()) -> View:
    """``equal`` says whether invoice and ledger agree now: a difference that was settled is listed with ``settled``
    true and no longer counts."""
    done = {id(settlement.pair) for settlement in settled}
    differences = [_difference(found, id(found.pair) in done) for found in result.differences]
    lines = [line for pair in result.in_question for line in pair.lines]
    return {
        "invoice": {
            "file": file,
            "lines": len(lines),
            "left_out": result.left_out,
            **_totals(totals(line.amount for line in lines)),
        },
        "ledger": {
            "orders": sum(len(pair.booked) for pair in result.in_question),
            "routes": list(result.routes),
            "since": result.since.isoformat() if result.since else None,
            "until": result.until.isoformat() if result.until else None,
            **_totals(_after(ledger_totals(result), settled)),
        },
        "differences": differences,
        "settled": [_settlement(settlement) for settlement in settled],
        "unknown_outcomes": result.unknown_outcomes,
        "equal": all(found["settled"] for found in differences),
    }


def _difference(found: Difference, settled: bool) -> View:
    money = found.invoice or found.ledger
    line = found.pair.lines[0] if found.pair.lines else None
    return {
        "kind": found.kind,
        "request_id": found.pair.request_id,
        **_place(found.pair),
        "provider": line.provider if line else None,
        "lines": [each.number for each in found.pair.lines],
        "invoice": None if found.invoice is None else str(found.invoice),
        "ledger": None if found.ledger is None else str(found.ledger),
        "currency": money.currency if money else None,
        "message": found.message,
        "settled": settled,
    }


def _settlement(settlement: Settlement) -> View:
    return {
        "request_id": settlement.pair.request_id,
        **_place(settlement.pair),
        "before": None if settlement.before is None else str(settlement.before),
        "after": str(settlement.after),
        "currency": settlement.after.currency,
    }


def _place(pair: Pair) -> View:
    row = pair.booked[0] if pair.booked else None
    return {
        "route": row.route if row else None,
        "campaign": row.campaign if row else None,
        "generation": row.generation if row else None,
        "attempt": row.attempt if row else None,
    }


def _after(before: Mapping[str, Money], settled: Sequence[Settlement]) -> dict[str, Money]:
    changes = [s.after - s.before for s in settled if s.before is not None]
    return totals([*before.values(), *changes])


def _totals(sums: Mapping[str, Money]) -> View:
    """``total`` and ``currency`` where there is one currency; ``totals`` always, by currency."""
    only = next(iter(sums.values())) if len(sums) == 1 else Money(0) if not sums else None
    return {
        "total": None if only is None else str(only),
        "currency": None if only is None else only.currency,
        "totals": {currency: str(amount) for currency, amount in sums.items()},
    }
