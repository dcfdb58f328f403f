"""What must not be bought, found before any money is spent."""

from collections.abc import Sequence

from colophon.domain.brief import Brief
from colophon.domain.choice import RouteChoice
from colophon.domain.generation import ReferenceUse
from colophon.domain.master import Master
from colophon.domain.prompt import MOST_CHARACTERS, MOST_TOKENS, Prompt
from colophon.domain.prompt_parts import Part, refused
from colophon.domain.prompt_screen import Mention
from colophon.domain.screening import screen
from colophon.errors import Problem

# The vendor's combined limit over references and output (github.com/black-forest-labs/skills, multi-reference rules).
_MOST_MEGAPIXELS_TOGETHER = 9


def refusals(
    brief: Brief, master: Master, prompt: Prompt, uses: Sequence[ReferenceUse], route: RouteChoice, where: str
) -> list[Problem]:
    """What must not be bought, found before any money is spent."""
    found: list[Problem] = []
    if len(prompt.wire) > MOST_CHARACTERS or prompt.tokens > MOST_TOKENS:
        size = f"{len(prompt.wire)} characters, about {prompt.tokens} tokens"
        allowed = f"{MOST_CHARACTERS} characters and about {MOST_TOKENS} tokens once compiled"
        found.append(
            Problem("prompt_too_long", "the prompt is too long", path=f"{where}.prompt", found=size, allowed=allowed)
        )
    found.extend(
        Problem(
            "banned_concept",
            f"the prompt asks for {hit.concept!r}, which the brand bans",
            path=f"{where}.prompt",
            found=hit.found,
        )
        for hit in screen(prompt.wire, brief.brand.banned_concepts)
    )
    limits = {offer.route.name: offer.route.reference_limit(brief.model.name) for offer in route.offers}
    if limits and len(uses) > max(limits.values()):
        allowed = ", ".join(f"at most {limit} on route {name}" for name, limit in limits.items())
        found.append(
            Problem(
                "too_many_references",
                "too many references",
                path=f"{where}.references",
                found=str(len(uses)),
                allowed=allowed,
            )
        )
    pixels = master.width * master.height + sum(min(use.width * use.height, 4_000_000) for use in uses)
    if pixels > _MOST_MEGAPIXELS_TOGETHER * 1_000_000:
        message = f"references and output together have {pixels / 1e6:.1f} megapixels"
        allowed = f"at most {_MOST_MEGAPIXELS_TOGETHER}; use fewer or smaller references"
        found.append(Problem("references_too_large", message, path=f"{where}.references", allowed=allowed))
    return found


def refused_by_lists(found: Sequence[tuple[Part, Mention]]) -> list[Problem]:
    """What the lists of terms refuse, each with its place in the brief."""
    return [
        Problem(
            "refused_prompt",
            f"the prompt says {mention.found!r}, which is in a list of what may not be bought",
            path=part.path,
            found=mention.found,
            allowed=f"other words, or a check profile that holds instead: {mention}",
        )
        for part, mention in refused(found)
    ]


def wrong_currency(brief: Brief, choice: RouteChoice) -> list[Problem]:
    """When no route takes the budget's currency; one that does is enough."""
    theirs = {offer.price.currency for offer in choice.offers}
    if not theirs or brief.budget.currency in theirs:
        return []
    names = ", ".join(offer.route.name for offer in choice.offers)
    message = f"{names} is priced in {', '.join(sorted(theirs))}; the budget is in {brief.budget.currency}"
    return [Problem("currency", message, path="budget.currency", allowed=", ".join(sorted(theirs)))]
