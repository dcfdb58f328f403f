"""One visual of a plan: its masters, prompts, generations and files."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from colophon.domain.brief import Brief, PlacementWish, Visual
from colophon.domain.brief_fields import MAX_SEED
from colophon.domain.choice import RouteChoice, rank, reasons
from colophon.domain.copydesk import CopyDesk
from colophon.domain.generation import Generation, ReferenceUse
from colophon.domain.lettering import Lettering
from colophon.domain.master import DoesNotFit, Master, choose_masters
from colophon.domain.money import Estimate, Money
from colophon.domain.placement import Placement, Size
from colophon.domain.plan_rules import Rules
from colophon.domain.plan_warnings import of_cuts, of_mentions, of_words
from colophon.domain.prompt import Prompt, compile_prompt
from colophon.domain.prompt_parts import mentions, parts_of
from colophon.domain.refusal import refusals, refused_by_lists
from colophon.domain.rendition import PlannedRendition, crop_loss
from colophon.errors import InvalidInput, Problem


@dataclass(frozen=True, slots=True)
class PlannedVisual:
    masters: tuple[Master, ...]
    prompts: tuple[Prompt, ...]
    generations: tuple[Generation, ...]
    renditions: tuple[PlannedRendition, ...]
    warnings: tuple[str, ...]


def plan_visual(
    brief: Brief,
    index: int,
    route: RouteChoice,
    rules: Rules,
    references: Mapping[str, ReferenceUse],
    known_masters: dict[tuple[object, ...], tuple[Master, ...]],
) -> PlannedVisual:
    """``known_masters`` are those found for other visuals of the brief, and are added to. Raises `InvalidInput` with
    everything that stops this visual from being bought."""
    visual = brief.visuals[index]
    where = f"visuals[{index}]"
    wishes = visual.placements or brief.placements
    uses = tuple(replace(references[r.image], role=r.role) for r in (*brief.references, *visual.references))
    masters = _masters(wishes, uses, route, rules, where, known_masters)
    prompts = tuple(
        compile_prompt(brief, visual, rules.donts, width=m.width, height=m.height, wire=route.wire) for m in masters
    )
    problems = [
        problem
        for master, prompt in zip(masters, prompts, strict=True)
        for problem in refusals(brief, master, prompt, uses, route, where)
    ]
    said = dict.fromkeys(part for prompt in prompts for part in parts_of(brief, visual, rules.donts, prompt.wire))
    found = mentions(tuple(said), rules.screen)
    problems += refused_by_lists(found)
    if problems:
        raise InvalidInput.of(list(dict.fromkeys(problems)))
    generations = tuple(
        _routed(_generation(brief, visual, variant, master, prompt, uses, route), route, where)
        for master, prompt in zip(masters, prompts, strict=True)
        for variant in range(1, visual.variants + 1)
    )
    renditions = _renditions(brief, visual, wishes, masters, rules)
    placements = [rules.placements[wish.placement] for wish in wishes]
    warnings = (
        *(f"{visual.id}: {warning}" for prompt in prompts for warning in prompt.warnings),
        *of_cuts(visual, renditions, rules.limits.crop_loss),
        *(of_words(brief, visual, wishes, placements, rules.desk) if rules.desk else ()),
        *of_mentions(visual, found),
    )
    return PlannedVisual(masters, prompts, generations, renditions, warnings)


def _masters(
    wishes: Sequence[PlacementWish],
    uses: tuple[ReferenceUse, ...],
    route: RouteChoice,
    rules: Rules,
    where: str,
    known: dict[tuple[object, ...], tuple[Master, ...]],
) -> tuple[Master, ...]:
    """Most visuals of a brief want the same placements; the search runs once for each different set."""
    sizes = tuple((use.width, use.height) for use in uses)
    keys = tuple(wish.placement for wish in wishes)
    if (keys, sizes) not in known:

        def cost(width: int, height: int) -> int:
            return route.sizing.price(width, height, sizes).high.micros

        try:
            known[keys, sizes] = choose_masters(
                [rules.placements[key] for key in keys], cost, route.limits(rules.limits)
            )
        except DoesNotFit as error:
            raise InvalidInput.of([Problem("placement_too_large", str(error), path=f"{where}.placements")]) from error
    return known[keys, sizes]


def _generation(
    brief: Brief,
    visual: Visual,
    variant: int,
    master: Master,
    prompt: Prompt,
    uses: tuple[ReferenceUse, ...],
    route: RouteChoice,
) -> Generation:
    seed = _seed(brief, visual, variant)
    identity = {
        "campaign": brief.campaign,
        "visual": visual.id,
        "variant": variant,
        "size": [master.width, master.height],
        "model": brief.model.name,
        "routes": route.wanted,
        "seed": seed,
        "prompt": prompt.wire,
        "safety": brief.model.safety,
        "references": [[use.sha256, use.role] for use in uses],
    }
    nothing = Money(0, brief.budget.currency)
    return Generation(
        id=_digest_id("gen", identity),
        campaign=brief.campaign,
        visual=visual.id,
        variant=variant,
        master=master.id,
        width=master.width,
        height=master.height,
        route="",
        model=brief.model.name,
        seed=seed,
        prompt=prompt.wire,
        structure=prompt.structure,
        safety=brief.model.safety,
        references=uses,
        cost=Estimate(nothing, nothing),
        routes=route.wanted,
    )


def _routed(wanted: Generation, choice: RouteChoice, where: str) -> Generation:
    """With the best route for it and that route's price. Raises `InvalidInput` when no route can take it."""
    ranking = rank(wanted, choice)
    if not ranking.candidates:
        message = "no allowed route can take this order"
        found = reasons(ranking.excluded)[:1000]
        raise InvalidInput.of([Problem("no_route", message, path=f"{where}", found=found)])
    best = ranking.candidates[0]
    return replace(wanted, route=best.route.name, cost=best.estimate)


def _seed(brief: Brief, visual: Visual, variant: int) -> int:
    """The brief's own, or one derived from the names: the same in every plan, different for every variant."""
    given = visual.seeds or brief.seeds
    if variant <= len(given):
        return given[variant - 1]
    digest = hashlib.sha256(f"{brief.campaign}/{visual.id}/{variant}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % MAX_SEED + 1


def _digest_id(prefix: str, identity: Mapping[str, object]) -> str:
    text = json.dumps(identity, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"{prefix}_{base64.b32encode(hashlib.sha256(text.encode()).digest()[:16]).decode().rstrip('=').lower()}"


def _renditions(
    brief: Brief, visual: Visual, wishes: Sequence[PlacementWish], masters: Sequence[Master], rules: Rules
) -> tuple[PlannedRendition, ...]:
    serving = {key: master for master in masters for key in master.serves}
    made: list[PlannedRendition] = []
    for wish in wishes:
        placement, master = rules.placements[wish.placement], serving[wish.placement]
        cut = round(crop_loss(master.width, master.height, placement.width, placement.height), 3)
        made.extend(
            PlannedRendition(
                visual.id,
                placement.key,
                fmt,
                size.width,
                size.height,
                size.max_bytes,
                master.id,
                cut,
                placement.safe_area,
                visual.focus.spot if visual.focus else None,
                locale,
                lettering,
            )
            for size in placement.sizes
            for locale, lettering in _laid_on(brief, visual, wish, placement, size, rules.desk)
            for fmt in wish.formats or placement.default_formats
        )
    return tuple(made)


def _laid_on(
    brief: Brief, visual: Visual, wish: PlacementWish, placement: Placement, size: Size, desk: CopyDesk | None
) -> Sequence[tuple[str | None, Lettering | None]]:
    return [(None, None)] if desk is None else list(desk.letterings(brief, visual, wish, placement, size))
