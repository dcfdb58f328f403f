"""What a brand and a visual do not want, said round: models know no negative prompt and draw what is named."""

import re
import tomllib
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from colophon.domain.brief import Brief, Visual

_NEGATED = re.compile(
    r"(?:\s*[,;]\s*|\s+(?:and|but|or)\s+)?\b(?:with\s+)?(?:no|without(?:\s+any)?|avoid(?:ing)?|never(?:\s+show)?|"
    r"don'?t\s+show)"
    r"\s+(?P<thing>[^,.;:()]{2,60}?)(?=\s*(?:[,.;:()]|\band\b|\bbut\b|$))",
    re.IGNORECASE,
)
_LEADING_NO = re.compile(
    r"^(?:please\s+)?(?:no|not|never|don'?t(?:\s+show)?|avoid|without(?:\s+any)?|nothing)\s+", re.I
)


class DontRule(BaseModel):
    """One way to turn a "don't" round; see the data file for its members."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    match: str
    instead: str
    check: str


def parse_dont_rules(toml: str) -> tuple[DontRule, ...]:
    return tuple(DontRule.model_validate(rule) for rule in tomllib.loads(toml)["rule"])


def turned(
    brief: Brief, visual: Visual, rules: Sequence[DontRule]
) -> tuple[dict[str, str], list[tuple[str | None, str]]]:
    """The visual's texts without negatives, and for each "don't" what is asked instead and what is left to check."""
    donts = list(brief.brand.dont)
    spoken = {
        name: _without_negatives(text, donts)
        for name in ("prompt", "setting", "light", "camera", "style", "mood")
        if (text := getattr(visual, name))
    }
    return spoken, [_turn(dont, rules) for dont in dict.fromkeys(donts)]


def left_to_check(brief: Brief, visual: Visual, rules: Sequence[DontRule]) -> tuple[str, ...]:
    """What the removed negatives still demand of the picture: `Prompt.checks` of any master."""
    return tuple(dict.fromkeys(check for _, check in turned(brief, visual, rules)[1]))


def spoken(brief: Brief, visual: Visual, rules: Sequence[DontRule]) -> dict[str, str]:
    """The visual's texts by the names of their members, without what they say in the negative."""
    return turned(brief, visual, rules)[0]


def _without_negatives(text: str, donts: list[str]) -> str:
    """Cut "no people" and the like out of a text; what was cut joins the don'ts."""
    donts.extend(match["thing"].strip() for match in _NEGATED.finditer(text))
    cleaned = _NEGATED.sub("", text)
    cleaned = re.sub(r"\s+([,.;:])", r"\1", re.sub(r"\s{2,}", " ", cleaned)).strip(" ,;")
    return cleaned if re.search(r"\w", cleaned) else text


def _turn(dont: str, rules: Sequence[DontRule]) -> tuple[str | None, str]:
    thing = _LEADING_NO.sub("", dont.strip().rstrip("."))
    for rule in rules:
        if re.search(rf"\b(?:{rule.match})\b", thing, re.IGNORECASE):
            return rule.instead, rule.check
    return None, f"reviewer: {thing} absent"
