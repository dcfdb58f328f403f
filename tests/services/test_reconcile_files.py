"""Invoices as vendors write them: which columns and amounts are understood, and how each bad line is named."""

from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colophon.errors import InvalidInput
from colophon.services import invoice_file
from colophon.services.invoice_file import read_invoice, read_invoice_file


def amounts(text: str, credit: Decimal | None = None) -> list[tuple[str | None, str, str]]:
    lines = read_invoice(text.encode(), credit=credit)
    return [(line.request_id, str(line.amount), line.amount.currency) for line in lines]


def complaint(text: str | bytes) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        read_invoice(text if isinstance(text, bytes) else text.encode())
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "id,amount\nt1,0.03\n",
        "\ufeffRequest ID;Cost\r\nt1;0,03\r\n",
        "taskId\tusd\nt1\t$0.03\n",
        'prediction-id,"total"\n"t1","0.030000000000000002"\n\n',
        "id,Inference ID,price,Currency\nrow-1,t1,3e-2,usd\n",
        "reference_id,amount_usd,note\nt1,+0.03,\"two\nlines, and a comma\"\n",
    ],
)  # fmt: skip
def test_vendors_names_and_forms_are_understood(text: str) -> None:
    assert amounts(text) == [("t1", "0.03", "USD")]


def test_all_members_are_read_and_days_are_utc() -> None:
    text = "id,at,provider,model,amount,currency,settled\nt1,2026-11-21T23:30:00-02:00,bfl,flux-2-pro,0.03,EUR,true\n"
    [line] = read_invoice(text.encode())
    assert (line.number, line.provider, line.model, line.day) == (2, "bfl", "flux-2-pro", date(2026, 11, 22))
    assert line.amount.currency == "EUR"


@pytest.mark.parametrize(
    "day", ["2026-11-21", "2026-11-21T05:00:00Z", "2026-11-21 05:00:00 UTC", "1795237200", "1795237200123"]
)
def test_forms_of_a_day(day: str) -> None:
    [line] = read_invoice(f"id,date,amount\nt1,{day},1\n".encode())
    assert line.day == date(2026, 11, 21)


def test_credits_need_their_price() -> None:
    assert amounts("id,credits\nt1,3\nt2,-4.5\n", credit=Decimal("0.01")) == [
        ("t1", "0.03", "USD"),
        ("t2", "-0.045", "USD"),
    ]
    refused = complaint("id,credits\nt1,3\n")
    assert "--credit" in refused.hint
    with pytest.raises(InvalidInput, match="not in credits"):
        amounts("id,amount\nt1,3\n", credit=Decimal("0.01"))


def test_every_bad_line_is_named_at_once() -> None:
    refused = complaint(
        "id,amount,currency,date\n"
        "t1,0.03,USD,2026-11-21\n"
        "t2,NaN,USD,2026-11-21\n"
        "t3,,USD,2026-11-21\n"
        "t4,1_000,USD,2026-11-21\n"
        "t5,1000001,USD,2026-11-21\n"
        "t6,0.03,dollars,2026-11-21\n"
        "t7,0.03,USD,03/04/2026\n"
        "t 8,0.03,USD,2026-11-21\n"
        "t9,$1,EUR,2026-11-21\n"
        "t10,0.03\n"
        "t11,1e99,USD,2026-11-21\n"
        "t12,٣,USD,2026-11-21\n"
    )
    assert [problem.line for problem in refused.problems] == list(range(3, 14))
    assert refused.problems[0].where == "invoice.csv:3"
    assert "11 lines" in refused.hint


def test_lines_with_line_breaks_inside_are_still_named_by_their_place() -> None:
    refused = complaint('id,note,amount\nt1,"a\nb\nc",0.03\nt2,x,bad\n')
    assert [problem.line for problem in refused.problems] == [5]


def test_a_comma_that_could_be_either_is_refused() -> None:
    assert "two ways" in complaint("id;amount\nt1;1,234\n").message
    assert amounts("id;amount\nt1;0,234\nt2;12,5\n") == [("t1", "0.234", "USD"), ("t2", "12.50", "USD")]


def test_headers_that_do_not_say_enough_are_refused() -> None:
    nothing = complaint("")
    assert [problem.code for problem in nothing.problems] == ["missing_column", "missing_column"]
    assert "request_id" in nothing.problems[0].allowed
    assert complaint("id,amount,Amount\nt1,1,2\n").problems[0].code == "ambiguous_column"
    assert "EUR" in complaint("id,cost_usd,currency\nt1,1,EUR\n").message


def test_bytes_that_are_no_invoice_are_refused() -> None:
    assert "line 2" in complaint(b"id,amount\n\xff\xfe,1\n").message
    assert "not CSV" in complaint('id,amount\n"t1,1\n').message
    assert "not CSV" in complaint("id,amount\n" + "x" * 200_000 + ",1\n").message
    control = complaint("id,amount\n\x1b[31mt1,1\n").message
    assert "\x1b" not in control


def test_size_and_number_of_lines_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invoice_file, "MAX_BYTES", 40)
    monkeypatch.setattr(invoice_file, "MAX_LINES", 2)
    assert len(amounts("id,amount\nt1,1\nt2,1\n")) == 2
    assert "at most 2 lines" in complaint("id,amount\nt1,1\nt2,1\nt3,1\n").message
    large = tmp_path / "large.csv"
    large.write_bytes(b"id,amount\n" + b"\n" * 40)
    with pytest.raises(InvalidInput, match="at most 50 MB"):
        read_invoice_file(large)


def test_many_bad_lines_are_told_up_to_a_hundred() -> None:
    refused = complaint("id,amount\n" + "t,x\n" * 500)
    assert len(refused.problems) == 100
    assert "perhaps more" in refused.hint


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_invoice_file(tmp_path / "none.csv")
    (tmp_path / "kept.csv").write_bytes(b"a,b\n1,2\n")
    with pytest.raises(InvalidInput) as refused:
        read_invoice_file(tmp_path / "kept.csv", name="as it was sent.csv")
    assert refused.value.where == "as it was sent.csv:1"


@given(st.binary(max_size=300))
def test_any_bytes_are_lines_or_refused(content: bytes) -> None:
    with suppress(InvalidInput):
        lines = read_invoice(b"id,amount\n" + content)
        assert all(line.request_id is None or line.request_id.isascii() for line in lines)


@given(st.integers(0, 10**12), st.sampled_from([",", ";", "\t"]))
def test_every_micro_unit_is_kept(micros: int, delimiter: str) -> None:
    text = f"id{delimiter}amount\nt1{delimiter}{Decimal(micros) / 1_000_000:f}\n"
    [line] = read_invoice(text.encode())
    assert line.amount.micros == micros
