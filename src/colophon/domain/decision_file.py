"""The decision policy as a file: read with every problem told at once, each with its place."""

import tomllib
from collections.abc import Collection

from pydantic import ValidationError

from colophon.domain.decision_policy import DecisionPolicy
from colophon.errors import InvalidInput, Problem

MAX_CHARS = 1_000_000
_HINT = "docs/review.md says what a decision policy may hold; the shipped one is an example"


def parse_decision_policy(text: str, *, checks: Collection[str], file: str = "decision.toml") -> DecisionPolicy:
    """The policy in ``text``, which may speak of these ``checks`` only: a rule about a check that there is not would
    do nothing, and nobody would notice. Raises `InvalidInput` with every problem."""
    if len(text) > MAX_CHARS:
        raise InvalidInput(f"a decision policy has at most {MAX_CHARS} characters", where=file, hint=_HINT)
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidInput.of([Problem("bad_policy", f"not TOML: {error}", file=file)], hint=_HINT) from error
    try:
        policy = DecisionPolicy.model_validate(content)
    except ValidationError as error:
        raise InvalidInput.of(_problems(error, file), hint=_HINT) from error
    if unknown := sorted(policy.checks_named - set(checks)):
        told = [
            Problem(
                "unknown_check", f"there is no check {name!r}; there are {', '.join(checks)}", file=file, found=name
            )
            for name in unknown
        ]
        raise InvalidInput.of(told, hint=_HINT)
    return policy


def _problems(error: ValidationError, file: str) -> list[Problem]:
    found = []
    for detail in error.errors(include_url=False, include_context=False):
        parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"]]
        value = "" if isinstance(detail["input"], dict | list) else str(detail["input"])[:80]
        message = str(detail["msg"]).removeprefix("Value error, ")
        found.append(Problem("bad_policy", message, file=file, path="".join(parts).lstrip("."), found=value))
    return found
