"""The conformance traps: each one is named by a test, and the index in the documents names that test's file."""

import re
from importlib.resources import files
from pathlib import Path

import httpx
import pytest

from colophon.checks.profiles import ProvenanceRules
from colophon.checks.provenance import ProvenanceCheck
from colophon.domain.finding import Verdict
from colophon.domain.generation import GenerationState
from colophon.domain.provenance import ProvenanceState
from colophon.domain.route import parse_routes
from colophon.errors import ProviderUnavailable
from colophon.services import order, wait
from colophon.services.buyer import Patience
from colophon.settings import Settings
from tests.checks.conftest import MadeCandidate, make_asset, make_provenance
from tests.faults.cases import Case, delivered
from tests.faults.conftest import Market
from tests.faults.dialects import QUEUES, Dialect

TRAPS = range(1, 52)
ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "providers-conformance.md"
_NAMED = re.compile(r"\b[Tt]raps?((?:\s+\d+(?:\s+to\s+\d+)?(?:\s*,|\s+and\b)?)+)")


def numbers(text: str) -> set[int]:
    """The numbers of "Traps 1, 37 to 40 and 44"."""
    found: set[int] = set()
    for named in _NAMED.findall(text):
        for first, last in re.findall(r"(\d+)(?:\s+to\s+(\d+))?", named):
            found |= set(range(int(first), int(last or first) + 1))
    return found


def named_by() -> dict[int, set[str]]:
    """Trap to the test files that name it in words."""
    found: dict[int, set[str]] = {trap: set() for trap in TRAPS}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for trap in numbers(file.read_text()) & set(TRAPS):
            found[trap].add(file.relative_to(ROOT).as_posix())
    return found


def test_every_trap_is_named_by_a_test() -> None:
    assert [trap for trap, places in named_by().items() if not places] == []


def test_the_index_names_a_file_that_names_the_trap() -> None:
    rows = dict(re.findall(r"^\| (\d+) \| [^|]+ \| ([^|]+) \|$", PAGE.read_text(), re.MULTILINE))
    assert list(map(int, rows)) == list(TRAPS)
    places = named_by()
    for trap, written in rows.items():
        listed = set(re.findall(r"`([^`]+)`", written))
        assert listed, trap
        assert listed <= places[int(trap)], f"trap {trap} is not named in {listed - places[int(trap)]}"


def slow(seconds: float, market: Market, began: list[float]) -> Case:
    """Done so many seconds after the first question."""

    def behave(dialect: Dialect, request: httpx.Request) -> httpx.Response:
        now = market.clock.moment.timestamp()
        began.append(now)
        task = dialect.asked_for(request)
        return dialect.pending(task) if now < began[0] + seconds else dialect.done(task, case.goods)

    case = Case("server", f"ready after {seconds} s", delivered(), polls_on=behave, rounds=60)
    return case


@pytest.mark.parametrize("adapter", sorted(QUEUES))
def test_a_picture_that_takes_three_minutes_is_waited_for(market: Market, adapter: str) -> None:
    """Trap 6: six questions, or a minute, are not enough."""
    assert Settings().poll_deadline_seconds >= 180
    assert Patience().deadline >= 180
    market.register(f"trap-6-{adapter}", [f"trap-6-{adapter}"])
    purchase = market.purchase(adapter, slow(180, market, []), f"trap-6-{adapter}")
    assert purchase.run() is GenerationState.DELIVERED
    assert purchase.vendor.orders == 1


def test_no_shipped_route_orders_a_preview() -> None:
    """Trap 31: a preview changes under the same seed."""
    routes = parse_routes((files("colophon.data") / "routes.toml").read_text())
    names = {name for route in routes.values() for name in (*route.models.values(), *route.edit_models.values())}
    assert "flux-2-pro" in names
    assert not [name for name in names if "preview" in name.lower()]


@pytest.mark.parametrize("adapter", sorted(QUEUES))
def test_time_in_the_vendors_queue_ends_the_wait_and_not_the_order(market: Market, adapter: str) -> None:
    """Trap 45: the queue took it and runs two at a time; the picture comes after the deadline, to a later run, and
    is bought once."""
    market.register(f"trap-45-{adapter}", [f"trap-45-{adapter}"])
    purchase = market.purchase(adapter, slow(400, market, []), f"trap-45-{adapter}")
    assert order.submit(purchase.generation, buyer=purchase.buyer) is GenerationState.SUBMITTED
    with pytest.raises(ProviderUnavailable, match="it stays ordered"):
        wait.collect(purchase.generation, buyer=purchase.buyer)
    assert purchase.progress.state is GenerationState.SUBMITTED
    assert wait.collect(purchase.generation, buyer=purchase.buyer) is GenerationState.DELIVERED
    assert purchase.vendor.orders == 1


@pytest.mark.parametrize("state", [ProvenanceState.NONE, ProvenanceState.VALID, ProvenanceState.INVALID])
def test_a_vendors_name_is_no_proof_of_papers(state: ProvenanceState) -> None:
    """Trap 51: the route says who should have signed; what the bytes show decides."""
    candidate = MadeCandidate(b"picture", make_asset(), make_provenance(state), None)
    finding = ProvenanceCheck(ProvenanceRules(), None, ("vendor",))(candidate)
    assert finding.verdict is not Verdict.PASS
    assert finding.parameters["expected_signers"] == ["Vendor"]
