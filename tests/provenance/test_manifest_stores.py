"""Manifest stores, taken out of pictures."""

from collections.abc import Callable
from typing import Protocol

import pytest

from colophon.confined import Confined
from colophon.confined.stores import store_of
from colophon.domain.provenance import ManifestOrder
from colophon.provenance import C2paSigner

ORDER = ManifestOrder("stored", ({"action": "c2pa.transcoded"},))


class World(Protocol):
    def signer(self) -> C2paSigner: ...
    def original(self) -> bytes: ...


@pytest.mark.parametrize(("fmt", "kind"), [("png", "png"), ("jpeg", "jpeg"), ("webp", "webp"), ("avif", "avif")])
def test_the_store_in_a_file_is_the_one_that_was_signed(
    world: World, make_picture: Callable[..., bytes], fmt: str, kind: str
) -> None:
    signed = world.signer().sign(
        make_picture(fmt), f"image/{kind}", ORDER, parent=world.original(), parent_media_type="image/png"
    )
    assert store_of(signed.content) == signed.manifest


def test_a_picture_without_manifest_and_a_file_that_is_none_have_no_store(make_picture: Callable[..., bytes]) -> None:
    assert store_of(make_picture()) is None
    assert store_of(b"GIF89a, or so it says") is None


def test_the_confined_child_gives_the_store(world: World, make_picture: Callable[..., bytes]) -> None:
    confined = Confined(1)
    try:
        assert confined.call("manifest_store", {}, [make_picture()])[1] == []
        [store] = confined.call("manifest_store", {}, [world.original()])[1]
    finally:
        confined.close()
    assert b"c2pa.signature" in store
