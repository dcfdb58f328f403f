"""Lumenfall: a gateway of the OpenAI Images shape that takes seeds and a safety scale, and tells its price.

Contract: docs.lumenfall.ai and github.com/lumenfall-ai/agent-skill, as published up to October 2026. Members it does
not know go on to the maker of the picture, where they can fail: none is sent beyond those it documents.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from colophon.domain.conversion import Conversion
from colophon.domain.generation import Job, Order
from colophon.domain.money import Money
from colophon.providers import declared, references
from colophon.providers import sync_conversions as rows
from colophon.providers.answers import plain
from colophon.providers.http import Answer
from colophon.providers.openai_images import EDITS, GENERATIONS, form_files, form_members, form_path, form_references
from colophon.providers.sync_answers import Dialect, bought, dollars
from colophon.providers.sync_orders import AnsweredAtOnce, recorded

# When every maker behind the gateway failed, the answer is a 502, also when the failure was a refusal by policy.
DIALECT = Dialect(id_headers=("X-Lumenfall-Request-Id", "x-request-id"), policy_codes=frozenset({400, 422, 502}))


class LumenfallProvider(AnsweredAtOnce):
    """The gateway's OpenAI part. The picture is asked for by address, which lives about an hour: what is on record
    then outlives a crash between the order and the download."""

    def convert(self, order: Order) -> Sequence[Conversion]:
        self._access.check(order)
        route = self._access.route
        return (
            rows.model(route, order),
            declared.prompt("prompt"),
            rows.size_text(order),
            declared.seed(order, "seed"),
            declared.safety(route, order, "safety_tolerance"),
            declared.output_format(order, rows.FORMATS_WITH_WEBP, "output_format"),
            rows.delivery("url", "an address that lives about an hour"),
            form_references(order),
            rows.one_each("n"),
            declared.PROMPT_MAY_BE_REWRITTEN,
        )

    def wire_parameters(self, order: Order) -> dict[str, object]:
        return recorded(form_path(order), self.convert(order))

    def submit(self, order: Order) -> Job:
        """Order once; see `colophon.ports.Provider`."""
        contents = references.contents(order)
        request = form_members(order, self.convert(order))
        if contents:
            answer = self._order_form(EDITS, request, form_files(contents))
        else:
            answer = self._order(GENERATIONS, request)
        job = bought(answer, order, DIALECT, secrets=self._secrets, cost=stated_cost)
        return replace(job, model_reported=job.model_reported or _told(answer, "X-Lumenfall-Model"))


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
