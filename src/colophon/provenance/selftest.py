"""Signs and reads one small picture in every format: the wiring of key, policy and library, tried before it matters."""

import io

from PIL import Image

from colophon.domain.placement import PictureFormat
from colophon.domain.provenance import ManifestOrder, Provenance
from colophon.errors import Problem, SigningError, SigningUnavailable
from colophon.ports import ManifestReader
from colophon.provenance.signer import C2paSigner

_PILLOW = {f: "jpeg" if f is PictureFormat.JPEG else f.value for f in PictureFormat}


def self_test(signer: C2paSigner, reader: ManifestReader) -> list[Problem]:
    """Everything that keeps signatures made here from being read here as trusted; empty when all is well. One of them
    is time-stamped, where the signer stamps at all.

    The small parent is itself unsigned, so ``policy.parent-unsigned`` is what a sound reader must say of it. Raises
    `SigningUnavailable` when a service is out of reach: that says nothing about the wiring.
    """
    problems, plain = list[Problem](), signer.without_stamps()
    for number, fmt in enumerate(PictureFormat):
        try:
            problems += _try(plain if number else signer, reader, fmt)
        except SigningUnavailable:
            raise
        except SigningError as error:
            problems.append(Problem("signing", f"{fmt.value}: {error.message}; {error.hint}"))
    return problems


def require_self_test(signer: C2paSigner, reader: ManifestReader) -> None:
    """Raises `SigningError` with every problem of `self_test`, and what that raises."""
    if problems := self_test(signer, reader):
        raise SigningError(
            f"signing does not work here: {problems[0].message}",
            hint="`colophon doctor` says more; certificate, key and trust policy must belong together",
            problems=problems,
        )


def stamp_verdict(signer: C2paSigner, reader: ManifestReader) -> str:
    """What the reader says of the time stamp on a picture signed now: trusted, untrusted, invalid or absent. Raises
    `SigningError`."""
    return _read_back(signer, reader, PictureFormat.PNG).timestamp


def _try(signer: C2paSigner, reader: ManifestReader, fmt: PictureFormat) -> list[Problem]:
    verdict = _read_back(signer, reader, fmt)
    found = ", ".join((verdict.state.value, *verdict.problems))
    if verdict.state.value == "trusted" and verdict.problems == ("policy.parent-unsigned",):
        return []
    message = f"{fmt.value}: a picture signed here is not read back as trusted under policy {verdict.policy['name']}"
    return [Problem("self_test", message, found=found, allowed="trusted, with an unsigned parent")]


def _read_back(signer: C2paSigner, reader: ManifestReader, fmt: PictureFormat) -> Provenance:
    order = ManifestOrder("self-test", ({"action": "c2pa.transcoded"},))
    parent, kind = _picture(PictureFormat.PNG), PictureFormat.PNG.media_type
    signed = signer.sign(_picture(fmt), fmt.media_type, order, parent=parent, parent_media_type=kind)
    return reader.read(signed.content)


def _picture(fmt: PictureFormat) -> bytes:
    target = io.BytesIO()
    Image.linear_gradient("L").resize((64, 64)).convert("RGB").save(target, _PILLOW[fmt])
    return target.getvalue()
