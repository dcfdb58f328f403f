"""The decision policy: which findings reject, which hold, which are only noted, and who may approve in spite of what.

A policy is data with a name, a version and a date. Whatever it says, a check that could not run holds, and a picture
of which nothing was found is held: those two are not for a policy to decide.
"""

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from colophon.domain.finding import Finding, Verdict
from colophon.domain.judgement import OUTCOMES, Doubt, Judgement, PolicyRef, Weight

ANY = "*"
_ROLE = "role:"

Label = Annotated[str, Field(min_length=1, max_length=200)]
Labels = Annotated[tuple[Label, ...], Field(max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Part):
    """What a finding counts. ``check`` is a check's name, or * for all; ``markets`` and ``placements`` (patterns such
    as ``web/*``) limit the rule to pictures for these; empty: to none."""

    check: Label
    verdict: Verdict
    outcome: Weight
    markets: Labels = ()
    placements: Labels = ()

    @model_validator(mode="after")
    def _accepts_nothing_unseen(self) -> Self:
        if self.outcome is Weight.NOTE and self.verdict is Verdict.UNKNOWN:
            raise ValueError("a check that could not run is held or rejected, never only noted")
        if self.outcome is Weight.NOTE and self.verdict is Verdict.FAIL and self.check == ANY:
            raise ValueError("name the check whose failures are only noted; not all of them may be")
        return self

    def meets(self, finding: Finding) -> bool:
        return self.verdict is finding.verdict and self.check in (ANY, finding.name)

    def for_market(self, market: str | None) -> bool:
        return not self.markets or (market is not None and same_name(market) in map(same_name, self.markets))

    def for_placement(self, placement: str | None) -> bool:
        return not self.placements or (
            placement is not None and any(fnmatchcase(placement, pattern) for pattern in self.placements)
        )


class Defaults(_Part):
    """What a finding counts that no rule meets."""

    fail: Literal[Weight.HOLD, Weight.REJECT] = Weight.REJECT
    review: Weight = Weight.HOLD
    unknown: Literal[Weight.HOLD, Weight.REJECT] = Weight.HOLD


class Override(_Part):
    """Who may approve in spite of a finding of this check: names, ``role:NAME`` for those of a role, * for anybody.
    ``verdict`` None: whatever it was. ``expires_days``: how long such an approval holds; None: for good."""

    check: Label
    verdict: Literal[Verdict.REVIEW, Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS] | None = None
    by: Annotated[tuple[Label, ...], Field(max_length=200)]
    expires_days: Annotated[int, Field(ge=1, le=3650, strict=True)] | None = None

    def meets(self, doubt: Doubt) -> bool:
        return self.check in (ANY, doubt.check) and self.verdict in (None, doubt.verdict)


class _Section(_Part):
    """What the whole policy and each of its brands can say."""

    rule: Annotated[tuple[Rule, ...], Field(max_length=500)] = ()
    override: Annotated[tuple[Override, ...], Field(max_length=500)] = ()
    required: Labels = ()


class BrandSection(_Section):
    """A brand's own rules and overrides, which come before the general ones; ``required`` adds to theirs."""

    four_eyes: bool | None = None


class DecisionPolicy(_Section):
    """``required`` are checks without whose finding a picture is held. ``four_eyes``: who ordered a picture does not
    approve it. ``roles`` give names to lists of people; ``brands`` are by the name in the brief."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")]
    version: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")]
    issued: date
    default: Defaults = Defaults()
    four_eyes: bool = True
    roles: dict[Label, Labels] = {}
    brands: dict[Label, BrandSection] = {}

    @model_validator(mode="after")
    def _roles_are_there(self) -> Self:
        named = {entry for override in self._overrides for entry in override.by if entry.startswith(_ROLE)}
        unknown = sorted(entry for entry in named if entry.removeprefix(_ROLE) not in self.roles)
        if unknown:
            raise ValueError(f"there is no such role under [roles]: {', '.join(unknown)}")
        return self

    @property
    def _overrides(self) -> Sequence[Override]:
        return [*self.override, *(o for section in self.brands.values() for o in section.override)]

    @property
    def ref(self) -> PolicyRef:
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return PolicyRef(self.name, self.version, hashlib.sha256(text.encode()).hexdigest())

    @property
    def checks_named(self) -> set[str]:
        """Every check it speaks of."""
        sections: tuple[_Section, ...] = (self, *self.brands.values())
        named = {rule.check for section in sections for rule in section.rule}
        named |= {override.check for section in sections for override in section.override}
        return (named | {name for section in sections for name in section.required}) - {ANY}


@dataclass(frozen=True, slots=True)
class Intended:
    """What a picture is for: the brand's name, its markets and placements. None and empty: for nothing that is known,
    as of pictures brought in from outside."""

    brand: str | None = None
    markets: tuple[str, ...] = ()
    placements: tuple[str, ...] = ()


def judge(findings: Sequence[Finding], policy: DecisionPolicy, intended: Intended) -> Judgement:
    """The worst of the findings decides. A picture for several markets and placements is judged for each of them, and
    the severest answer holds: it is one picture, and it goes to all."""
    brand = _brand(policy, intended)
    rules = (*brand.rule, *policy.rule)
    weights = tuple(_weight(finding, rules, policy.default, intended) for finding in findings)
    found = {finding.name for finding in findings}
    required = dict.fromkeys((*policy.required, *brand.required))
    absent = tuple(name for name in required if name not in found)
    floor = [Weight.HOLD] if absent or not findings else []
    worst = max((*weights, *floor), key=lambda weight: weight.rank)
    return Judgement(policy.ref, OUTCOMES[worst], weights, absent)


def override_of(doubt: Doubt, by: str, policy: DecisionPolicy, intended: Intended) -> Override | None:
    """The first override that is about this doubt, if this person may use it; None: they may not."""
    for override in (*_brand(policy, intended).override, *policy.override):
        if override.meets(doubt):
            return override if _may(by, override, policy) else None
    return None


def who_may(doubt: Doubt, policy: DecisionPolicy, intended: Intended) -> tuple[str, ...]:
    """Who may approve in spite of a doubt, as the policy words it."""
    overrides = (*_brand(policy, intended).override, *policy.override)
    return next((override.by for override in overrides if override.meets(doubt)), ())


def four_eyes(policy: DecisionPolicy, intended: Intended) -> bool:
    own = _brand(policy, intended).four_eyes
    return policy.four_eyes if own is None else own


def same_name(name: str) -> str:
    """Names as they are compared: case, width and the space around them do not tell people apart."""
    return unicodedata.normalize("NFKC", " ".join(name.split())).casefold()


def _brand(policy: DecisionPolicy, intended: Intended) -> BrandSection:
    if intended.brand is None:
        return BrandSection()
    wanted = same_name(intended.brand)
    return next((part for name, part in policy.brands.items() if same_name(name) == wanted), BrandSection())


def _weight(finding: Finding, rules: Sequence[Rule], default: Defaults, intended: Intended) -> Weight:
    meeting = [rule for rule in rules if rule.meets(finding)]
    usual = Weight.NOTE if finding.verdict is Verdict.PASS else Weight(getattr(default, finding.verdict.value))
    # Markets and placements that the same rules are for need no second look.
    by_market = {
        frozenset(at for at, rule in enumerate(meeting) if rule.for_market(market))
        for market in intended.markets or (None,)
    }
    by_placement = {
        frozenset(at for at, rule in enumerate(meeting) if rule.for_placement(placement))
        for placement in intended.placements or (None,)
    }
    firsts = {min(one & other, default=None) for one in by_market for other in by_placement}
    weights = [usual if first is None else meeting[first].outcome for first in firsts]
    if finding.verdict is Verdict.UNKNOWN:
        weights.append(Weight.HOLD)
    return max(weights, key=lambda weight: weight.rank)


def _may(by: str, override: Override, policy: DecisionPolicy) -> bool:
    names = {ANY if entry == ANY else same_name(entry) for entry in override.by if not entry.startswith(_ROLE)}
    roles = (policy.roles[entry.removeprefix(_ROLE)] for entry in override.by if entry.startswith(_ROLE))
    names |= {same_name(name) for role in roles for name in role}
    return ANY in names or same_name(by) in names
