"""Taking one manifest out of a store, and stores that are none."""

import pytest

from colophon.domain.jumbf import only_manifest
from colophon.errors import ObjectCorrupt


def _box(kind: bytes, payload: bytes, *, long: bool = False) -> bytes:
    if long:
        return (1).to_bytes(4, "big") + kind + (16 + len(payload)).to_bytes(8, "big") + payload
    return (8 + len(payload)).to_bytes(4, "big") + kind + payload


def _description(label: str, toggles: int = 3) -> bytes:
    return _box(b"jumd", b"u" * 16 + bytes([toggles]) + label.encode() + b"\0")


def _manifest(label: str, content: bytes = b"claim", *, long: bool = False) -> bytes:
    return _box(b"jumb", _description(label) + _box(b"cbor", content), long=long)


def _store(*manifests: bytes) -> bytes:
    return _box(b"jumb", _description("c2pa") + b"".join(manifests))


def test_one_manifest_is_taken_out_whole() -> None:
    wanted = _manifest("urn:c2pa:two", b"x" * 300)
    store = _store(_manifest("urn:c2pa:one"), wanted, _manifest("urn:c2pa:three"))
    assert only_manifest(store, "urn:c2pa:two") == _store(wanted)


@pytest.mark.parametrize(
    "store",
    [
        b"",
        b"\0\0\0",
        b"not a store at all",
        _box(b"free", b"12345678"),
        _store(_manifest("urn:c2pa:other")),
        _store(_box(b"jumb", _description("urn:c2pa:one", toggles=0) + b"")),
        _store(_box(b"jumb", _box(b"cbor", b"x"))),
        _store(_box(b"jumb", b"")),
        _store(_box(b"jumb", _box(b"jumd", b"short"))),
        _store(_manifest("urn:c2pa:one"))[:-3],
        _store((4).to_bytes(4, "big") + b"jumb"),
        _store(_manifest("urn:c2pa:one", long=True)),
        _store(_manifest("urn:c2pa:one"), _manifest("urn:c2pa:one")),
        _store(_manifest("urn:c2pa:one")) + b"more",
        _store((1).to_bytes(4, "big") + b"jumb" + (2**63).to_bytes(8, "big")),
    ],
)
def test_what_is_no_store_of_it_is_corrupt(store: bytes) -> None:
    with pytest.raises(ObjectCorrupt):
        only_manifest(store, "urn:c2pa:one")
