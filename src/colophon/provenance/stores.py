"""The port of manifest stores: what is taken out of a picture is taken out in the limited child."""

from colophon.imaging import Confinement


class C2paStores:
    """Implements `colophon.ports.ManifestStores`."""

    def __init__(self, confined: Confinement) -> None:
        self._confined = confined

    def store_of(self, content: bytes) -> bytes | None:
        _, found = self._confined.call("manifest_store", {}, [content])
        return found[0] if found else None
