"""A small world: the real composition over a temporary home, with the embedded sandbox, a clock that a test moves, one
confined worker for the whole run, and a safety engine that says what it is told to say."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from colophon.bootstrap import Runtime, initialise
from colophon.bootstrap.planning import open_for_run, plan_brief, register_plan
from colophon.confined import Confined
from colophon.domain.asset import Asset, Rendition
from colophon.domain.detection import Detection
from colophon.domain.generation import GenerationState
from colophon.domain.record import Progress
from colophon.sandbox.invoice import Invoice
from colophon.services import ingest, order, render, review, wait
from colophon.services.buyer import Buyer, Patience, Pauses
from colophon.services.resume import left_to_do
from colophon.settings import Settings

DETACHED = "iab_display/feature_phone_small"  # too small to hold a manifest
SMALL = "linkedin/text_ad"  # 100 x 100, cut from the smallest master there is


class VirtualClock:
    """Moves when somebody sleeps, and by a millisecond whenever it is read, as a real one would."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)
        self.slept = 0.0

    def now(self) -> datetime:
        self.moment += timedelta(milliseconds=1)
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.moment += timedelta(seconds=seconds)


class StatedEngine:
    """Implements `colophon.ports.SafetyEngine`: finds in every picture what ``scores`` says, and fails when told."""

    name = "stated"
    version = "1"

    def __init__(self) -> None:
        self.scores: dict[str, float] = {}
        self.failure: Exception | None = None

    def detect(self, content: bytes) -> Sequence[Detection]:
        if self.failure is not None:
            raise self.failure
        return [Detection(kind, score) for kind, score in self.scores.items()]

    def close(self) -> None:
        """Holds nothing."""


@dataclass
class World:
    """One process's view of a home. `reopened` is the next process over the same folders, at the same hour."""

    folder: Path
    settings: Settings
    clock: VirtualClock
    engine: StatedEngine
    rt: Runtime
    patience: Patience = field(default_factory=Patience)
    guard: Callable[[Any], Any] = lambda port: port

    def brief(self, name: str = "spring", **members: object) -> Path:
        """A brief file: one visual, one variant, one small placement, unless ``members`` say otherwise."""
        content: dict[str, object] = {
            "schema_version": 1,
            "campaign": name,
            "title": f"Campaign {name}",
            "brand": {"name": "Northwind"},
            "visuals": [{"id": "hero", "prompt": f"A mug on an oak table, for {name}"}],
            "placements": [SMALL],
            "budget": {"currency": "USD", "cap": "2.00"},
        }
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(content | members))
        return path

    def register(self, name: str = "spring", **members: object) -> str:
        planned = plan_brief(self.brief(name, **members), None, self.rt)
        open_for_run(planned, self.rt)
        return register_plan(planned, self.rt)

    def one(self, name: str = "spring", **members: object) -> str:
        """The only generation of a newly registered campaign."""
        [progress] = self.rt.catalog.orders.wanted(self.register(name, **members))
        return progress.generation.id

    def faults(self, *rules: dict[str, object] | str) -> None:
        """Order faults of the sandbox, by the script file it reads before every submit."""
        script = [{"fault": rule} if isinstance(rule, str) else rule for rule in rules]
        (self.settings.sandbox_folder / "faults.json").write_text(json.dumps(script))

    @property
    def invoice(self) -> list[dict[str, object]]:
        return Invoice(self.settings.sandbox_folder).lines()

    def buyer(self) -> Buyer:
        """With no memory of troubled routes: each step is as if some time had passed."""
        return replace(
            self.rt.buyer,
            provider=lambda route: self.guard(self.rt.provider(route)),
            pauses=Pauses(self.clock),
            patience=self.patience,
        )

    def submit(self, generation: str) -> GenerationState:
        return order.submit(generation, buyer=self.buyer())

    def collect(self, generation: str) -> GenerationState:
        return wait.collect(generation, buyer=self.buyer())

    def ingest(self, generation: str) -> GenerationState:
        return ingest.ingest(generation, bench=self.rt.bench_of(generation))

    def render(self, generation: str) -> list[Rendition]:
        return render.render_generation(generation, workshop=self.rt.workshop)

    def progress(self, generation: str) -> Progress:
        return self.rt.catalog.orders.progress(generation)

    def bought(self, name: str = "spring", **members: object) -> Asset:
        """The asset of a campaign of one picture, bought and examined."""
        generation = self.one(name, **members)
        self.submit(generation)
        self.collect(generation)
        self.ingest(generation)
        asset = self.progress(generation).asset_id
        assert asset is not None, self.progress(generation).problem
        return self.rt.catalog.assets.get(asset)

    def rendered(self, name: str = "spring", **members: object) -> tuple[Asset, list[Rendition]]:
        asset = self.bought(name, **members)
        assert asset.generation is not None
        return asset, self.render(asset.generation)

    def approved(self, name: str = "spring", **members: object) -> tuple[Asset, list[Rendition]]:
        asset, renditions = self.rendered(name, **members)
        decided = review.decide_asset(asset.id, "approve", by="Ana", reason="", desk=self.rt.desk)
        return decided, renditions

    def work_off(self, campaign: str) -> None:
        """All that the campaign lacks, one step after the other: what the flow does, without Prefect."""
        catalog = self.rt.catalog
        while not (
            left := left_to_do(campaign, orders=catalog.orders, assets=catalog.assets, clock=self.clock)
        ).nothing:
            if not left.generations:
                self.clock.sleep(left.wait or 1.0)
            for generation in left.generations:
                for step in (self.submit, self.collect, self.ingest, self.render):
                    step(generation)

    def ledger(self, campaign: str = "spring") -> list[tuple[str, str, str]]:
        """(kind, amount, basis) of every row, by kind."""
        return sorted((e.kind, str(e.amount), e.basis.value) for e in self.rt.catalog.orders.ledger(campaign))

    def spending(self, campaign: str = "spring") -> tuple[str, str]:
        """(spent, reserved)"""
        spending = self.rt.catalog.orders.spending(campaign)
        return str(spending.spent), str(spending.reserved)


@pytest.fixture(scope="session")
def confined() -> Iterator[Confined]:
    made = Confined(1)
    yield made
    made.close()


@pytest.fixture(scope="session")
def finished_home(made_once: Callable[..., Any]) -> Path:
    """A home as `colophon init` makes it, to be copied."""
    return Path(made_once("finished", _initialised))


def _initialised(folder: Path) -> str:
    initialise(Settings(home=folder / "home"))
    return str(folder / "home")


@pytest.fixture(scope="session")
def approved_home(made_once: Callable[..., Any], finished_home: Path, confined: Confined) -> Path:
    """A home with one approved picture of the campaign ``spring`` and one file of it, whose manifest is beside it: to
    be copied by tests that begin where publishing does."""

    def approved(folder: Path) -> str:
        shutil.copytree(finished_home, folder / "home")
        clock, engine, chosen = VirtualClock(), StatedEngine(), Settings(home=folder / "home")
        runtime = Runtime(chosen, clock)
        vars(runtime).update(confined=confined, safety_engine=engine)
        made = World(folder, chosen, clock, engine, runtime)
        made.approved(placements=[DETACHED])
        close(made)
        return str(folder / "home")

    return Path(made_once("approved", approved))


OpenWorld = Callable[..., World]


@pytest.fixture
def open_world(confined: Confined) -> Iterator[OpenWorld]:
    """Opens a world over a folder that holds a home, as often as wanted: each time as a new process would."""
    opened: list[World] = []

    def start(folder: Path, clock: VirtualClock | None = None, **settings: Any) -> World:
        clock, engine = clock or VirtualClock(), StatedEngine()
        chosen = Settings(home=folder / "home", **settings)
        runtime = Runtime(chosen, clock)
        vars(runtime).update(confined=confined, safety_engine=engine)
        opened.append(World(folder, chosen, clock, engine, runtime))
        return opened[-1]

    yield start
    for world in opened:
        close(world)


@pytest.fixture
def world(tmp_path: Path, finished_home: Path, open_world: OpenWorld) -> World:
    shutil.copytree(finished_home, tmp_path / "home")
    return open_world(tmp_path)


def close(world: World) -> None:
    """End this process's view; the shared worker lives on."""
    vars(world.rt).pop("confined", None)
    world.rt.close()


@pytest.fixture
def closed() -> Callable[[World], None]:
    return close
