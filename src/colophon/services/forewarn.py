"""Before money is spent: which pictures of a plan were asked for before, with the same words and seed."""

from colophon.domain.generation import Generation
from colophon.domain.plan import Plan
from colophon.domain.record import Progress
from colophon.domain.wish import wish_of
from colophon.ports import Orders

_MOST = 20  # named one by one


def asked_before(plan: Plan, *, orders: Orders) -> tuple[str, ...]:
    """A sentence for each generation whose wish another one, of any campaign, was bought with. Refuses nothing."""
    known = {wish_of(other.generation): other for other in orders.wished(plan.generations)}
    again = [(g, known[wish]) for g in plan.generations if (wish := wish_of(g)) in known]
    more = len(again) - _MOST
    return (
        *(_sentence(generation, other) for generation, other in again[:_MOST]),
        *([f"{more} more generations were asked for before"] if more > 0 else []),
    )


def _sentence(wanted: Generation, other: Progress) -> str:
    before = other.generation
    made = f"asset {other.asset_id}" if other.asset_id else other.state.value
    return (
        f"generation {wanted.id} (visual {wanted.visual}, variant {wanted.variant}) asks with the same words, seed, "
        f"model and size as generation {before.id} of campaign {before.campaign} ({made}): it may buy about the same "
        "picture"
    )
