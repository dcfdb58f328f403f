"""Purging at Fastly, by address and by surrogate key.

Shapes: https://www.fastly.com/documentation/reference/api/purging/ (read in 2026):
``POST /purge/{host}/{path}`` answers ``{"status": "ok", "id": "..."}``; ``POST /service/{id}/purge`` with
``{"surrogate_keys": [...]}`` (256 at most) answers with a purge id for each key.
"""

import json
import re
from collections.abc import Callable, Sequence
from functools import partial

import httpx

from colophon.errors import InvalidInput, ProviderError, ProviderUnavailable, StoreUnavailable
from colophon.providers.answers import explain
from colophon.providers.http import Answer, exchange

BASE_URL = "https://api.fastly.com"
MOST_KEYS = 256
_SERVICE = re.compile(r"[A-Za-z0-9]{1,64}")
_KEYS = "check COLOPHON_PURGE__TOKEN and COLOPHON_PURGE__SERVICE, and that the token may purge"


class FastlyPurge:
    """Implements `colophon.ports.Purge`. ``token`` needs the scope ``purge_select``; it is in no error and no
    representation. Raises `InvalidInput` for a service id that cannot be one."""

    name = "fastly"

    def __init__(self, client: httpx.Client, *, service: str, token: str, base_url: str = BASE_URL) -> None:
        if not _SERVICE.fullmatch(service):
            raise InvalidInput("a Fastly service is named by letters and digits", where="COLOPHON_PURGE__SERVICE")
        self._client = client
        self._base = base_url.rstrip("/")
        self._service = service
        self._headers = {"Fastly-Key": token}

    def purge(self, addresses: Sequence[str], tags: Sequence[str]) -> None:
        for address in addresses:
            url = httpx.URL(address)
            self._ask(f"{self._base}/purge/{url.netloc.decode()}{url.raw_path.decode()}", None, _taken)
        for start in range(0, len(tags), MOST_KEYS):
            keys = list(tags[start : start + MOST_KEYS])
            place = f"{self._base}/service/{self._service}/purge"
            self._ask(place, {"surrogate_keys": keys}, partial(_taken_keys, keys=keys))

    def _ask(self, url: str, body: object, taken: Callable[[object], bool]) -> None:
        try:
            answer = exchange(self._client, "POST", url, headers=self._headers, json=body, deadline_s=30.0)
        except (ProviderUnavailable, ProviderError) as error:
            raise StoreUnavailable(f"the purge service is out of reach: {error.message}", where=url) from error
        if answer.status != 200 or not taken(_json(answer)):
            said = explain(answer.body, (self._headers["Fastly-Key"],))
            hint = _KEYS if answer.status in (401, 403, 404) else "run it again"
            raise StoreUnavailable(f"the purge was not taken ({answer.status}): {said}", where=url, hint=hint)


def _json(answer: Answer) -> object:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None


def _taken(body: object) -> bool:
    return isinstance(body, dict) and body.get("status") == "ok"


def _taken_keys(body: object, keys: Sequence[str]) -> bool:
    return isinstance(body, dict) and all(isinstance(body.get(key), str) for key in keys)
