"""Every way a vendor can fail, at every adapter: what is bought, what is booked, what people are told.

The purchase is the real one over a real catalog; the vendor is a function, and the clock moves when somebody sleeps.
"""

import logging
import re

import pytest
from _pytest.mark import ParameterSet

from colophon.domain.generation import GenerationState
from colophon.errors import ColophonError
from tests.faults import cases_goods, cases_order, cases_wait
from tests.faults.cases import ENDED, GOOD, NOTHING, REPORTED, Case, Charge, Flow
from tests.faults.conftest import Market, Purchase, Vendor
from tests.faults.dialects import DIALECTS, FILTER, PICTURE, Dialect

CASES = [*cases_order.CASES, *cases_wait.CASES, *cases_goods.CASES]
CELLS = [(case, adapter) for case in CASES for adapter in DIALECTS if adapter not in case.skip]
SKIPPED = [(case, adapter) for case in CASES for adapter in DIALECTS if adapter in case.skip]
DEADLINE, SLACK = 300.0, 15.0


def identity(case: Case, adapter: str) -> str:
    return f"{re.sub('[^a-z0-9]+', '-', str(case).lower()).strip('-')}-{adapter}"


def cell(case: Case, adapter: str) -> ParameterSet:
    return pytest.param(case, adapter, id=identity(case, adapter))


PARAMETERS = [cell(case, adapter) for case, adapter in CELLS]


@pytest.fixture(scope="module")
def stocked(market: Market) -> Market:
    for number, case in enumerate(CASES):
        names = [identity(case, adapter) for adapter in DIALECTS if adapter not in case.skip]
        market.register(f"case-{number}", names)
    return market


@pytest.mark.parametrize(("case", "adapter"), PARAMETERS)
def test_cell(stocked: Market, case: Case, adapter: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    dialect, expect = DIALECTS[adapter], case.expected(adapter)
    purchase = stocked.purchase(adapter, case, identity(case, adapter))
    Flow.drawn = 0
    state = purchase.run()
    progress, vendor = purchase.progress, purchase.vendor

    assert (state, progress.problem_code or "") == (expect.state, expect.code), progress.problem
    _requests_are_few(vendor, case, dialect)
    assert purchase.spare.requests == [], "another route was asked"
    assert purchase.seconds <= DEADLINE + SLACK
    assert Flow.drawn <= 97 * 2**20  # the most that is read of any answer, however large

    error = purchase.errors[0] if purchase.errors else None
    if expect.error is None:
        assert error is None
    else:
        assert isinstance(error, expect.error)
        assert (error.reason, getattr(error, "retry_after", None)) == (expect.reason, expect.wait)
    _money(purchase, dialect, expect.charge, stays_open=expect.open)
    _words(purchase, error, expect.says, caplog)
    for name, value in expect.told.items():
        assert getattr(progress, name) == value
    if state is GenerationState.DELIVERED:
        # Trap 50: what is kept is what came, byte for byte.
        assert progress.original_sha256 is not None
        assert stocked.store.get(progress.original_sha256) == PICTURE
    _next_run(purchase, case, dialect)


def _requests_are_few(vendor: Vendor, case: Case, dialect: Dialect) -> None:
    counts = vendor.counts()
    assert counts["submit"] == 1
    assert vendor.orders == int(case.took)
    assert counts["stray"] == 0, [str(request.url) for place, request in vendor.requests if place == "stray"]
    assert counts["poll"] <= (case.rounds if dialect.queue else 0)
    assert counts["result"] <= counts["poll"]
    assert counts["fetch"] <= case.most_fetches
    for place, request in vendor.requests:
        # Trap 18: the key goes to the vendor's own addresses, never to where pictures lie.
        sent = f"{request.headers.raw}{request.url}"
        assert (cases_order.KEY in sent) == (place != "fetch")


def _money(purchase: Purchase, dialect: Dialect, charge: Charge, *, stays_open: bool) -> None:
    told = {GOOD: dialect.charge, REPORTED: dialect.reported, ENDED: dialect.ended_without_picture}
    expected = told[charge] if isinstance(charge, str) and charge != NOTHING else charge
    rows = purchase.rows()
    assert [row[1:] for row in rows if row[0] == "charge"] == ([] if charge == NOTHING else [expected])
    assert [row[1:] for row in rows if row[0] == "reservation"] == [("0.05", "estimated")]
    assert [row[1:] for row in rows if row[0] == "release"] == ([] if stays_open else [("0.05", "estimated")])


def _words(purchase: Purchase, error: ColophonError | None, says: str, caplog: pytest.LogCaptureFixture) -> None:
    """People are told something they can act on, in one short line, without keys or the filter's insides."""
    told = [error.message if error else "", purchase.progress.problem or ""]
    told += [attempt.problem or "" for attempt in purchase.catalog.orders.attempts(purchase.generation)]
    assert says in (told[0] or told[1])
    for text in told:
        assert len(text) <= 2000
        assert text.isprintable(), repr(text)
    logged = [record.getMessage() for record in caplog.records]
    assert all(len(text) <= 2048 for text in logged)
    for text in (*told, *logged):
        assert cases_order.KEY not in text
        assert FILTER not in text


def _next_run(purchase: Purchase, case: Case, dialect: Dialect) -> None:
    """Once the vendor has recovered: what was not taken is bought once, what is ordered is waited for, and what has
    ended or is not known is left alone."""
    before, vendor = purchase.progress.state, purchase.vendor
    purchase.vendor.mend()
    purchase.clock.sleep(3700)
    after = purchase.run()
    counts = vendor.counts()
    if before is GenerationState.PLANNED:
        assert after is GenerationState.DELIVERED
        assert counts["submit"] == 1
        assert vendor.orders == 1 + int(case.took)
    elif before is GenerationState.SUBMITTED:
        assert counts["submit"] == 0
        assert vendor.orders == 1
        # Where nothing can be asked again, the address on record is the only one there is.
        stuck = bool(case.goods.address) and not dialect.queue
        assert after is (before if stuck else GenerationState.DELIVERED)
    else:
        assert after is before
        assert vendor.requests == []


def test_the_table_is_large_enough_and_says_what_it_leaves_out() -> None:
    groups = {case.group for case in CASES}
    assert groups == {"limits", "server", "body", "money", "picture", "address", "policy", "identity"}
    assert len({str(case) for case in CASES}) == len(CASES) >= 45
    assert len(CELLS) + len(SKIPPED) == len(CASES) * len(DIALECTS)
    assert all(case.skip[adapter] for case, adapter in SKIPPED)
    assert set(DIALECTS) == {adapter for _, adapter in CELLS}
    assert (len(CASES), len(DIALECTS), len(CELLS), len(SKIPPED)) == (155, 11, 1315, 390)


@pytest.mark.parametrize("adapter", DIALECTS)
def test_no_key_reaches_the_catalogs_files(market: Market, adapter: str) -> None:
    """The vendor repeats it in every error it gives."""
    cases = [case for case in CASES if "the key is repeated" in case.name]
    names = [f"canary-{number}-{adapter}" for number in range(len(cases))]
    market.register(f"canary-{adapter}", names)
    for case, name in zip(cases, names, strict=True):
        market.purchase(adapter, case, name).run()
    files = list(market.path.parent.rglob("catalog.db*"))
    content = b"".join(file.read_bytes() for file in files)
    assert names[0].encode() in content
    assert cases_order.KEY.encode() not in content
