"""Azure AI Foundry's Black Forest Labs path: one request, and the picture in its answer.

Contract: MicrosoftDocs/azure-ai-docs, "Deploy and use FLUX models in Microsoft Foundry" (2026-03-23). The last part of
the path is not the model of the body, which is the deployment's name and the buyer's own to choose.
"""

from collections.abc import Sequence

from colophon.domain.conversion import Conversion, How, Parameter, members
from colophon.domain.generation import Job, Order
from colophon.providers import declared, references
from colophon.providers import sync_conversions as rows
from colophon.providers.sync_answers import Dialect, bought
from colophon.providers.sync_orders import AnsweredAtOnce, recorded

DIALECT = Dialect(id_headers=("apim-request-id", "x-request-id", "x-ms-request-id"))
_SNAPS = "pixels; the vendor snaps other multiples than 16 without a word, so none is sent"


class AzureProvider(AnsweredAtOnce):
    """One resource of the buyer's. Our names of the models are the paths', the route's those of the deployments."""

    def convert(self, order: Order) -> Sequence[Conversion]:
        self._access.check(order)
        route = self._access.route
        return (
            rows.model(route, order),
            declared.prompt("prompt"),
            *rows.sides(order, note=_SNAPS),
            declared.seed(order, "seed"),
            declared.safety(route, order, "safety_tolerance"),
            declared.output_format(order, rows.FORMATS, "output_format"),
            *declared.numbered_references(order),
            rows.one_each("num_images"),
            self._rewriting(),
        )

    def wire_parameters(self, order: Order) -> dict[str, object]:
        return recorded(_path(order), self.convert(order))

    def submit(self, order: Order) -> Job:
        """Order once; see `colophon.ports.Provider`."""
        contents = references.contents(order)
        slots = zip(references.numbered_slots(len(contents)), map(references.base64_text, contents), strict=True)
        request = {**members(self.convert(order)), "prompt": order.generation.prompt, **dict(slots)}
        answer = self._order(_path(order), request)
        return bought(answer, order, DIALECT, secrets=self._secrets)

    def _rewriting(self) -> Conversion:
        if "disable_pup" in self._access.route.capabilities:
            return Conversion(Parameter.REWRITING, How.CONVERTED, "disable_pup", True, "the prompt is used as it is")
        return declared.PROMPT_MAY_BE_REWRITTEN


def _path(order: Order) -> str:
    return f"/providers/blackforestlabs/v1/{order.generation.model}?api-version=preview"
