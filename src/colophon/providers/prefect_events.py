"""Messages carried to a Prefect server as events (``POST /api/events``), where automations and triggers wait for them.

The shape is that of Prefect 3.8's `prefect.events.Event`. Posting it takes no Prefect here, whose import takes seconds;
and unlike its own client, which sends in the background, it says whether the event arrived.
"""

import base64
import json
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx

from colophon.domain.delivery import Sent
from colophon.domain.message import Message
from colophon.providers.standard_webhooks import place_of, post

PREFIX = "colophon."


class PrefectCourier:
    """Implements `colophon.ports.Courier`. ``api_key`` and ``auth`` (a name and a password with a colon between) are
    Prefect's own two ways to sign in."""

    def __init__(
        self, client: httpx.Client, api: str, *, api_key: str | None, auth: str | None, seconds: float = 15.0
    ) -> None:
        self._client = client
        self._url = f"{api.rstrip('/')}/events"
        self._seconds = seconds
        self._headers: dict[str, str] = {}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        elif auth:
            self._headers["Authorization"] = f"Basic {base64.b64encode(auth.encode()).decode('ascii')}"
        self.address = place_of(api)

    def send(self, message: Message, *, at: datetime) -> Sent:
        body = json.dumps([event_of(message)]).encode()
        return post(self._client, self._url, self._headers, body, self._seconds)


def event_of(message: Message) -> dict[str, Any]:
    """The event of a message. Its id follows from the message's, so that a repetition is the same event."""
    document = json.loads(message.body)
    data = document["data"]
    kind = message.type.value.partition(".")[0]
    related = [
        {"prefect.resource.id": f"{PREFIX}{role}.{data[role]}", "prefect.resource.role": role}
        for role in ("campaign", "asset")
        if role in data and role != kind
    ]
    return {
        "id": str(uuid5(NAMESPACE_URL, f"colophon:{message.id}")),
        "occurred": document["timestamp"],
        "event": f"{PREFIX}{message.type.value}",
        "resource": {"prefect.resource.id": f"{PREFIX}{kind}.{data[kind]}"},
        "related": related,
        "payload": data,
    }
