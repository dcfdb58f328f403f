"""What is taken out of a picture is taken out in the limited child: manifest stores, and the certificates in them."""

from itertools import islice

from colophon.imaging import Confinement


class C2paStores:
    """Implements `colophon.ports.ManifestStores`."""

    def __init__(self, confined: Confinement) -> None:
        self._confined = confined

    def store_of(self, content: bytes) -> bytes | None:
        _, found = self._confined.call("manifest_store", {}, [content])
        return found[0] if found else None


def signing_chains(content: bytes, confined: Confinement) -> dict[str, list[bytes]]:
    """The certificates (DER, leaf first) that signed each manifest in a picture, by label, the active one first. Who
    may be believed is another question. Raises `PictureError`."""
    answer, found = confined.call("signing_chains", {}, [content])
    rest = iter(found)
    return {str(label): list(islice(rest, int(count))) for label, count in answer["counts"]}
