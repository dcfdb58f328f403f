"""Lumenfall: a gateway of the OpenAI Images shape that takes seeds and a safety scale, and tells its price.

Contract: docs.lumenfall.ai and github.com/lumenfall-ai/agent-skill, as published up to October 2026. Members it does
not know go on to the maker of the picture, where they can fail: none is sent beyond those it documents.
"""

from collections.abc import Mapping
from dataclasses import replace

from colophon.domain.conversion import Conversion
from colophon.domain.generation import Job, Order
from colophon.domain.money import Money
from colophon.providers import declared
from colophon.providers import sync_conversions as rows
from colophon.providers.answers import plain
from colophon.providers.http import Answer
from colophon.providers.openai_images import OpenAIImagesProvider
from colophon.providers.sync_answers import Dialect, bought, dollars

# When every maker behind the gateway failed, the answer is a 502, also when the failure was a refusal by policy.
DIALECT = Dialect(id_headers=("X-Lumenfall-Request-Id", "x-request-id"), policy_codes=frozenset({400, 422, 502}))


class LumenfallProvider(OpenAIImagesProvider):
    """The gateway's OpenAI part. The picture is asked for by address, which lives about an hour: what is on record
    then outlives a crash between the order and the download."""

    def submit(self, order: Order) -> Job:
        """Order once; see `colophon.ports.Provider`."""
        answer = self._answer(order)
        job = bought(answer, order, DIALECT, secrets=self._secrets, cost=stated_cost)
        return replace(job, model_reported=job.model_reported or _told(answer, "X-Lumenfall-Model"))

    def _seed(self, order: Order) -> Conversion:
        return declared.seed(order, "seed")

    def _safety(self, order: Order) -> Conversion:
        return declared.safety(self._access.route, order, "safety_tolerance")

    def _delivery(self) -> Conversion:
        return rows.delivery("url", "an address that lives about an hour")


def stated_cost(answer: Answer, body: Mapping[str, object]) -> tuple[Money | None, str]:
    """``metadata.cost`` in US dollars; 0 is a price like any other."""
    metadata = body.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("cost") is None:
        return None, ""
    if metadata.get("cost_currency", "USD") != "USD":
        return None, "The reported cost is in another currency than the route's and is not booked."
    return dollars(metadata["cost"])


def _told(answer: Answer, header: str) -> str | None:
    return plain(answer.headers.get(header, "")) or None
