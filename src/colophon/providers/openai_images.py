"""The OpenAI Images shape as gateways offer it: generations as JSON, edits as a form with files.

Contract: github.com/openai/openai-openapi (2026-08-21). It knows neither seeds nor a safety scale; a route may say that
its gateway takes them as extra members.
"""

from collections.abc import Sequence

from colophon.domain.conversion import Conversion, How, Parameter, members
from colophon.domain.generation import Job, Order
from colophon.providers import declared, references
from colophon.providers import sync_conversions as rows
from colophon.providers.http import Answer, Files
from colophon.providers.sync_answers import Dialect, bought
from colophon.providers.sync_orders import AnsweredAtOnce, recorded

GENERATIONS = "/images/generations"
EDITS = "/images/edits"
DIALECT = Dialect()
_NO_SEED = "this contract has none: the same order gives another picture each time"
_NO_SCALE = "this contract has no scale: the gateway's own rules hold"


class OpenAIImagesProvider(AnsweredAtOnce):
    """One gateway of this shape. Pictures are asked for inside the answer, since nobody knows its delivery hosts."""

    def convert(self, order: Order) -> Sequence[Conversion]:
        self._access.check(order)
        return (
            rows.model(self._access.route, order),
            declared.prompt("prompt"),
            rows.size_text(order),
            self._seed(order),
            self._safety(order),
            declared.output_format(order, rows.FORMATS_WITH_WEBP, "output_format"),
            self._delivery(),
            form_references(order),
            rows.one_each("n"),
            declared.PROMPT_MAY_BE_REWRITTEN,
        )

    def wire_parameters(self, order: Order) -> dict[str, object]:
        return recorded(form_path(order), self.convert(order))

    def submit(self, order: Order) -> Job:
        """Order once; see `colophon.ports.Provider`."""
        return bought(self._answer(order), order, DIALECT, secrets=self._secrets)

    def _answer(self, order: Order) -> Answer:
        contents = references.contents(order)
        request = form_members(order, self.convert(order))
        if contents:
            return self._order_form(EDITS, request, form_files(contents))
        return self._order(GENERATIONS, request)

    def _delivery(self) -> Conversion:
        return rows.delivery("b64_json", "the picture comes inside the answer")

    def _seed(self, order: Order) -> Conversion:
        if "seed" in self._access.route.capabilities:
            return declared.seed(order, "seed")
        return Conversion(Parameter.SEED, How.REFUSED, note=_NO_SEED)

    def _safety(self, order: Order) -> Conversion:
        if self._access.route.safety:
            return declared.safety(self._access.route, order, "safety_tolerance")
        return Conversion(Parameter.SAFETY, How.REFUSED, note=_NO_SCALE)


def form_references(order: Order) -> Conversion:
    """Files of the form: one is ``image``, several are ``image[]`` each, as the contract's own client names them."""
    member = "image" if len(references.digests(order)) == 1 else "image[]"
    return declared.reference_list(order, member, "files of a form, in their order")


def form_path(order: Order) -> str:
    return EDITS if references.digests(order) else GENERATIONS


def form_members(order: Order, conversions: Sequence[Conversion]) -> dict[str, object]:
    """All members but the files."""
    told = [row for row in conversions if row.parameter is not Parameter.REFERENCES]
    return {**members(told), "prompt": order.generation.prompt}


def form_files(contents: Sequence[bytes]) -> Files:
    """The files under the names that `form_references` declares."""
    member = "image" if len(contents) == 1 else "image[]"
    return [(member, _file(place, content)) for place, content in enumerate(contents, start=1)]


def _file(place: int, content: bytes) -> tuple[str, bytes, str]:
    kind = references.media_type(content)
    return f"reference-{place}.{kind.partition('/')[2].replace('octet-stream', 'bin')}", content, kind
