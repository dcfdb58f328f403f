"""AI/ML API: one path for both ways of working, the model's name selects; the price comes with the answer.

Contract: github.com/aimlapi/api-docs (2026-08-21). Out of credits is 403 here. Failed requests are not charged, but
a 5xx does not prove that one failed.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from colophon.domain.conversion import Conversion, members
from colophon.domain.generation import Job, Order
from colophon.domain.money import Money
from colophon.errors import ProviderRefused
from colophon.providers import declared
from colophon.providers import sync_conversions as rows
from colophon.providers.http import Answer
from colophon.providers.sync_answers import Dialect, bought, dollars
from colophon.providers.sync_orders import AnsweredAtOnce, data_list, order_mark, recorded

PATH = "/images/generations"
REFERENCES = "image_urls"
CREDIT = Decimal(1) / 2_000_000  # US dollars; docs.aimlapi.com, "How can I track my funds"
DIALECT = Dialect(id_headers=("x-inference-id",), reasons={403: "payment"})


class AimlapiProvider(AnsweredAtOnce):
    """The picture comes as an address on the vendor's own host. ``X-Client-Request-Id`` is sent so that a person can
    name our order to the vendor."""

    def convert(self, order: Order) -> Sequence[Conversion]:
        self._access.check(order)
        route = self._access.route
        if order.generation.seed < 1:
            raise ProviderRefused(f"route {route.name} takes seeds from 1", reason="validation")
        return (
            rows.model(route, order),
            declared.prompt("prompt"),
            *rows.sides(order, inside="image_size"),
            declared.seed(order, "seed"),
            declared.safety(route, order, "safety_tolerance"),
            declared.output_format(order, rows.FORMATS_WITH_WEBP, "output_format"),
            declared.reference_list(order, REFERENCES, "as data addresses, in their order"),
            declared.VARIANTS,
            declared.PROMPT_MAY_BE_REWRITTEN,
        )

    def wire_parameters(self, order: Order) -> dict[str, object]:
        return recorded(PATH, self.convert(order))

    def submit(self, order: Order) -> Job:
        """Order once; see `colophon.ports.Provider`."""
        pictures = data_list(order, REFERENCES)
        request = {**members(self.convert(order)), "prompt": order.generation.prompt, **pictures}
        answer = self._order(PATH, request, {"X-Client-Request-Id": order_mark(order)})
        return bought(answer, order, DIALECT, secrets=self._secrets, cost=stated_cost)


def stated_cost(answer: Answer, body: Mapping[str, object]) -> tuple[Money | None, str]:
    """Dollars or credits of the headers, else the credits of the body, which has two names for them."""
    spent = answer.headers.get("x-aimlapi-usd-spent")
    if spent is not None:
        return dollars(spent)
    credits_used = answer.headers.get("x-aimlapi-credits-used")
    if credits_used is not None:
        return dollars(credits_used, CREDIT)
    meta = body.get("meta")
    usage = meta.get("usage") if isinstance(meta, dict) else None
    if not isinstance(usage, dict):
        return None, ""
    stated = usage.get("credits_used")
    return dollars(usage.get("tokens_used") if stated is None else stated, CREDIT)
