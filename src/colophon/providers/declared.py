"""Rows of a declared conversion that several wire contracts share, and the request that is built from the rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from colophon.domain.conversion import Conversion, How, Parameter, members
from colophon.domain.generation import Order
from colophon.domain.placement import PictureFormat
from colophon.domain.route import Route
from colophon.errors import ProviderRefused
from colophon.providers import references

VARIANTS = Conversion(Parameter.VARIANTS, How.EMULATED, note="one order for each, with a seed of its own")
PROMPT_MAY_BE_REWRITTEN = Conversion(
    Parameter.REWRITING,
    How.REFUSED,
    note="it cannot be switched off here: the vendor may rewrite the prompt; the text used is kept when it is told",
)


def vendor_model(route: Route, order: Order) -> str:
    """The vendor's name for the order's model, the one for editing when there are references."""
    return route.vendor_model(order.generation.model, references=bool(references.digests(order)))


def model(route: Route, order: Order) -> Conversion:
    """The model as part of the address."""
    name = vendor_model(route, order)
    how = How.PASSED if name == order.generation.model else How.CONVERTED
    return Conversion(Parameter.MODEL, how, value=name, note="part of the address")


def prompt(member: str) -> Conversion:
    return Conversion(Parameter.PROMPT, How.PASSED, member)


def seed(order: Order, member: str) -> Conversion:
    return Conversion(Parameter.SEED, How.PASSED, member, order.generation.seed)


def safety(route: Route, order: Order, member: str) -> Conversion:
    """The step of our scale as the route's own table says it."""
    step = order.generation.safety
    if step not in route.safety:
        note = f"this route has no step for {step.value}: nothing is sent, and the vendor's own default holds"
        return Conversion(Parameter.SAFETY, How.REFUSED, note=note)
    return Conversion(Parameter.SAFETY, How.CONVERTED, member, route.safety[step])


def output_format(order: Order, names: Mapping[PictureFormat, str], member: str) -> Conversion:
    """Raises `ProviderRefused` for a format the contract has no word for."""
    wanted = order.output_format
    if wanted not in names:
        raise ProviderRefused(f"{wanted.value} is not a format this API makes", reason="validation")
    how = How.PASSED if names[wanted] == wanted.value else How.CONVERTED
    return Conversion(Parameter.FORMAT, how, member, names[wanted])


def reference_list(order: Order, member: str, note: str) -> Conversion:
    """References as one list in their order."""
    found = references.digests(order)
    return Conversion(Parameter.REFERENCES, How.CONVERTED, member, found or None, note=note)


def numbered_references(order: Order) -> list[Conversion]:
    """References as numbered members of raw base64."""
    slots = references.numbered_slots(len(references.digests(order))) or ["input_image"]
    found: list[str | None] = [*references.digests(order)] or [None]
    note = "raw base64, in their order; the first has no number"
    return [
        Conversion(Parameter.REFERENCES, How.CONVERTED, slot, digest, note=note)
        for slot, digest in zip(slots, found, strict=True)
    ]


def request(rows: Sequence[Conversion], contents: Mapping[str, object]) -> dict[str, Any]:
    """The request's members as declared, with the prompt and the references in the places declared for them. Raises
    ``ValueError`` for content without a declared place: what is not declared is not sent."""
    homeless = contents.keys() - {row.member for row in rows}
    if homeless:
        raise ValueError(f"not declared: {sorted(homeless)}")
    return members(_filled(rows, contents))


def _filled(rows: Iterable[Conversion], contents: Mapping[str, object]) -> Iterable[Conversion]:
    return (replace(row, value=contents[row.member]) if row.member in contents else row for row in rows)
