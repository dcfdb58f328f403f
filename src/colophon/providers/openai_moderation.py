"""OpenAI's moderation endpoint as a service that pictures are shown to: POST /moderations with a data URI.

Contract: platform.openai.com/docs/api-reference/moderations, and its Python client 3.52 (`types/moderation.py`).
Scores of categories that the model judges by text alone come back too, and are told apart by
``category_applied_input_types``.
"""

import base64
from typing import Annotated

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from colophon.domain.moderation import Moderated
from colophon.domain.placement import PictureFormat
from colophon.errors import CheckError, InvalidInput, ProviderError
from colophon.providers.answers import plain
from colophon.providers.http import Answer, exchange

MAX_BYTES = 20 * 1024 * 1024  # the vendor's limit for a picture
_MAX_ANSWER = 256 * 1024
_TAKEN = {PictureFormat.PNG, PictureFormat.JPEG, PictureFormat.WEBP}

_Score = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_Category = Annotated[str, Field(pattern=r"^[A-Za-z0-9_/.-]{1,100}$")]
_Type = Annotated[str, Field(max_length=20)]


class _Part(BaseModel):
    """Members that are not read are ignored, as the vendor may add some; those that are must be of their type."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)


class _Result(_Part):
    flagged: bool
    category_scores: Annotated[dict[_Category, _Score], Field(min_length=1, max_length=100)]
    category_applied_input_types: Annotated[dict[_Category, list[_Type]], Field(max_length=100)]


class _Moderation(_Part):
    id: Annotated[str, Field(max_length=200)] | None = None
    model: Annotated[str, Field(min_length=1, max_length=100)]
    results: Annotated[list[_Result], Field(min_length=1, max_length=1)]


class OpenAiModeration:
    """Implements `colophon.ports.ModerationService`. One request a picture, no retry: what is not answered is held."""

    name = "openai"

    def __init__(self, client: httpx.Client, base_url: str, api_key: str, *, model: str, timeout_s: float) -> None:
        """Raises `InvalidInput` for a key that could not be sent."""
        if not api_key or not api_key.isascii() or not api_key.isprintable() or " " in api_key:
            raise InvalidInput("an API key is printable ASCII without spaces", where="COLOPHON_MODERATION__API_KEY")
        self._client = client
        self._address = f"{base_url.rstrip('/')}/moderations"
        self._api_key = api_key
        self._model = model
        self._timeout_s = timeout_s

    def judge(self, content: bytes, form: PictureFormat) -> Moderated:
        if form not in _TAKEN or len(content) > MAX_BYTES:
            limit = f"it takes PNG, JPEG and WebP of at most {MAX_BYTES // 2**20} MiB"
            raise CheckError(f"the picture was not shown to {self.name}: {limit}", reason="not_taken")
        picture = f"data:{form.media_type};base64,{base64.b64encode(content).decode()}"
        body = {"model": self._model, "input": [{"type": "image_url", "image_url": {"url": picture}}]}
        headers = {"Authorization": f"Bearer {self._api_key}"}
        try:
            answer = exchange(
                self._client,
                "POST",
                self._address,
                headers=headers,
                json=body,
                max_bytes=_MAX_ANSWER,
                deadline_s=self._timeout_s,
            )
        except ProviderError as error:
            raise CheckError(f"{self.name} was not reached: {error.message}", reason=error.reason) from error
        return self._read(answer)

    def close(self) -> None:
        self._client.close()

    def _read(self, answer: Answer) -> Moderated:
        if answer.status != 200:
            raise CheckError(f"{self.name} answered {answer.status}", reason=_reason(answer.status))
        try:
            told = _Moderation.model_validate_json(answer.body)
        except ValidationError as error:
            where = ".".join(str(step) for step in error.errors(include_url=False, include_input=False)[0]["loc"])
            place = f" ({plain(where)})" if where else ""
            raise CheckError(f"{self.name} gave an answer that makes no sense{place}", reason="limits") from error
        [result] = told.results
        applied = result.category_applied_input_types
        seen = {name: score for name, score in result.category_scores.items() if "image" in applied.get(name, ())}
        unseen = frozenset(result.category_scores) - frozenset(seen)
        model, request = (plain(word, (self._api_key,)) for word in (told.model, told.id or ""))
        return Moderated(model, seen, unseen, result.flagged, request or None)


def _reason(status: int) -> str:
    return {401: "auth", 403: "forbidden", 429: "rate_limited"}.get(status, "upstream_transient")
