"""Manifest stores taken out of a picture by the library's own parser, in the limited child."""

import io
from collections.abc import Mapping, Sequence

import c2pa

from colophon.confined.manifests import context_settings, sniff
from colophon.confined.signatures import chains
from colophon.errors import ObjectCorrupt, PictureError

MAX_STORE_BYTES = 8 * 1024 * 1024


def store_of(content: bytes) -> bytes | None:
    """The manifest store inside a picture; None where it has none, only an address of one, or an unreadable one.

    Says nothing about whether it holds. Raises `PictureError` for one over `MAX_STORE_BYTES`.
    """
    media_type = sniff(content)
    if media_type is None:
        return None
    try:
        with c2pa.Reader(media_type, io.BytesIO(content), context=_context()) as reader:
            return _whole(reader) if reader.is_embedded() else None
    except c2pa.C2paError:
        return None


def manifest_store(parameters: Mapping[str, object], blobs: Sequence[bytes]) -> tuple[dict[str, object], list[bytes]]:
    """The confined function: the store of ``blobs[0]`` as the only blob, or no blob."""
    store = store_of(blobs[0])
    return {}, [] if store is None else [store]


def signing_chains(parameters: Mapping[str, object], blobs: Sequence[bytes]) -> tuple[dict[str, object], list[bytes]]:
    """The confined function: the certificates (DER, leaf first) that signed each manifest in ``blobs[0]``, one blob
    each; ``counts`` has the manifests' labels, the active one first, each with how many are its own."""
    store = store_of(blobs[0])
    try:
        found = chains(store) if store else {}
    except ObjectCorrupt:
        found = {}
    newest_first = list(reversed(found.items()))  # a store ends with its active manifest
    counts = [[label, len(chain)] for label, chain in newest_first]
    return {"counts": counts}, [der for _, chain in newest_first for der in chain]


def _context() -> c2pa.Context:
    return c2pa.Context.from_dict(context_settings([], ()))


def _whole(reader: c2pa.Reader) -> bytes | None:
    """The active manifest's store: it has all ancestors in it."""
    label = (reader.get_active_manifest() or {}).get("label")
    if not label:
        return None
    target = io.BytesIO()
    reader.resource_to_stream(label, target)
    store = target.getvalue()
    if len(store) > MAX_STORE_BYTES:
        raise PictureError(f"the manifests have over {MAX_STORE_BYTES} bytes", reason="too_large")
    return store
