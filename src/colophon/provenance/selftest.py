"""Signs and reads one small picture in every format: the wiring of key, policy and library, tried before it matters."""

import io

import c2pa
from PIL import Image

from colophon.domain.placement import PictureFormat
from colophon.domain.provenance import ManifestOrder
from colophon.errors import Problem, SigningError
from colophon.ports import ManifestReader, ManifestSigner

OLDEST_LIBRARY = (0, 91, 0)  # earlier releases of c2pa-rs accept forged files

_PILLOW = {f: "jpeg" if f is PictureFormat.JPEG else f.value for f in PictureFormat}


def self_test(signer: ManifestSigner, reader: ManifestReader) -> list[Problem]:
    """Everything that keeps signatures made here from being read here as trusted; empty when all is well.

    The small parent is itself unsigned, so ``policy.parent-unsigned`` is what a sound reader must say of it.
    """
    problems = [*_library_problems()]
    for fmt in PictureFormat:
        try:
            problems += _try(signer, reader, fmt)
        except SigningError as error:
            problems.append(Problem("signing", f"{fmt.value}: {error.message}; {error.hint}"))
    return problems


def _library_problems() -> list[Problem]:
    text = str(c2pa.sdk_version())
    numbers = tuple(int(part) for part in text.split("-")[0].split(".") if part.isdigit())
    if numbers >= OLDEST_LIBRARY:
        return []
    return [Problem("library", "c2pa-rs is too old to be relied on", found=text, allowed="0.91.0 or later")]


def _try(signer: ManifestSigner, reader: ManifestReader, fmt: PictureFormat) -> list[Problem]:
    picture = _picture(fmt)
    order = ManifestOrder("self-test", ({"action": "c2pa.transcoded"},))
    parent, kind = _picture(PictureFormat.PNG), PictureFormat.PNG.media_type
    signed = signer.sign(picture, fmt.media_type, order, parent=parent, parent_media_type=kind)
    verdict = reader.read(signed.content)
    found = ", ".join((verdict.state.value, *verdict.problems))
    if verdict.state.value == "trusted" and verdict.problems == ("policy.parent-unsigned",):
        return []
    message = f"{fmt.value}: a picture signed here is not read back as trusted under policy {verdict.policy['name']}"
    return [Problem("self_test", message, found=found, allowed="trusted, with an unsigned parent")]


def _picture(fmt: PictureFormat) -> bytes:
    target = io.BytesIO()
    Image.linear_gradient("L").resize((64, 64)).convert("RGB").save(target, _PILLOW[fmt])
    return target.getvalue()
