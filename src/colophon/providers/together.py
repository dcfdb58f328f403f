"""Together AI: the picture comes inside the answer, in base64 under another name than the one it is asked for by.

Contract: github.com/togethercomputer/openapi (2026-04-28) and docs.together.ai. Prompts are rewritten unless the
request says otherwise.
"""

from collections.abc import Sequence

from colophon.domain.conversion import Conversion, How, Parameter, members
from colophon.domain.generation import Job, Order
from colophon.providers import declared
from colophon.providers import sync_conversions as rows
from colophon.providers.sync_answers import Dialect, bought
from colophon.providers.sync_orders import AnsweredAtOnce, data_list, recorded

PATH = "/images/generations"
REFERENCES = "reference_images"
# 403 is a text that is too long, not an account without rights (docs.together.ai, error codes).
DIALECT = Dialect(id_member="id", reasons={403: "validation"})
_CHECKER = "this contract has one checker and no scale: we never switch it off"
_ADDRESSES = "as data addresses, in their order; the vendor documents addresses without saying of which kind"


class TogetherProvider(AnsweredAtOnce):
    """One endpoint for pictures from text and from references."""

    def convert(self, order: Order) -> Sequence[Conversion]:
        self._access.check(order)
        return (
            rows.model(self._access.route, order),
            declared.prompt("prompt"),
            *rows.sides(order),
            declared.seed(order, "seed"),
            Conversion(Parameter.SAFETY, How.REFUSED, note=_CHECKER),
            declared.output_format(order, rows.FORMATS, "output_format"),
            rows.delivery("base64", "the picture comes inside the answer, as b64_json"),
            declared.reference_list(order, REFERENCES, _ADDRESSES),
            rows.one_each("n"),
            Conversion(Parameter.REWRITING, How.RENAMED, "prompt_upsampling", False, "the prompt is used as it is"),
        )

    def wire_parameters(self, order: Order) -> dict[str, object]:
        return recorded(PATH, self.convert(order))

    def submit(self, order: Order) -> Job:
        """Order once; see `colophon.ports.Provider`."""
        pictures = data_list(order, REFERENCES)
        request = {**members(self.convert(order)), "prompt": order.generation.prompt, **pictures}
        return bought(self._order(PATH, request), order, DIALECT, secrets=self._secrets)
