"""Faults on order: by a header on one request, or by a script in the sandbox folder that several processes share."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from colophon.errors import InvalidInput
from colophon.sandbox.files import locked, write_whole

# name: what happens, and what a value after a colon changes ("slow:5")
FAULTS = {
    "out_of_funds": "402 at submit (403 or 412 where the vendor says so)",
    "unauthorised": "401 at submit (403 at BFL)",
    "forbidden": "403 at submit",
    "invalid": "422 at submit",
    "rate_limited": "429 at submit; value: the Retry-After header",
    "server_error": "500 at submit, nothing bought",
    "bad_gateway": "502 at submit, nothing bought",
    "unavailable": "503 at submit; value: the Retry-After header",
    "gateway_timeout": "504 at submit, nothing bought",
    "active_tasks": "429 at submit, as when the key has too many unfinished tasks",
    "answer_lost": "bought and invoiced, then 500 instead of the answer",
    "slow_answer": "bought and invoiced, then the answer takes VALUE seconds (5)",
    "limited_after": "bought and invoiced, then 429 instead of the answer",
    "html_answer": "bought, then HTML under 200; value: the place, `submit` (default), `poll` or `delivery`",
    "empty_answer": "bought, then an empty body under 200; value: the place",
    "null_answer": "bought, then the JSON value null; value: the place",
    "wrong_type": "bought, then JSON of other types than documented; value: the place",
    "deep_answer": "bought, then JSON 100,000 levels deep; value: the place",
    "huge_answer": "bought, then 200 MB of JSON; value: the place",
    "gzip_answer": "bought, then 200 MB of JSON as a small gzip; value: the place",
    "cut_answer": "bought, then fewer bytes than Content-Length says; value: the place",
    "reset": "bought, then the connection ends without an answer; value: the place",
    "moderated_input": "the prompt is refused, settled at 0 (in full with the value charged)",
    "moderated_output": "the picture is refused, settled at 0 (in full with the value charged)",
    "task_error": "the model failed, settled at 0 (in full with the value charged)",
    "task_lost": "the task is not known any more, charged",
    "takes": "the task takes VALUE seconds by the sandbox's clock",
    "slow": "VALUE polls (3) answer with words of the way (Pending, Reasoning, Generating)",
    "unknown_status": "VALUE polls (2) answer a status word nobody knows",
    "poll_error": "VALUE polls (1) answer 500",
    "poll_forbidden": "VALUE polls (1) answer 403",
    "poll_missing": "VALUE polls (1) answer 404",
    "expired_delivery": "the first delivery address answers VALUE (403); a later poll names one that works",
    "redirect": "the delivery address answers 302 to VALUE (to itself)",
    "data_uri": "a data URI in place of the delivery address",
    "no_picture": "done, and no picture in the answer",
    "two_pictures": "done, and two pictures in the answer",
    "wrong_size": "the picture has half the sides ordered",
    "wrong_shape": "the picture has half the width ordered",
    "wrong_format": "the picture is in another format than ordered",
    "not_a_picture": "HTML under 200 at the delivery address",
    "truncated": "half of the picture's bytes",
    "unsigned": "the picture has no C2PA manifest",
    "other_picture": "the picture of another order",
    "same_picture": "the same pixels for every order of this size",
    "blank_result": "a picture of one colour",
    "model_differs": "another model in the manifest, and in the answer where one is told",
    "seed_differs": "another seed was used, and reported where one is told",
    "cost_missing": "no cost in any answer; charged all the same",
    "cost_nan": "cost is NaN in every answer; charged all the same",
    "cost_is": "cost is told as VALUE (Infinity, -1, a text); charged as usual",
    "settle_differs": "settled at VALUE credits (half of what was said at submit)",
    "moderation_flags": "the moderation service scores the picture at 0.97 for the category VALUE (sexual)",
    "moderation_lacks": "the moderation service leaves out the category VALUE (sexual)",
    "webhook_twice": "the webhook is delivered twice",
    "webhook_early": "the webhook says done before the task is",
    "webhook_late": "the webhook is delivered VALUE seconds (30) after the end",
    "webhook_unsigned": "the webhook has no signature",
    "webhook_wrong_key": "the webhook is signed with another key",
    "webhook_old": "the webhook is signed an hour ago",
    "webhook_foreign": "the webhook names a task nobody ordered",
    "webhook_huge": "the webhook's body has 50 MB",
    "webhook_secret": "the webhook bears the secret itself in X-Webhook-Secret (BFL)",
}


@dataclass(frozen=True, slots=True)
class Fault:
    name: str
    value: str = ""

    @classmethod
    def parse(cls, text: str) -> "Fault":
        """``NAME`` or ``NAME:VALUE``. Raises ``ValueError`` for a name that is not in the table."""
        name, _, value = text.partition(":")
        if name not in FAULTS:
            raise ValueError(f"unknown fault {name!r}; known: {', '.join(FAULTS)}")
        return cls(name, value)

    def number(self, default: int) -> int:
        return min(int(self.value), 1_000_000) if self.value.isdecimal() and self.value.isascii() else default

    def seconds(self, default: float) -> float:
        """The value as a time: at most eleven days, with a fraction."""
        digits = self.value.replace(".", "", 1)
        return min(float(self.value), 1_000_000.0) if digits.isdecimal() and digits.isascii() else default


def _known(text: str) -> str:
    Fault.parse(text)
    return text


class FaultRule(BaseModel):
    """A fault for the submits that fit: ``route`` is a dialect or a model, ``prompt_contains`` ignores case, ``times``
    is how often it happens (always, when absent)."""

    model_config = ConfigDict(extra="forbid")

    fault: Annotated[str, Field(max_length=100), AfterValidator(_known)]
    route: str | None = None
    prompt_contains: str | None = None
    times: Annotated[int, Field(ge=1)] | None = None

    def fits(self, dialect: str, model: str, prompt: str) -> bool:
        return (self.route is None or self.route in (dialect, model, f"{dialect}/{model}")) and (
            self.prompt_contains is None or self.prompt_contains.lower() in prompt.lower()
        )


_RULES = TypeAdapter(list[FaultRule])


class FaultScript:
    """The file ``faults.json`` of a folder: a list of rules, the first that fits is used."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "faults.json"
        self._lock = folder / "faults.lock"

    def rules(self) -> list[FaultRule]:
        """Raises `InvalidInput` when the file is not such a list."""
        if not self._path.exists():
            return []
        try:
            return _RULES.validate_json(self._path.read_bytes())
        except ValidationError as error:
            raise InvalidInput(f"{self._path.name} is not a list of faults: {error}") from error

    def replace(self, rules: list[FaultRule]) -> None:
        with locked(self._lock):
            self._write(rules)

    def take(self, dialect: str, model: str, prompt: str) -> Fault | None:
        """The fault for this submit; one with ``times`` is counted down, also for the other processes."""
        if not self._path.exists():
            return None
        with locked(self._lock):
            rules = self.rules()
            for place, rule in enumerate(rules):
                if rule.fits(dialect, model, prompt):
                    if rule.times is not None:
                        left = [rule.model_copy(update={"times": rule.times - 1})] if rule.times > 1 else []
                        self._write(rules[:place] + left + rules[place + 1 :])
                    return Fault.parse(rule.fault)
        return None

    def _write(self, rules: list[FaultRule]) -> None:
        content = json.dumps([rule.model_dump(exclude_none=True) for rule in rules], indent=2)
        write_whole(self._path, content.encode())
