"""A catalog on each database, and domain values to fill it with."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from colophon.catalog import SqlCatalog, open_catalog
from colophon.catalog.tables import Row
from colophon.domain.asset import Asset, AssetState, Fingerprints, PictureFacts, Rendition, sha256
from colophon.domain.brief import Brief, ReferenceRole, Safety
from colophon.domain.finding import Finding, Outcome, Verdict, findings_digest
from colophon.domain.generation import Generation, Job, JobStatus, ReferenceUse
from colophon.domain.identity import new_id
from colophon.domain.judgement import Decision, Doubt, Judgement, PolicyRef, Weight
from colophon.domain.money import Estimate, Money
from colophon.domain.placement import PictureFormat
from colophon.domain.provenance import ChainLink, Provenance, ProvenanceState, Signer
from colophon.domain.record import Intent
from colophon.domain.rendition import PlannedRendition

NOW = datetime(2027, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
LEASE = timedelta(seconds=45)


@pytest.fixture(scope="session")
def shared_postgres(own_database: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    """One database for all tests here: making one takes longer than most of them."""
    with own_database() as url:
        open_catalog(url).close()
        yield url


@pytest.fixture
def emptied_postgres(shared_postgres: str) -> str:
    engine = create_engine(shared_postgres)
    with engine.begin() as connection:
        for table in reversed(Row.metadata.sorted_tables):
            connection.execute(table.delete())
    engine.dispose()
    return shared_postgres


@pytest.fixture(scope="session")
def new_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the schema and nothing in it: copying it is quicker than taking all steps for each test."""
    path = tmp_path_factory.mktemp("new") / "catalog.db"
    open_catalog(f"sqlite:///{path}").close()
    return path


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "postgres":
        return str(request.getfixturevalue("emptied_postgres"))
    path: Path = request.getfixturevalue("tmp_path")
    (path / "home").mkdir()
    shutil.copy(request.getfixturevalue("new_sqlite"), path / "home" / "catalog.db")
    return f"sqlite:///{path}/home/catalog.db"


@pytest.fixture
def catalog(url: str) -> Iterator[SqlCatalog]:
    opened = open_catalog(url)
    yield opened
    opened.close()


@dataclass
class Maker:
    """Domain values for tests; every call of a method makes another one."""

    now: datetime = NOW
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def brief(
        self,
        campaign: str = "mugs",
        *,
        cap: str = "2.00",
        currency: str = "USD",
        title: str = "Mugs",
        brand: str = "Northwind",
    ) -> Brief:
        return Brief.model_validate(
            {
                "schema_version": 1,
                "campaign": campaign,
                "title": title,
                "brand": {"name": brand},
                "visuals": [{"id": "hero", "prompt": "A mug"}],
                "placements": ["opengraph/universal"],
                "budget": {"currency": currency, "cap": cap},
                "owner": "Ada",
            }
        )

    def generation(self, campaign: str = "mugs", *, high: str = "0.05") -> Generation:
        number = next(self.numbers)
        return Generation(
            id=f"gen_{campaign}_{number:05d}",
            campaign=campaign,
            visual="hero",
            variant=number,
            master="m1",
            width=1024,
            height=1024,
            route="sandbox",
            model="flux-2-pro",
            seed=2**31 - 1,
            prompt="A matte mug, “quoted”, ☕",
            structure='{"scene": "mug"}',
            safety=Safety.STRICT,
            references=(ReferenceUse("ab" * 32, ReferenceRole.PRODUCT, 640, 480),),
            cost=Estimate(Money.of("0.03"), Money.of(high)),
        )

    def planned_rendition(self, placement: str = "opengraph/universal") -> PlannedRendition:
        return PlannedRendition("hero", placement, PictureFormat.JPEG, 1200, 630, 8_000_000, "m1", 0.475)

    def register(
        self,
        catalog: SqlCatalog,
        generations: list[Generation],
        *,
        brief: Brief | None = None,
        revision: str = "rev-1",
        renditions: tuple[PlannedRendition, ...] = (),
        now: datetime = NOW,
        by: str | None = None,
    ) -> None:
        catalog.orders.register(
            brief or self.brief(),
            revision=revision,
            canonical='{"campaign":"mugs"}',
            generations=generations,
            renditions=renditions,
            now=now,
            by=by,
        )

    def planned(self, catalog: SqlCatalog, count: int = 1, *, cap: str = "2.00", high: str = "0.05") -> list[str]:
        """Ids of generations of a registered campaign."""
        generations = [self.generation(high=high) for _ in range(count)]
        self.register(catalog, generations, brief=self.brief(cap=cap))
        return [generation.id for generation in generations]

    def intent(self, reserve: str | Money = "0.05", **changes: object) -> Intent:
        money = Money.of(reserve) if isinstance(reserve, str) else reserve
        intent = Intent("sandbox", "key-1", money, self.now + LEASE, "worker-1")
        return replace(intent, **changes)  # type: ignore[arg-type]

    def begin(self, catalog: SqlCatalog, generation: str, reserve: str | Money = "0.05", **changes: object) -> int:
        return catalog.orders.begin_attempt(generation, self.intent(reserve, **changes), now=self.now)

    def job(self, **changes: object) -> Job:
        job = Job("task-1", JobStatus.PENDING, polling_url="https://api.example/get?id=task-1")
        return replace(job, **changes)  # type: ignore[arg-type]

    def submitted(self, catalog: SqlCatalog, generation: str, **changes: object) -> int:
        attempt = self.begin(catalog, generation)
        catalog.orders.record_job(
            generation, attempt, self.job(**changes), provider="sandbox", parameters={"seed": 7}, now=self.now
        )
        return attempt

    def delivered(self, catalog: SqlCatalog, generation: str, content: bytes = b"original") -> int:
        attempt = self.submitted(catalog, generation)
        catalog.orders.record_original(generation, attempt, sha256(content), self.job(), now=self.now)
        return attempt

    def asset(self, generation: str | None = None, *, phash: str = "0" * 16, campaign: str = "mugs") -> Asset:
        number = next(self.numbers)
        content = b"original" if generation else f"outside {number}".encode()
        return Asset(
            id=new_id("asset", self.now + timedelta(milliseconds=number)),
            sha256=sha256(content),
            bytes=len(content),
            facts=PictureFacts(
                format=PictureFormat.PNG,
                width=1024,
                height=768,
                mode="RGB",
                frames=1,
                pixels_sha256=sha256(b"pixels" + content),
                fingerprints=Fingerprints(phash, "f" * 16),
                deviation=51.25,
            ),
            campaign=campaign,
            visual="hero" if generation else None,
            variant=1 if generation else None,
            generation=generation,
            state=AssetState.HELD,
        )

    def finding(self, verdict: Verdict = Verdict.PASS) -> Finding:
        return Finding("palette", "1.2", verdict, 0.1 + 0.2, ("near enough",), {"tolerance": 6.0, "names": ["red"]})

    def provenance(self) -> Provenance:
        link = ChainLink("urn:1", "picture", "Vendor", True, (), ("c2pa.created",), ("trained",), "model", None)
        return Provenance(
            state=ProvenanceState.TRUSTED,
            integrity="intact",
            signer=Signer("Vendor", "Signing", "01", True, "anchor", "es256"),
            timestamp="trusted",
            signed_at=self.now,
            revocation="not_checked",
            claim={"vendor": "Vendor", "model": None},
            policy={"name": "default", "sha256": "ab"},
            library="c2pa 0.91",
            chain=(link, replace(link, label="urn:2", problems=("policy.untrusted",))),
            problems=("policy.untrusted",),
        )

    def add(self, catalog: SqlCatalog, asset: Asset, outcome: Outcome = Outcome.ACCEPT) -> Asset:
        return catalog.assets.add(
            asset,
            provenance=self.provenance(),
            findings=(self.finding(),),
            judgement=self.judgement(outcome),
            now=self.now,
        )

    def judgement(self, outcome: Outcome = Outcome.ACCEPT, count: int = 1) -> Judgement:
        """As if a policy weighed the first of so many findings so, and minded no other."""
        weights = {Outcome.ACCEPT: Weight.NOTE, Outcome.HOLD: Weight.HOLD, Outcome.REJECT: Weight.REJECT}
        return Judgement(self.policy, outcome, (weights[outcome], *[Weight.NOTE] * (count - 1))[:count])

    @property
    def policy(self) -> PolicyRef:
        return PolicyRef("house", "3", "ab" * 32)

    def decision(self, asset: Asset, action: str = "approve", **changes: object) -> Decision:
        at = self.now + timedelta(seconds=next(self.numbers))
        decision = Decision(
            id=new_id("dec", at),
            asset=asset.id,
            action="approve" if action == "approve" else "reject",
            by="Ada",
            reason="looks right",
            at=at,
            asset_sha256=asset.sha256,
            findings_sha256=findings_digest((self.finding(),)),
            policy=self.policy,
            accepted=tuple(Doubt("palette", Verdict.PASS, weight, ("near enough",)) for weight in Weight),
        )
        return replace(decision, **changes)  # type: ignore[arg-type]

    def rendition(self, asset: Asset, *, recipe: str = "ef" * 32) -> Rendition:
        number = next(self.numbers)
        return Rendition(
            id=new_id("ren", self.now + timedelta(milliseconds=number)),
            asset=asset.id,
            placement="opengraph/universal",
            format=PictureFormat.JPEG,
            width=1200,
            height=630,
            sha256=sha256(f"rendition {number}".encode()),
            bytes=123,
            recipe=recipe,
            quality=82,
            signer="Northwind",
            manifest_sha256=None,
        )


@pytest.fixture
def make() -> Maker:
    return Maker()
