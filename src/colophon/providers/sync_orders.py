"""Orders that are answered with the picture itself: sent once, never asked about again."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from colophon.domain.conversion import Conversion, members
from colophon.domain.generation import Job, JobStatus, Order
from colophon.errors import ProviderRefused
from colophon.providers import references
from colophon.providers.access import Access
from colophon.providers.delivered import picture
from colophon.providers.http import MAX_PICTURE_JSON, Answer, Files, exchange

# The picture is made while the request is open: gateways take 39 s for one in twenty, single ones two minutes.
ANSWER_SECONDS = 240.0


class AnsweredAtOnce:
    """What every vendor that answers an order with the picture has in common: there is no task to ask about, no list
    of orders that names ours, and nobody who calls back."""

    can_find = False
    can_hook = False

    def __init__(self, access: Access) -> None:
        self.name = access.route.provider
        self._access = access
        self._headers = {"Authorization": f"Bearer {access.api_key}"}
        self._secrets = (access.api_key, *self._headers.values())

    def prepare(self, order: Order) -> Order:
        """The order as it is: references travel inside it."""
        return order

    def poll(self, job: Job) -> Job:
        """What the answer to the order left us: a picture, its address, or nothing that could be asked for."""
        if job.content is not None or job.delivery_url is not None:
            return replace(job, status=JobStatus.READY)
        message = f"{self._access.route.provider} keeps no pictures and cannot be asked for one: its answer is gone"
        return replace(job, status=JobStatus.MISSING, reason="not_found", message=message)

    def fetch(self, job: Job) -> bytes:
        """See `colophon.providers.delivered.picture`."""
        return picture(self._access, job)

    def find(self, order: Order, since: datetime) -> Sequence[Job]:
        """Raises `ProviderRefused`: no such vendor lists its orders by what was ordered."""
        raise ProviderRefused(f"{self._access.route.provider} cannot be asked for an order", reason="not_found")

    def _order(self, path: str, body: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Answer:
        return self._send(path, {**self._headers, **(headers or {})}, json=body)

    def _order_form(self, path: str, request: Mapping[str, object], files: Files) -> Answer:
        form = {name: str(value) for name, value in request.items()}
        return self._send(path, self._headers, form=form, files=files)

    def _send(self, path: str, headers: Mapping[str, str], **content: Any) -> Answer:
        # The answer is a picture: the client for pictures has the patience that one takes to make.
        return exchange(
            self._access.downloads,
            "POST",
            self._access.base_url + path,
            headers=headers,
            orders=True,
            max_bytes=MAX_PICTURE_JSON,
            deadline_s=ANSWER_SECONDS,
            **content,
        )


def recorded(path: str, rows: Sequence[Conversion]) -> dict[str, object]:
    """What is sent, for the record: prompt left out, references as digests."""
    return {"endpoint": path, **members(rows)}


def data_list(order: Order, member: str) -> dict[str, object]:
    """The reference pictures as data addresses in one member, none without pictures."""
    contents = references.contents(order)
    return {member: [references.data_uri(content) for content in contents]} if contents else {}


def order_mark(order: Order) -> str:
    """32 hex digits that name this order and no other: the same for every attempt at it, since the generation's id
    decides everything that is bought."""
    wanted = order.generation
    return hashlib.sha256(f"{wanted.id}:{wanted.seed}".encode()).hexdigest()[:32]
