"""Refusals by a vendor's content rules, told apart from wrong requests: by code, or by words where no code is given."""

import re
from collections.abc import Iterator, Mapping

from colophon.domain.money import Money
from colophon.errors import ProviderRefused
from colophon.providers.answers import REFUSALS

# "safety_tolerance must be ..." speaks of a member of the request, not of its content.
_WORDS = re.compile(
    r"content[ _-]?(polic|filter|moderat|reject)|moderat(ed|ion)|nsfw|prohibited content|inappropriate content"
    r"|responsibleai|safety(?![ _-]?(tolerance|checker|level|setting))",
    re.IGNORECASE,
)
_OUTPUT = re.compile(
    r"\boutputs?\b|\b(generated|resulting|finished|produced) (image|picture|content)"
    r"|(?<!reference )(?<!input )\b(image|picture) was (refused|rejected|blocked|flagged|moderated)",
    re.IGNORECASE,
)
_MAX_TEXT = 20_000


def policy_reason(said: object, prompt: str) -> str:
    """``moderated_input`` or ``moderated_output`` when an answer speaks of content rules, else empty. The prompt is
    taken out first: an error that quotes "a safety helmet" refuses nothing."""
    if _filtered(said):
        return "moderated_output"
    text = "\n".join(part.replace(prompt, " ") if prompt else part for part in _texts(said))[:_MAX_TEXT]
    if not _WORDS.search(text):
        return ""
    return "moderated_output" if _OUTPUT.search(text) else "moderated_input"


def policy_refusal(reason: str, note: str = "", cost: Money | None = None) -> ProviderRefused:
    """In our words only: what a filter measured is of no use to the buyer, and of some use to those who dodge it."""
    return ProviderRefused(REFUSALS[reason] + (f". {note}" if note else ""), reason=reason, cost=cost)


def _texts(said: object) -> Iterator[str]:
    if isinstance(said, str):
        yield said
    elif isinstance(said, Mapping):
        for value in said.values():
            yield from _texts(value)
    elif isinstance(said, list):
        for value in said:
            yield from _texts(value)


def _filtered(said: object) -> bool:
    """One vendor marks what it holds back with ``"filtered": true``, beside the name of the filter."""
    if isinstance(said, Mapping):
        return said.get("filtered") is True or any(_filtered(value) for value in said.values())
    return isinstance(said, list) and any(_filtered(value) for value in said)
