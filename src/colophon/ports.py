"""What the core asks of the world. Adapters implement these; services name the ones they use."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from colophon.domain.asset import Asset, Fingerprints, PictureFacts, Rendition
from colophon.domain.brief import Brief
from colophon.domain.finding import Decision, Finding, Outcome
from colophon.domain.generation import Generation, GenerationState, Job, Order
from colophon.domain.money import Money
from colophon.domain.provenance import ManifestOrder, Provenance, Signed
from colophon.domain.record import Campaign, CostBasis, LedgerEntry, Progress, Publication, Spending
from colophon.domain.rendition import Encoded, PlannedRendition, Recipe
from colophon.domain.route import Expected


class Clock(Protocol):
    def now(self) -> datetime:
        """The time in UTC, aware."""

    def sleep(self, seconds: float) -> None: ...


class Store(Protocol):
    """Bytes under the SHA-256 of themselves."""

    def put(self, content: bytes, media_type: str) -> str:
        """Store and return the digest; putting the same twice changes nothing. Raises `StoreUnavailable`."""

    def get(self, sha256: str) -> bytes:
        """The bytes, checked against their digest. Raises `NotFound`, `ObjectCorrupt`, `StoreUnavailable`."""

    def exists(self, sha256: str) -> bool: ...

    def address(self, sha256: str) -> str:
        """The key or path by which people and tools find it."""


class Shelf(Protocol):
    """A public place of named files (the CDN's origin)."""

    def put(self, key: str, content: bytes, media_type: str) -> str:
        """Store at an immutable key; the same bytes again change nothing, other bytes raise `Conflict`.
        Returns the public address."""

    def replace(self, key: str, content: bytes, media_type: str) -> str:
        """Store at a key whose content may change (lists). Returns the public address."""

    def get(self, key: str) -> bytes:
        """Raises `NotFound`."""

    def delete(self, key: str) -> None:
        """Gone afterwards, whether or not it was there."""


class Provider(Protocol):
    """One way to buy pictures. No method retries or sleeps."""

    name: str

    def wire_parameters(self, order: Order) -> dict[str, object]:
        """What is sent for an order, prompt left out and references as digests: for the record."""

    def submit(self, order: Order) -> Job:
        """Order once. Raises `ProviderUnavailable` (nothing was ordered), `ProviderRefused`, or `OutcomeUnknown`
        when the order may have been taken."""

    def poll(self, job: Job) -> Job:
        """Where the job stands now; costs nothing and may be repeated. Raises `ProviderUnavailable`."""

    def fetch(self, job: Job) -> bytes:
        """The picture of a ready job. Raises `ProviderUnavailable` (try again), `ProviderError` with reason
        ``expired`` when the address is no longer served."""


class Imaging(Protocol):
    """Pixels: bytes in, bytes out, decoded in a limited child process. All raise `PictureError`."""

    def inspect(self, content: bytes) -> PictureFacts: ...

    def render(self, content: bytes, recipes: Sequence[Recipe]) -> list[Encoded]: ...


class ManifestReader(Protocol):
    def read(self, content: bytes, detached: bytes | None = None, *, at: datetime | None = None) -> Provenance:
        """The verdict on any bytes; what cannot be read is state ``error``, never an exception."""


class ManifestSigner(Protocol):
    organisation: str

    def sign(
        self,
        content: bytes,
        media_type: str,
        order: ManifestOrder,
        *,
        parent: bytes,
        parent_media_type: str,
        detached: bool = False,
    ) -> Signed:
        """Sign as a direct child of ``parent``. Raises `SigningError`."""


class Candidate(Protocol):
    """A picture under test, with what its checks may need."""

    @property
    def content(self) -> bytes: ...
    @property
    def asset(self) -> Asset: ...
    @property
    def provenance(self) -> Provenance: ...
    @property
    def ordered_size(self) -> tuple[int, int] | None: ...
    @property
    def expected(self) -> Expected | None:
        """What the papers of a bought picture should say; None: brought in from outside, or its route is gone."""


class Check(Protocol):
    name: str
    version: str

    def __call__(self, candidate: Candidate) -> Finding:
        """Raises `CheckError` when no verdict can be reached; it is recorded as ``unknown``."""


class Neighbours(Protocol):
    """The catalog's answer to a duplicate check."""

    def same_bytes(self, sha256: str) -> Sequence[Asset]: ...

    def rendered_as(self, sha256: str) -> Sequence[Asset]:
        """Assets of which this is a rendition's digest."""

    def same_pixels(self, pixels_sha256: str) -> Sequence[Asset]: ...

    def near(self, fingerprints: Fingerprints, within: int) -> Sequence[tuple[Asset, tuple[int, int]]]:
        """Assets whose phash differs in at most ``within`` bits, with (phash, dhash) distances."""


class Orders(Protocol):
    """The catalog's memory of campaigns, wanted pictures and money. Each writing verb is one transaction; verbs that
    name an ``attempt`` raise `Conflict` when the generation is not in that attempt and in a state they may follow."""

    def register(
        self,
        brief: Brief,
        *,
        revision: str,
        canonical: str,
        generations: Sequence[Generation],
        renditions: Sequence[PlannedRendition],
        now: datetime,
    ) -> None:
        """Make this revision the campaign's newest; generations already known (by id) keep all they have.
        Registering the newest revision again changes nothing."""

    def campaigns(self) -> Sequence[Campaign]: ...

    def campaign(self, slug: str) -> Campaign:
        """Raises `NotFound`."""

    def wanted(self, campaign: str) -> Sequence[Progress]:
        """The generations of the newest revision, in the plan's order."""

    def planned_renditions(self, campaign: str) -> Sequence[PlannedRendition]:
        """The files the newest revision wants, in the plan's order."""

    def progress(self, generation: str) -> Progress:
        """Raises `NotFound`."""

    def known(self, ids: Sequence[str]) -> Sequence[Progress]:
        """Those of these generations that are on record, in any revision."""

    def begin_attempt(self, generation: str, *, reserve: Money, lease_until: datetime, now: datetime) -> int:
        """planned -> submitting: commit the intent and reserve the most it may cost; returns the attempt's number.
        Raises `Conflict` with reason ``not_planned`` (another worker has it) or ``over_cap``."""

    def take_back(self, generation: str, attempt: int, *, problem: str, now: datetime) -> None:
        """submitting -> planned: nothing was ordered; the reservation is released."""

    def record_job(
        self, generation: str, attempt: int, job: Job, *, provider: str, parameters: dict[str, object], now: datetime
    ) -> None:
        """submitting -> submitted: the task id, before anything else is done with the answer. Also unknown ->
        submitted, when the answer of that same attempt comes after its lease ended."""

    def record_unknown(self, generation: str, attempt: int, *, problem: str, now: datetime) -> None:
        """submitting -> unknown: the reservation stays, since the money may be spent."""

    def expire_leases(self, campaign: str, *, now: datetime) -> Sequence[str]:
        """submitting -> unknown for every lease that ended: its worker died between request and record."""

    def record_original(self, generation: str, attempt: int, sha256: str, job: Job, *, now: datetime) -> None:
        """submitted -> delivered: the original is in the store. Charges the settled or else the reported or else the
        estimated high price and releases the reservation."""

    def reject_original(self, generation: str, attempt: int, *, code: str, problem: str, now: datetime) -> None:
        """delivered -> rejected: the bytes are kept in the store, but they are no picture this product accepts."""

    def end(
        self,
        generation: str,
        attempt: int,
        state: GenerationState,
        *,
        code: str,
        problem: str,
        charge: Money | None,
        basis: CostBasis,
        now: datetime,
    ) -> None:
        """submitting or submitted -> refused or failed: release the reservation; ``charge`` None with basis
        ``unknown`` writes a charge of 0 that says so."""

    def spending(self, campaign: str) -> Spending: ...

    def ledger(self, campaign: str | None = None) -> Sequence[LedgerEntry]: ...


class Assets(Protocol):
    """The catalog's memory of pictures, what was found about them, and what people decided."""

    def add(
        self,
        asset: Asset,
        *,
        provenance: Provenance,
        findings: Sequence[Finding],
        outcome: Outcome,
        now: datetime,
    ) -> Asset:
        """Register with everything found, and move its generation from delivered to asset (or rejected, where the
        outcome is reject). A generation that has its asset keeps it: the one on record is returned."""

    def get(self, asset: str) -> Asset:
        """Raises `NotFound`."""

    def of_campaign(self, campaign: str) -> Sequence[Asset]: ...

    def page(self, *, limit: int, after: str | None = None, campaign: str | None = None) -> Sequence[Asset]:
        """Newest first; ``after`` is the last id of the page before."""

    def provenance(self, asset: str) -> Provenance: ...

    def findings(self, asset: str) -> Sequence[Finding]: ...

    def decisions(self, asset: str) -> Sequence[Decision]: ...

    def decide(self, decision: Decision) -> None:
        """Record it and set the asset's state, unless its bytes are not the ones decided on (`Conflict`)."""

    def waiting(self) -> Sequence[Asset]:
        """Assets that wait for a person, oldest first."""

    def renditions(self, asset: str) -> Sequence[Rendition]: ...

    def renditions_of_campaign(self, campaign: str) -> Sequence[Rendition]: ...

    def rendition(self, rendition: str) -> Rendition:
        """Raises `NotFound`."""

    def add_rendition(self, rendition: Rendition, *, now: datetime) -> Rendition:
        """One per asset, placement, format and recipe: the one on record is returned when there is one."""


class Publications(Protocol):
    def open(self, publication: Publication) -> Publication:
        """Record it; an open one of the same rendition and key is returned as it is."""

    def close(self, publication: str, *, at: datetime) -> None: ...

    def of_campaign(self, campaign: str, *, only_open: bool = False) -> Sequence[Publication]: ...


class Catalog(Neighbours, Protocol):
    """All of the catalog; services name the part they use."""

    orders: Orders
    assets: Assets
    publications: Publications


class SafetyEngine(Protocol):
    name: str
    version: str

    def detect(self, content: bytes) -> Mapping[str, float]:
        """Highest score (0 to 1) per class found in the picture. Raises `CheckError` when it cannot run."""
