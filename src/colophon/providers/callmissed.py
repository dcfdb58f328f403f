"""CallMissed: pictures from text, inside the answer; the one vendor that takes a key for repeated orders.

Contract: docs.callmissed.com (image generation, errors), as published up to October 2026. Its guide lists no way to
send references, no safety scale and no choice of format.
"""

from collections.abc import Sequence

from colophon.domain.conversion import Conversion, How, Parameter, members
from colophon.domain.generation import Job, Order
from colophon.errors import OutcomeUnknown
from colophon.providers import declared
from colophon.providers import sync_conversions as rows
from colophon.providers.sync_answers import Dialect, bought
from colophon.providers.sync_orders import AnsweredAtOnce, order_mark, recorded

PATH = "/images/generations"
DIALECT = Dialect()
_NO_SCALE = "this contract has no scale: the vendor's own rules hold"
_FORMAT = "the vendor sends PNG or JPEG, by model; what comes is recorded as what it is"


class CallMissedProvider(AnsweredAtOnce):
    """The key is the same for every attempt at one order: where an earlier one was taken after all, the vendor
    answers with its picture and does not bill a second one."""

    def convert(self, order: Order) -> Sequence[Conversion]:
        self._access.check(order)
        return (
            rows.model(self._access.route, order),
            declared.prompt("prompt"),
            rows.size_text(order),
            declared.seed(order, "seed"),
            Conversion(Parameter.SAFETY, How.REFUSED, note=_NO_SCALE),
            Conversion(Parameter.FORMAT, How.REFUSED, note=_FORMAT),
            rows.delivery("b64_json", "the picture comes inside the answer"),
            Conversion(Parameter.REFERENCES, How.REFUSED, note="this vendor takes none"),
            rows.one_each("n"),
            declared.PROMPT_MAY_BE_REWRITTEN,
        )

    def wire_parameters(self, order: Order) -> dict[str, object]:
        return recorded(PATH, self.convert(order))

    def submit(self, order: Order) -> Job:
        """Order once; see `colophon.ports.Provider`."""
        request = {**members(self.convert(order)), "prompt": order.generation.prompt}
        answer = self._order(PATH, request, {"Idempotency-Key": order_mark(order)})
        if answer.status == 409:
            # The vendor has an order under this very key: an earlier attempt, sent before a setting was changed.
            raise OutcomeUnknown(
                "the vendor has an earlier order for this picture with other settings; it may have been billed",
                reason="upstream_transient",
            )
        return bought(answer, order, DIALECT, secrets=self._secrets)
