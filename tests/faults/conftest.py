"""A market of scripted vendors: the real purchase over a real catalog, on a clock that moves when somebody sleeps."""

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from colophon.catalog import SqlCatalog, open_catalog
from colophon.domain.brief import Brief, Safety
from colophon.domain.choice import Candidate, Ranking
from colophon.domain.generation import Generation, GenerationState
from colophon.domain.money import Estimate, Money
from colophon.domain.record import Progress
from colophon.errors import ColophonError
from colophon.ports import Provider
from colophon.providers.access import Access
from colophon.providers.http import guarded_client
from colophon.providers.registry import ADAPTERS
from colophon.services import order, wait
from colophon.services.buyer import Buyer, Pauses, Terms
from colophon.storage.folder import FolderStore
from tests.faults.cases import Behaviour, Case, Expect
from tests.faults.cases_order import KEY
from tests.faults.dialects import DIALECTS, PICTURE, Dialect, Goods

START = datetime(2026, 10, 1, 12, 0, tzinfo=UTC)
PRICE = Estimate(Money.of("0.03"), Money.of("0.05"))
GOOD_CASE = Case("", "", Expect(GenerationState.DELIVERED, ""))


class VirtualClock:
    """Moves when somebody sleeps, and by a millisecond whenever it is read, as a real one would."""

    def __init__(self) -> None:
        self.moment = START

    def now(self) -> datetime:
        self.moment += timedelta(milliseconds=1)
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class Vendor:
    """Answers as its dialect and its case say, and keeps what it was asked."""

    def __init__(self, dialect: Dialect, case: Case, task: str) -> None:
        self.dialect, self.case, self.task = dialect, case, task
        self.requests: list[tuple[str, httpx.Request]] = []
        self.orders = 0  # what its bill would say

    def counts(self) -> Counter[str]:
        return Counter(place for place, _ in self.requests)

    def mend(self) -> None:
        """From now on it answers as it should."""
        self.case = GOOD_CASE
        self.requests.clear()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        place = self.dialect.place(request)
        nth = self.counts()[place]
        self.requests.append((place, request))
        behaviour = self._behaviour(place, nth)
        if place == "submit" and self.case.took:
            self.orders += 1
        return behaviour(self.dialect, request) if behaviour else self._good(place)

    def _behaviour(self, place: str, nth: int) -> Behaviour | None:
        case = self.case
        if place == "submit":
            return case.submit
        if place == "poll":
            return case.polls[nth] if nth < len(case.polls) else case.polls_on
        if place == "fetch":
            return case.fetches[nth] if nth < len(case.fetches) else case.fetches_on
        return None

    def _good(self, place: str) -> httpx.Response:
        goods: Goods = self.case.goods
        if place == "submit":
            return self.dialect.submitted(self.task, goods)
        if place == "poll":
            return self.dialect.done(self.task, goods)
        if place == "result":
            return self.dialect.result(self.task, goods)
        if place == "fetch":
            return httpx.Response(200, content=PICTURE, headers={"Content-Type": "image/png"})
        return httpx.Response(200, content=b"a request that no good client sends")


@dataclass
class Purchase:
    """One order at one vendor. ``spare`` is a second route that would take it at once."""

    generation: str
    vendor: Vendor
    spare: Vendor
    buyer: Buyer
    clock: VirtualClock
    catalog: SqlCatalog
    store: FolderStore
    errors: list[ColophonError] = field(default_factory=list)
    seconds: float = 0.0

    def run(self) -> GenerationState:
        """Order and wait, as far as it goes."""
        began = self.clock.moment
        try:
            if order.submit(self.generation, buyer=self.buyer) is GenerationState.SUBMITTED:
                wait.collect(self.generation, buyer=self.buyer)
        except ColophonError as error:
            self.errors.append(error)
        self.seconds = (self.clock.moment - began).total_seconds()
        return self.progress.state

    @property
    def progress(self) -> Progress:
        return self.catalog.orders.progress(self.generation)

    def rows(self) -> list[tuple[str, str, str]]:
        """(kind, amount, basis) of every row of money of this order."""
        rows = self.catalog.orders.ledger(self.progress.generation.campaign)
        return [(e.kind, str(e.amount), e.basis.value) for e in rows if e.generation == self.generation]


class Market:
    """One catalog for all cells, with a campaign for each case."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "catalog.db"
        self.catalog = open_catalog(f"sqlite:///{self.path}")
        self.store = FolderStore(folder / "store")
        self.clock = VirtualClock()
        self._clients: list[httpx.Client] = []

    def register(self, campaign: str, names: list[str]) -> None:
        """A campaign of these orders."""
        brief = Brief.model_validate(
            {
                "schema_version": 1,
                "campaign": campaign,
                "title": "Faults",
                "brand": {"name": "Northwind"},
                "visuals": [{"id": "hero", "prompt": "A mug"}],
                "placements": ["opengraph/universal"],
                "budget": {"currency": "USD", "cap": "1000.00"},
            }
        )
        wanted = [_generation(campaign, name, number) for number, name in enumerate(names, start=1)]
        self.catalog.orders.register(
            brief, revision="rev-1", canonical="{}", generations=wanted, renditions=(), now=self.clock.now()
        )

    def purchase(self, adapter: str, case: Case, generation: str) -> Purchase:
        vendor = Vendor(DIALECTS[adapter], case, f"task-{generation}")
        other = "replicate" if adapter == "bfl" else "bfl"
        spare = Vendor(DIALECTS[other], GOOD_CASE, f"spare-{generation}")
        providers = {name: self._provider(one) for name, one in ((adapter, vendor), (other, spare))}
        # Where nothing was ordered another route may take over, which is the subject of other tests.
        names = [adapter] if case.expected(adapter).state is GenerationState.PLANNED else [adapter, other]
        candidates = tuple(Candidate(DIALECTS[name].route, PRICE, "order listed") for name in names)
        terms = Terms(lambda progress: Ranking(candidates), fallback=True)
        buyer = Buyer(
            worker="worker-1",
            orders=self.catalog.orders,
            store=self.store,
            clock=self.clock,
            pauses=Pauses(self.clock),
            provider=lambda route: providers[route],
            terms=lambda campaign: terms,
            account=lambda route: "key-1",
            active_limit=lambda route: None,
            lease=lambda route: 60.0,
        )
        return Purchase(generation, vendor, spare, buyer, self.clock, self.catalog, self.store)

    def _provider(self, vendor: Vendor) -> Provider:
        client = guarded_client(transport=httpx.MockTransport(vendor))
        self._clients.append(client)
        return ADAPTERS[vendor.dialect.adapter](Access(vendor.dialect.route, KEY, client, client))

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self.catalog.close()


def _generation(campaign: str, name: str, number: int) -> Generation:
    return Generation(
        id=name,
        campaign=campaign,
        visual="hero",
        variant=number,
        master="m1",
        width=1024,
        height=1024,
        route="bfl",
        model="flux-2-pro",
        seed=7,
        prompt="a mug",
        structure="",
        safety=Safety.NORMAL,
        references=(),
        cost=PRICE,
    )


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """In memory where the system offers a folder there: whether a commit outlives a power cut is not the subject,
    and waiting for the disk would take most of the time."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    with ExitStack() as stack:
        if os.access(memory, os.W_OK):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="faults-", dir=memory)))
        else:
            folder = tmp_path_factory.mktemp("faults")
        opened = Market(folder)
        stack.callback(opened.close)
        yield opened
