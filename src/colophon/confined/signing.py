"""Making one signed file with the C2PA library, in the process that has the key or in a child that is handed it.

Signing children are a pool of their own: they get only what the reading children have read before. They spread signing
over the cores, which threads do not: the library calls back into Python for every read and write of a stream.
"""

import io
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypedDict

import c2pa


class Work(TypedDict):
    """``settings`` are the library's, ``definition`` and ``ingredient`` what the manifest and its link to the parent
    say. ``detached``: the file stays as it is, and the manifest goes beside it."""

    settings: dict[str, Any]
    definition: dict[str, Any]
    ingredient: dict[str, str]
    media_type: str
    parent_media_type: str
    detached: bool


def make(native: c2pa.Signer, work: Work, content: bytes, parent: bytes) -> tuple[bytes, bytes]:
    """The signed file and its manifest store. Raises what the library raises."""
    target = io.BytesIO()
    # A context is cheap and lives for one call: it must not outlive a fork.
    context = c2pa.Context.from_dict(work["settings"])
    with c2pa.Builder(work["definition"], context=context) as builder:
        builder.add_ingredient(json.dumps(work["ingredient"]), work["parent_media_type"], io.BytesIO(parent))
        if work["detached"]:
            builder.set_no_embed()
        manifest = builder.sign(native, work["media_type"], io.BytesIO(content), target)
    return content if work["detached"] else target.getvalue(), manifest


def local_signer(algorithm: str, chain: str, key: str, stamp: str | None) -> c2pa.Signer:
    """The library's signer with a key in this process; ``stamp`` is the address of a time-stamp service."""
    stamps = stamp.encode() if stamp else None
    return c2pa.Signer.from_info(c2pa.C2paSignerInfo(algorithm.encode(), chain.encode(), key.encode(), stamps))


def sign(parameters: dict[str, Any], blobs: Sequence[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    """The confined function: ``work``, and ``algorithm``, ``chain``, ``key`` and ``stamp`` of the signer; the file and
    its parent. The result's ``problem`` is what the library says where there is no signature."""
    material = (parameters["algorithm"], parameters["chain"], parameters["key"])
    try:
        stamp = parameters["stamp"]
        native = local_signer(*material, stamp) if stamp else _plain_signer(*material)
        return {"problem": ""}, list(make(native, parameters["work"], blobs[0], blobs[1]))
    except (c2pa.C2paError, TypeError, ValueError) as error:
        return {"problem": str(error)[:300] or type(error).__name__}, []


@lru_cache(maxsize=1)
def _plain_signer(algorithm: str, chain: str, key: str) -> c2pa.Signer:
    """Kept: making one takes as long as signing a small file."""
    return local_signer(algorithm, chain, key, None)
