"""The plan: what a brief would buy, cut and cost. Pure: the same brief gives the same plan with the same ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from colophon.domain.brief import Brief
from colophon.domain.choice import RouteChoice
from colophon.domain.generation import Generation, ReferenceUse
from colophon.domain.master import Master
from colophon.domain.money import Estimate, Money
from colophon.domain.plan_rules import Rules
from colophon.domain.planned_visual import PlannedVisual, plan_visual
from colophon.domain.refusal import wrong_currency
from colophon.domain.rendition import PlannedRendition
from colophon.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Plan:
    campaign: str
    revision: str
    routes: tuple[str, ...]
    masters: tuple[Master, ...]
    generations: tuple[Generation, ...]
    renditions: tuple[PlannedRendition, ...]
    cost: Estimate
    cap: Money
    checks: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def over_cap(self) -> bool:
        return self.cost.high > self.cap


def make_plan(
    brief: Brief,
    revision: str,
    *,
    route: RouteChoice,
    rules: Rules,
    references: Mapping[str, ReferenceUse],
) -> Plan:
    """``references`` maps each reference of the brief, as written there, to its bytes' digest and size.

    Raises `InvalidInput` with everything that stops this brief from being bought: a placement no master covers, a
    prompt over the limits or with what the brand or a list of terms bans, too many references, a currency the route
    does not take.
    """
    problems = wrong_currency(brief, route)
    planned: list[PlannedVisual] = []
    masters: dict[tuple[object, ...], tuple[Master, ...]] = {}
    for index in range(len(brief.visuals)):
        try:
            planned.append(plan_visual(brief, index, route, rules, references, masters))
        except InvalidInput as error:
            problems.extend(error.problems)
    if problems:
        raise InvalidInput.of(problems, hint="nothing was spent; correct the brief and plan it again")
    generations = tuple(g for visual in planned for g in visual.generations)
    return Plan(
        campaign=brief.campaign,
        revision=revision,
        routes=tuple(dict.fromkeys(g.route for g in generations)),
        masters=_merged(planned),
        generations=generations,
        renditions=tuple(r for visual in planned for r in visual.renditions),
        cost=_total(generations, brief.budget.currency),
        cap=brief.budget.money,
        checks=tuple(dict.fromkeys(c for visual in planned for p in visual.prompts for c in p.checks)),
        warnings=tuple(dict.fromkeys(w for visual in planned for w in visual.warnings)),
    )


def _merged(planned: Sequence[PlannedVisual]) -> tuple[Master, ...]:
    """The masters of all visuals, one a size, with every placement any visual cuts from it."""
    serves: dict[tuple[int, int], dict[str, None]] = {}
    for master in (m for visual in planned for m in visual.masters):
        serves.setdefault((master.width, master.height), {}).update(dict.fromkeys(master.serves))
    return tuple(Master(*size, tuple(keys)) for size, keys in sorted(serves.items()))


def _total(generations: Sequence[Generation], currency: str) -> Estimate:
    nothing = Estimate(Money(0, currency), Money(0, currency))
    return sum((generation.cost for generation in generations), nothing)
