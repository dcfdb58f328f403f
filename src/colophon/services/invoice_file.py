"""A vendor's invoice as CSV: columns found by the names vendors use, every bad line named, nothing guessed."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from colophon.domain.invoice import InvoiceLine
from colophon.errors import InvalidInput, Problem
from colophon.services.invoice_values import read_amount, read_currency, read_day, read_name, read_request_id, shown

MAX_BYTES = 50 * 1024 * 1024
MAX_LINES = 1_000_000
_MOST_PROBLEMS = 100
_CREDITS = ("credits", "credits_used", "credit")

# Per member the column names that are understood, the one that says most first.
COLUMNS: dict[str, tuple[str, ...]] = {
    "request_id": (
        "request_id",
        "provider_request_id",
        "inference_id",
        "prediction_id",
        "task_id",
        "reference_id",
        "generation_id",
        "job_id",
        "id",
    ),
    "amount": (
        "amount",
        "amount_usd",
        "cost",
        "cost_usd",
        "price",
        "price_usd",
        "usd_spent",
        "usd",
        "charge",
        "total",
        *_CREDITS,
    ),
    "currency": ("currency", "currency_code"),
    "provider": ("provider", "route", "vendor"),
    "model": ("model", "model_id", "endpoint", "endpoint_id"),
    "day": ("at", "date", "day", "time", "timestamp", "created_at", "created", "submitted_at", "started_at"),
}


@dataclass(frozen=True, slots=True)
class _Sheet:
    """Where each member stands in a row, and what the header says about amounts."""

    columns: dict[str, int]
    currency: str | None
    unit: Decimal
    decimal_comma: bool


def read_invoice_file(path: Path, *, name: str | None = None, credit: Decimal | None = None) -> list[InvoiceLine]:
    """The lines of a CSV file of at most 50 MB and 1,000,000 lines, in UTF-8, separated by comma, semicolon or tab.

    ``credit`` is what one credit costs, for a vendor that bills in credits; ``name`` stands for the file in messages.
    Raises `InvalidInput` naming every bad line, up to a hundred.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"the invoice cannot be read: {error.strerror}", where=name or str(path)) from error
    return read_invoice(content, file=name or str(path), credit=credit)


def read_invoice(content: bytes, *, file: str = "invoice.csv", credit: Decimal | None = None) -> list[InvoiceLine]:
    """As `read_invoice_file`, of bytes; ``file`` is its name in messages."""
    if len(content) > MAX_BYTES:
        raise InvalidInput("an invoice is at most 50 MB", where=file, hint="split it by month")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InvalidInput(f"not UTF-8 text, from line {line} on", where=file) from None
    delimiter = _delimiter(text.partition("\n")[0])
    rows = _rows(text, delimiter, file)
    header = next(rows, (0, []))[1]
    sheet = _sheet(header, file, credit, decimal_comma=delimiter != ",")
    lines: list[InvoiceLine] = []
    problems: list[Problem] = []
    for number, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        if len(lines) >= MAX_LINES:
            raise InvalidInput(f"an invoice has at most {MAX_LINES} lines", where=file, hint="split it by month")
        try:
            lines.append(_line(number, row, sheet, len(header)))
        except ValueError as error:
            problems.append(Problem("bad_line", str(error), file=file, line=number))
            if len(problems) == _MOST_PROBLEMS:
                break
    if problems:
        more = ", and perhaps more behind them" if len(problems) == _MOST_PROBLEMS else ""
        raise InvalidInput.of(problems, hint=f"{len(problems)} lines cannot be read{more}; nothing was compared")
    return lines


def _delimiter(header: str) -> str:
    """The one that the header has most of; names of columns hold none of them."""
    return max((",", ";", "\t"), key=header.count)


def _rows(text: str, delimiter: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Every row with the number of its last line in the file."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise InvalidInput(f"not CSV: {error}", where=f"{file}:{reader.line_num}") from None
        if row is None:
            return
        yield reader.line_num, row


def _sheet(header: Sequence[str], file: str, credit: Decimal | None, *, decimal_comma: bool) -> _Sheet:
    names = [_normal(name) for name in header]
    found = {}
    for member, aliases in COLUMNS.items():
        for alias in aliases:
            if alias in names:
                found[member] = alias
                break
    problems = [
        Problem("missing_column", f"no column for the {what}", file=file, line=1, allowed=", ".join(COLUMNS[member]))
        for member, what in (("request_id", "request id"), ("amount", "amount"))
        if member not in found
    ]
    problems += [
        Problem("ambiguous_column", "this column is there twice", file=file, line=1, found=shown(name))
        for name in sorted(set(found.values()))
        if names.count(name) > 1
    ]
    if problems:
        raise InvalidInput.of(problems, hint="an invoice is CSV with a header line")
    in_credits = found["amount"] in _CREDITS
    if in_credits and credit is None:
        hint = "say what one credit costs: --credit 0.01"
        raise InvalidInput("the invoice is in credits", where=f"{file}:1 {found['amount']}", hint=hint)
    if not in_credits and credit is not None:
        raise InvalidInput("the invoice is not in credits", where="--credit", hint=f"it has a column {found['amount']}")
    return _Sheet(
        columns={member: names.index(name) for member, name in found.items()},
        currency="USD" if "usd" in found["amount"] else None,
        unit=credit if credit is not None else Decimal(1),
        decimal_comma=decimal_comma,
    )


def _normal(name: str) -> str:
    """``Request ID``, ``request-id`` and ``requestId`` are one name."""
    spaced = "".join(
        f" {c}" if c.isupper() and before.islower() else c for before, c in zip(" " + name, name, strict=False)
    )
    return "_".join(spaced.casefold().replace("-", " ").replace("_", " ").replace(".", " ").split())


def _line(number: int, row: Sequence[str], sheet: _Sheet, width: int) -> InvoiceLine:
    if len(row) != width:
        raise ValueError(f"{len(row)} cells, and the header has {width}")
    cell = {member: row[index].strip() for member, index in sheet.columns.items()}
    currency = read_currency(cell.get("currency", ""), sheet.currency)
    return InvoiceLine(
        number=number,
        request_id=read_request_id(cell["request_id"]),
        amount=read_amount(cell["amount"], currency, unit=sheet.unit, decimal_comma=sheet.decimal_comma),
        provider=read_name(cell.get("provider", ""), "provider"),
        model=read_name(cell.get("model", ""), "model"),
        day=read_day(cell.get("day", "")),
    )
