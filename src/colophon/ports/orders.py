"""The catalog's memory of campaigns, wanted pictures and money."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Protocol

from colophon.domain.brief import Brief
from colophon.domain.generation import Generation, GenerationState, Job
from colophon.domain.money import Money
from colophon.domain.record import Attempt, Campaign, CostBasis, Intent, LedgerEntry, LedgerTotal, Progress, Spending
from colophon.domain.rendition import PlannedRendition


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
        by: str | None = None,
    ) -> None:
        """Make this revision the campaign's newest; generations already known (by id) keep all they have.
        Registering the newest revision again changes nothing but whose money new attempts are: that of ``by``."""

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

    def retried(self, generations: Sequence[str]) -> Sequence[Attempt]:
        """The attempts of those of these generations, at most some hundreds, that have more than one; by generation
        and number."""

    def begin_attempt(self, generation: str, intent: Intent, *, now: datetime) -> int:
        """planned -> submitting: commit the intent on this route and reserve the most it may cost, against the
        campaign's cap and every other, in one transaction; returns the attempt's number. Raises `Conflict` with
        reason ``not_planned`` (another worker has it), ``over_cap`` (``where`` says which) or ``at_limit`` (the
        key's unfinished tasks are at the vendor's limit; nothing is written). Unfinished: submitting, or submitted
        and not known to be ready. Raises `Halted` while a halt stops it: none can be committed in between."""

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
        for, and those whose worker's lease ended. Oldest order first. ``limit`` bounds one answer: claims that meet on
        PostgreSQL can leave a worker with more."""

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

    def late(self, campaign: str | None = None, *, before: datetime) -> Sequence[Progress]:
        """Submitted generations whose newest attempt began by this moment, and whose picture is not here; oldest
        first."""

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

    def ledger_page(
        self, campaign: str, *, limit: int, after: str | None = None, newest: bool = False
    ) -> Sequence[LedgerEntry]:
        """At most ``limit`` rows of a campaign, oldest first, or with ``newest`` the other way round; ``after`` is the
        id of the last row of the page before. Raises `NotFound` for a row that is not this campaign's."""

    def totals(
        self,
        campaign: str | None = None,
        *,
        route: str | None = None,
        since: date | None = None,
        until: date | None = None,
        by: Collection[str] = ("day", "campaign", "brand", "route", "model"),
    ) -> Sequence[LedgerTotal]:
        """Sums for each value of ``by`` (of these five) and each currency, counted by the database."""

    def recent_attempts(self, *, since: datetime, limit: int = 5000) -> Sequence[Attempt]:
        """Of all routes, newest first: what our own measurements are made of."""
