"""Place an order once, on the best route that takes it.

Never pay twice: the intent is committed before the request leaves, the vendor's task id before anything else is done
with its answer. The next route is tried only when the one before certainly did not take the order.
"""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta

from colophon.domain.choice import Candidate, reasons
from colophon.domain.generation import GenerationState, Order
from colophon.domain.money import Money
from colophon.domain.placement import PictureFormat
from colophon.domain.record import CostBasis, Intent, Progress
from colophon.errors import (
    ColophonError,
    Conflict,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
)
from colophon.services.buyer import Buyer, Terms
from colophon.services.keep import keep_answer, noted

_LOG = logging.getLogger("colophon.buying")
# Refusals that say something about the account, the key or the address, not about this picture: nothing was ordered,
# every other order would be refused as well, and a person must act first.
_ACCOUNT = {"auth", "forbidden", "payment", "not_found"}
_MODERATED = {"moderated_input", "moderated_output"}
_ACCOUNT_PAUSE = 300.0
# Between intent and request, in seconds: a worker held up longer might send when others have given it up.
_SLOWEST_START = 20.0


@dataclass(frozen=True, slots=True)
class _Try:
    """One route's turn: where the generation then stands, or why the next route may have a turn."""

    state: GenerationState | None = None
    error: ProviderError | None = None


def submit(generation: str, *, buyer: Buyer) -> GenerationState:
    """Place the order, if it is still wanted. Returns where the generation then stands: ``planned`` when another
    worker was faster or the key has as many unfinished tasks as the vendor allows.

    Raises `ProviderUnavailable` when nothing was ordered and a later try may succeed, `ProviderRefused` when no
    allowed route takes the order or the account cannot order at all, `Conflict` (``over_cap``) when a cap does not
    cover it, `Halted` when a person stopped these orders.
    """
    progress = buyer.orders.progress(generation)
    if progress.state is not GenerationState.PLANNED:
        return progress.state
    buyer.may_order(progress.generation.campaign)
    terms = buyer.terms(progress.generation.campaign)
    errors: list[ProviderError] = []
    for candidate in _in_turn(progress, terms, buyer):
        try:
            turn = _try(progress, candidate, terms, buyer)
        except Conflict as error:
            if error.reason != "over_cap" or not errors:
                raise
            break  # what the dearer route lacks is no better told than why the first one failed
        if turn.error is None:
            return turn.state or buyer.orders.progress(generation).state
        errors.append(turn.error)
    raise _worth_telling(errors)


def _in_turn(progress: Progress, terms: Terms, buyer: Buyer) -> list[Candidate]:
    """The routes to try, best first. Raises `ProviderRefused` when there is none, `ProviderUnavailable` when all of
    them were in trouble a moment ago."""
    ranking = terms.rank(progress)
    candidates = ranking.candidates if terms.fallback else ranking.candidates[:1]
    if not candidates:
        raise ProviderRefused(
            f"no allowed route takes this order: {reasons(ranking.excluded)}",
            reason="validation",
            where=progress.generation.id,
        )
    pauses = {c.route.name: buyer.pauses.left(c.route.name) for c in candidates}
    free = [c for c in candidates if pauses[c.route.name] == 0]
    if not free:
        soonest = min(pauses, key=lambda name: pauses[name])
        raise ProviderUnavailable(
            f"{progress.problem or f'route {soonest} was in trouble a moment ago'}; tried again when it had a rest",
            retry_after=pauses[soonest],
            reason="upstream_transient",
        )
    return free


def _try(progress: Progress, candidate: Candidate, terms: Terms, buyer: Buyer) -> _Try:
    route, generation = candidate.route.name, progress.generation.id
    provider = buyer.provider(route)
    try:
        order = provider.prepare(_order(progress, buyer))
        parameters = {**provider.wire_parameters(order), "chosen": candidate.grounds}
    except ProviderUnavailable as error:
        buyer.pauses.failed(route, wish=error.retry_after)
        return _Try(error=error)
    except ProviderRefused as error:  # by our own adapter or at an upload: nothing was ordered
        return _Try(error=error)
    begun_at = buyer.clock.now()
    try:
        attempt = _begin(progress, candidate, terms, buyer)
    except Conflict as error:
        return _Try(_not_begun(generation, error, buyer))
    try:
        if provider.can_hook:
            order = replace(order, hook=buyer.hook(replace(progress.generation, route=route), attempt))
        if (buyer.clock.now() - begun_at).total_seconds() > _SLOWEST_START:
            raise ProviderUnavailable("this worker was held up; its order did not leave", reason="timeout")
        job = provider.submit(order)
    except ProviderUnavailable as error:
        return _not_taken(generation, attempt, route, error, buyer, wish=error.retry_after)
    except ProviderRefused as error:
        if error.reason in _ACCOUNT:
            return _not_taken(generation, attempt, route, error, buyer, seconds=_ACCOUNT_PAUSE)
        return _Try(_refused(progress, attempt, error, buyer))
    except ProviderError as error:  # `OutcomeUnknown`, and whatever else a vendor's answer may come to
        problem, now = error.message, buyer.clock.now()
        noted(lambda: buyer.orders.record_unknown(generation, attempt, problem=problem, now=now), generation, buyer)
        return _Try(buyer.orders.progress(generation).state)
    except ColophonError as error:  # nothing left: an address for webhooks that cannot be used
        buyer.orders.take_back(generation, attempt, code=error.code, problem=error.message, now=buyer.clock.now())
        raise
    buyer.pauses.worked(route)
    return _Try(keep_answer(progress, attempt, job, parameters, provider.name, buyer))


def _order(progress: Progress, buyer: Buyer) -> Order:
    references = tuple(buyer.store.get(use.sha256) for use in progress.generation.references)
    return Order(progress.generation, references, PictureFormat.PNG)


def _begin(progress: Progress, candidate: Candidate, terms: Terms, buyer: Buyer) -> int:
    now, route = buyer.clock.now(), candidate.route.name
    intent = Intent(
        route=route,
        account=buyer.account(route),
        reserve=candidate.estimate.high,
        lease_until=now + timedelta(seconds=buyer.lease(route)),
        worker=buyer.worker,
        caps=tuple(terms.caps),
        active_limit=buyer.active_limit(route),
    )
    return buyer.orders.begin_attempt(progress.generation.id, intent, now=now)


def _not_begun(generation: str, error: Conflict, buyer: Buyer) -> GenerationState:
    """Another worker was faster, or the key has as many unfinished tasks as it may have."""
    if error.reason == "at_limit":
        return GenerationState.PLANNED
    state = buyer.orders.progress(generation).state
    if error.reason != "not_planned" or state is GenerationState.PLANNED:
        raise error  # a cap, or a newer revision that no longer wants this picture
    return state


def _not_taken(
    generation: str,
    attempt: int,
    route: str,
    error: ProviderError,
    buyer: Buyer,
    *,
    wish: float | None = None,
    seconds: float | None = None,
) -> _Try:
    buyer.pauses.failed(route, wish=wish, seconds=seconds)
    problem = f"route {route}: {error.message}"
    code, now = error.reason or error.code, buyer.clock.now()
    noted(lambda: buyer.orders.take_back(generation, attempt, code=code, problem=problem, now=now), generation, buyer)
    _LOG.warning("%s: route %s did not take it: %s", generation, route, error.message)
    return _Try(error=error)


def _refused(progress: Progress, attempt: int, error: ProviderRefused, buyer: Buyer) -> GenerationState:
    state = GenerationState.REFUSED if error.reason in _MODERATED else GenerationState.FAILED
    charge, basis = _price_of_refusal(progress, error)
    generation, now = progress.generation.id, buyer.clock.now()
    code, problem = error.reason or "refused", refusal_text(error.reason, error.message)

    def end() -> None:
        buyer.orders.end(generation, attempt, state, code=code, problem=problem, charge=charge, basis=basis, now=now)

    noted(end, generation, buyer)
    return buyer.orders.progress(generation).state


def _price_of_refusal(progress: Progress, error: ProviderRefused) -> tuple[Money | None, CostBasis]:
    """What the vendor says it costs; else nothing for an order that was not begun, and unknown for a picture that was
    made and withheld."""
    if isinstance(error.cost, Money):
        return error.cost, CostBasis.SETTLED
    if error.reason == "moderated_output":
        return None, CostBasis.UNKNOWN
    return Money(0, progress.generation.cost.high.currency), CostBasis.ESTIMATED


def refusal_text(reason: str, message: str) -> str:
    """A refusal as something people can act on. What the vendor's filter says about itself is left out: it helps
    nobody write a better brief and teaches how to get around it."""
    if reason == "moderated_input":
        return "the vendor's policy refuses this prompt or one of its references; change them and run again"
    if reason == "moderated_output":
        return (
            "the vendor's policy withheld the picture; change the prompt, or the seed when the prompt is harmless, "
            "and run again"
        )
    return message


def _worth_telling(errors: list[ProviderError]) -> ProviderError:
    """The one that says what to do: a route that may work later, else the first one's own trouble."""
    later = [error for error in errors if isinstance(error, ProviderUnavailable)]
    best = later[0] if later else errors[0]
    others = [error for error in errors if error is not best]
    if others:
        best.message += "; also tried: " + "; ".join(error.message for error in others)
    return best
