"""What vendors that answer an order with the picture make of its parameters: the rows only their contracts share."""

from colophon.domain.conversion import Conversion, How, Parameter
from colophon.domain.generation import Order
from colophon.domain.placement import PictureFormat
from colophon.domain.route import Route
from colophon.providers import declared

FORMATS = {PictureFormat.PNG: "png", PictureFormat.JPEG: "jpeg"}
FORMATS_WITH_WEBP = {**FORMATS, PictureFormat.WEBP: "webp"}


def model(route: Route, order: Order) -> Conversion:
    """The vendor's name for the model, as a member; with references it may be another one."""
    ours, name = order.generation.model, declared.vendor_model(route, order)
    return Conversion(Parameter.MODEL, How.PASSED if name == ours else How.CONVERTED, "model", name)


def size_text(order: Order) -> Conversion:
    """Both sides in one member, as ``1024x768``."""
    wanted = order.generation
    return Conversion(Parameter.SIZE, How.CONVERTED, "size", f"{wanted.width}x{wanted.height}", "pixels, as text")


def sides(order: Order, *, inside: str = "", note: str = "pixels") -> tuple[Conversion, Conversion]:
    """A member for each side; ``inside`` names the mapping that holds them."""
    wanted = order.generation
    how, prefix = (How.RENAMED, f"{inside}.") if inside else (How.PASSED, "")
    return (
        Conversion(Parameter.SIZE, how, f"{prefix}width", wanted.width, note),
        Conversion(Parameter.SIZE, how, f"{prefix}height", wanted.height, note),
    )


def delivery(value: str, note: str) -> Conversion:
    """How the picture travels, which these contracts ask beside its format."""
    return Conversion(Parameter.FORMAT, How.PASSED, "response_format", value, note)


def one_each(member: str) -> Conversion:
    """A vendor multiplies one seed in a way of its own, and bills each picture: we order one at a time, and say so."""
    return Conversion(Parameter.VARIANTS, How.EMULATED, member, 1, declared.VARIANTS.note)
