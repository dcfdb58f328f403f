"""What the core asks of the world. Adapters implement these; services name the ones they use."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol, runtime_checkable

from colophon.domain.asked import Asked
from colophon.domain.asset import Asset, Fingerprints, PictureFacts, Rendition
from colophon.domain.brief import Brief
from colophon.domain.conversion import Conversion
from colophon.domain.finding import Decision, Finding, Outcome
from colophon.domain.generation import Generation, GenerationState, Job, Order
from colophon.domain.history import Change, Due, Judged, Occasion, RecordedVerdict, Scope, Standing
from colophon.domain.kept import KeptManifest
from colophon.domain.likeness import Likeness
from colophon.domain.money import Money
from colophon.domain.provenance import ManifestOrder, Provenance, Signed
from colophon.domain.record import (
    Attempt,
    Campaign,
    CostBasis,
    Intent,
    LedgerEntry,
    LedgerTotal,
    Progress,
    Publication,
    Spending,
)
from colophon.domain.rendition import Encoded, PlannedRendition, Recipe
from colophon.domain.route import Expected
from colophon.domain.subject import FocusChoice
from colophon.domain.words import Reading


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
    """One way to buy pictures. No method retries or sleeps.

    ``can_find`` says whether the vendor can be asked for an order whose answer was lost; ``can_hook`` whether it
    takes an address to call when a task moves on (`colophon.domain.generation.Order.hook`)."""

    name: str
    can_find: bool
    can_hook: bool

    def convert(self, order: Order) -> Sequence[Conversion]:
        """What becomes of every parameter of this order, each of `Parameter` at least once. Pure: nothing is sent.
        Raises `ProviderRefused` with reason ``validation`` for an order this route cannot take at all."""

    def wire_parameters(self, order: Order) -> dict[str, object]:
        """What is sent for an order, prompt left out and references as digests: for the record."""

    def prepare(self, order: Order) -> Order:
        """The order with its references where the vendor wants them (`Order.addresses`); buys nothing and may be
        repeated. Done before an attempt begins, so that the attempt itself is one request. Raises
        `ProviderUnavailable` or `ProviderRefused`."""

    def submit(self, order: Order) -> Job:
        """Order once, a prepared order. A vendor that answers with the picture itself gives a job that is ready. Raises
        `ProviderUnavailable` (nothing was ordered), `ProviderRefused`, or `OutcomeUnknown` when the order may have
        been taken."""

    def poll(self, job: Job) -> Job:
        """Where the job stands now; costs nothing and may be repeated. Raises `ProviderUnavailable`."""

    def fetch(self, job: Job) -> bytes:
        """The picture of a ready job. Raises `ProviderUnavailable` (try again), `ProviderError` with reason
        ``expired`` when the address is no longer served."""

    def find(self, order: Order, since: datetime) -> Sequence[Job]:
        """The vendor's tasks, newest first, that were made with all members of this order and not before ``since``;
        none: its list shows that it never took one. Raises `ProviderRefused` with reason ``not_found`` where the list
        cannot show that (or there is none), `ProviderUnavailable` to be asked again."""


class Imaging(Protocol):
    """Pixels: bytes in, bytes out, decoded in a limited child process. All raise `PictureError`."""

    def inspect(self, content: bytes) -> PictureFacts: ...

    def render(self, content: bytes, recipes: Sequence[Recipe]) -> list[Encoded]: ...


class ManifestReader(Protocol):
    def read(self, content: bytes, detached: bytes | None = None, *, at: datetime | None = None) -> Provenance:
        """The verdict on any bytes; what cannot be read is state ``error``, never an exception."""


class ManifestStores(Protocol):
    def store_of(self, content: bytes) -> bytes | None:
        """The manifest store inside a picture, as it stands there; None where it has none that can be read. Says
        nothing about whether it holds. Raises `PictureError` for one over a limit."""


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


class KeyService(Protocol):
    """A signing key that never leaves where it is kept: a hardware token, a key service.

    ``algorithm`` is es256, es384, es512, ps256, ps384, ps512 or ed25519."""

    algorithm: str

    def sign(self, message: bytes) -> bytes:
        """The signature of the whole message (not of its digest), for ECDSA as DER or as r and s one after the other.
        Called from several threads. Raises `SigningError`, or `SigningUnavailable` when the same call may succeed
        later."""


@runtime_checkable
class CertifiableKey(KeyService, Protocol):
    """A key service that also tells its public key, which a certificate request needs."""

    def public_key(self) -> bytes:
        """SubjectPublicKeyInfo in DER. Raises `SigningError`."""


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

    @property
    def asked(self) -> Asked | None:
        """What its brief asks of its look; None: brought in from outside."""


class Check(Protocol):
    name: str
    version: str

    def __call__(self, candidate: Candidate) -> Finding:
        """Raises `CheckError` when no verdict can be reached; it is recorded as ``unknown``."""


class Neighbours(Protocol):
    """The catalog's answer to a duplicate check. Any number of pictures may be alike: all are read in pages, as they
    are asked for."""

    def same_bytes(self, sha256: str) -> Iterator[Asset]: ...

    def rendered_as(self, sha256: str) -> Iterator[Asset]:
        """Assets of which this is a rendition's digest."""

    def same_pixels(self, pixels_sha256: str) -> Iterator[Asset]: ...

    def near(self, fingerprints: Fingerprints, within: tuple[int, int]) -> Iterator[tuple[Asset, tuple[int, int]]]:
        """Every asset whose phash and dhash both differ in at most so many bits, with these distances, the nearest
        (by phash, then by dhash) first."""


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

    def ordered(self, campaign: str) -> Sequence[Progress]:
        """Generations of any revision that are submitted or delivered: bought, and not examined yet."""

    def holders(self, route: str, request_ids: Sequence[str]) -> Sequence[Attempt]:
        """The attempts on a route that hold one of these task ids."""

    def progress(self, generation: str) -> Progress:
        """Raises `NotFound`."""

    def known(self, ids: Sequence[str]) -> Sequence[Progress]:
        """Those of these generations that are on record, in any revision."""

    def wished(self, planned: Sequence[Generation]) -> Sequence[Progress]:
        """Other generations, bought or being bought, that were asked for with the same words, seed, model and size
        (`colophon.domain.wish`) as one of these: one for each wish."""

    def attempts(self, generation: str) -> Sequence[Attempt]:
        """Every submit of a generation, oldest first; none for an unknown one."""

    def retried(self, campaign: str) -> Sequence[Attempt]:
        """The attempts of every generation of a campaign that has more than one, by generation and number."""

    def begin_attempt(self, generation: str, intent: Intent, *, now: datetime) -> int:
        """planned -> submitting: commit the intent on this route and reserve the most it may cost, against the
        campaign's cap and every other, in one transaction; returns the attempt's number. Raises `Conflict` with
        reason ``not_planned`` (another worker has it), ``over_cap`` (``where`` says which) or ``at_limit`` (the
        key's unfinished tasks are at the vendor's limit; nothing is written). Unfinished: submitting, or submitted
        and not known to be ready."""

    def take_back(self, generation: str, attempt: int, *, code: str, problem: str, now: datetime) -> None:
        """submitting -> planned: nothing was ordered; the reservation is released. Also from unknown, when the
        answer of that attempt comes late and says so."""

    def record_job(
        self, generation: str, attempt: int, job: Job, *, provider: str, parameters: dict[str, object], now: datetime
    ) -> None:
        """submitting -> submitted: the task id, before anything else is done with the answer. Also from unknown, and
        from planned after ``not_taken``, when the answer of that same attempt comes late after all: it was bought."""

    def note_task(self, generation: str, attempt: int, request_id: str) -> None:
        """Keep a task id somebody named for an attempt that has none, as a hint for who settles it. Changes no
        state."""

    def record_unknown(self, generation: str, attempt: int, *, problem: str, now: datetime) -> None:
        """submitting -> unknown: the reservation stays, since the money may be spent."""

    def expire_leases(self, campaign: str | None = None, *, now: datetime) -> Sequence[str]:
        """submitting -> unknown for every lease that ended: its worker died between request and record."""

    def claim(
        self, worker: str, *, until: datetime, now: datetime, campaign: str | None = None, limit: int = 1000
    ) -> Sequence[Progress]:
        """Submitted generations that this worker waits for from now until ``until``: its own, those nobody waits
        for, and those whose worker's lease ended. Oldest order first."""

    def let_go(self, worker: str) -> None:
        """This worker waits for nothing any more."""

    def unexamined(self, *, before: datetime) -> Sequence[str]:
        """Delivered generations whose picture came before this moment: their worker may be dead."""

    def hint(self, generation: str, attempt: int, *, now: datetime) -> None:
        """A verified webhook says that this order moved on. Changes nothing but when it is asked next."""

    def first_seen(self, route: str, event: str, *, now: datetime) -> bool:
        """Remember a webhook's id; False when it is on record already."""

    def unknown(self, campaign: str | None = None) -> Sequence[Progress]:
        """Generations whose outcome is unknown, oldest first."""

    def not_taken(self, generation: str, attempt: int, *, by: str, problem: str, now: datetime) -> None:
        """unknown -> planned: the vendor's own list or a person says nothing was bought; the reservation is
        released."""

    def record_ready(self, generation: str, attempt: int, job: Job, *, now: datetime) -> None:
        """submitted stays submitted: the vendor is done and the picture can be fetched, so the task no longer counts
        among the key's unfinished ones. Saying it again changes nothing."""

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
        by: str | None = None,
    ) -> None:
        """submitting, submitted or unknown -> refused or failed: release the reservation; ``charge`` None with basis
        ``unknown`` writes a charge of 0 that says so, with basis ``estimated`` it charges all that was reserved.
        ``by``: the person who settled it."""

    def settle(self, generation: str, attempt: int, amount: Money, *, note: str, now: datetime) -> bool:
        """Book the vendor's final price of an attempt: a correction of the difference, or its first charge where it
        has a task id and was never charged. False when that is what is on record already. Raises `NotFound` for an
        attempt without charge and task id, `Conflict` for another currency."""

    def spending(self, campaign: str) -> Spending: ...

    def ledger(
        self,
        campaign: str | None = None,
        *,
        route: str | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> Sequence[LedgerEntry]:
        """Rows oldest first; ``since`` and ``until`` are days of reservation, both included."""

    def totals(
        self,
        campaign: str | None = None,
        *,
        route: str | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> Sequence[LedgerTotal]:
        """Sums by campaign, route, model and day, counted by the database."""

    def recent_attempts(self, *, since: datetime, limit: int = 5000) -> Sequence[Attempt]:
        """Of all routes, newest first: what our own measurements are made of."""


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
        manifest: KeptManifest | None = None,
    ) -> Asset:
        """Register with everything found, its fingerprints and its manifest store, and move its generation from
        delivered to asset (or rejected, where the outcome is reject). A generation that has its asset keeps it: the
        one on record is returned."""

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

    def focus(self, choice: FocusChoice) -> None:
        """Record it and make its point the asset's focal point."""

    def focuses(self, asset: str) -> Sequence[FocusChoice]:
        """What people said about its focal point, oldest first."""

    def waiting(self) -> Sequence[Asset]:
        """Assets that wait for a person, oldest first."""

    def renditions(self, asset: str) -> Sequence[Rendition]: ...

    def renditions_of_campaign(self, campaign: str) -> Sequence[Rendition]: ...

    def rendition(self, rendition: str) -> Rendition:
        """Raises `NotFound`."""

    def add_rendition(
        self,
        rendition: Rendition,
        *,
        now: datetime,
        manifest: KeptManifest | None = None,
        fingerprints: Fingerprints | None = None,
        provenance: Provenance | None = None,
    ) -> Rendition:
        """One per asset, placement, format and recipe: the one on record is returned when there is one, and nothing
        is kept of this one. ``provenance`` is the verdict on it, the first of its history; None: not judged, so it is
        due."""


class Publications(Protocol):
    def open(self, publication: Publication) -> Publication:
        """Record it; an open one of the same rendition and key is returned as it is."""

    def close(self, publication: str, *, at: datetime) -> None: ...

    def of_campaign(self, campaign: str, *, only_open: bool = False) -> Sequence[Publication]: ...


class Manifests(Protocol):
    """The catalog's memory of manifest stores. ``public``: only of renditions that are or were published, and of the
    originals they were made of."""

    def labelled(self, labels: Sequence[str], *, public: bool = False) -> Sequence[KeptManifest]:
        """Those with these labels, in the order asked."""

    def of(self, subjects: Sequence[str], *, public: bool = False) -> Sequence[KeptManifest]:
        """Those that came with these assets' originals and these renditions, in the order asked."""


class Lookalikes(Protocol):
    """The catalog's answer to what a picture looks like: assets and renditions by their fingerprints."""

    def alike(self, codes: Mapping[str, str], *, public: bool = False) -> Sequence[Likeness]:
        """Those near enough to be named, the nearest first. ``codes`` are fingerprints by algorithm, in hex digits,
        ``iscc`` or ``phash`` or both. ``public`` as with `Manifests`."""

    def distances(self, codes: Mapping[str, str], subjects: Sequence[str]) -> Sequence[Likeness]:
        """How far these assets and renditions are, near or not; those without fingerprints are left out."""

    def code(self, subject: str, alg: str) -> str | None:
        """A fingerprint on record; None where there is none."""


class Verdicts(Protocol):
    """The history of verdicts: each original and each rendition has one, which is only added to."""

    def record(self, judged: Sequence[Judged], *, occasion: Occasion, now: datetime) -> Sequence[Change | None]:
        """Append each verdict to its file's history, all in one transaction. One that equals the latest there,
        grounds included, is not appended: that one is confirmed. Returns for each what changed against the latest;
        None: it was confirmed, or is the first."""

    def history(self, asset: str) -> Sequence[RecordedVerdict]:
        """Of its original and its renditions, oldest first."""

    def latest(self, subjects: Sequence[str]) -> Mapping[str, RecordedVerdict]:
        """By the id of the asset (for its original) or rendition; those without a verdict are left out."""

    def standings(
        self, scope: Scope, *, due: Due | None = None, limit: int, after: Standing | None = None
    ) -> Sequence[Standing]:
        """The files of a scope, only those that are ``due`` where that is given; ``after`` is the last one of the page
        before. What was recorded meanwhile does not come again."""

    def count(self, scope: Scope, *, due: Due | None = None) -> int:
        """How many `standings` would give in all."""

    def doubted(self, scope: Scope, *, limit: int) -> Sequence[Standing]:
        """Approved or public files whose latest verdict is not ``trusted``, or that have none."""


class Catalog(Neighbours, Protocol):
    """All of the catalog; services name the part they use."""

    orders: Orders
    assets: Assets
    publications: Publications
    manifests: Manifests
    lookalikes: Lookalikes
    verdicts: Verdicts


class WordReader(Protocol):
    name: str
    version: str

    def read(self, content: bytes) -> Sequence[Reading]:
        """The lines of text in the picture, from top to bottom. Raises `CheckError` when it cannot run."""


class SafetyEngine(Protocol):
    name: str
    version: str

    def detect(self, content: bytes) -> Mapping[str, float]:
        """Highest score (0 to 1) per class found in the picture. Raises `CheckError` when it cannot run."""
