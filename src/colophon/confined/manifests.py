"""Reads C2PA manifests in the limited child: no network, bounded counts, plain facts out; judging is done outside."""

import base64
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import c2pa

from colophon.confined import vouching
from colophon.confined.manifest_facts import LimitError, Record, manifest_facts, statuses
from colophon.confined.signatures import chains
from colophon.domain.jumbf import only_manifest
from colophon.errors import ObjectCorrupt

MAX_MANIFESTS = 64
MAX_STORE_CHARS = 16_000_000  # of the library's JSON view
_MAX_MESSAGE = 300

# A picture of one pixel. A time stamp is judged from a manifest's own store beside any picture at all.
_STAND_IN = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


def sniff(content: bytes) -> str | None:
    """The media type by content, of the four formats this product reads."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp" and content[8:12] in (b"avif", b"avis", b"mif1"):
        return "image/avif"
    return None


def context_settings(anchors: Sequence[Mapping[str, Any]], ekus: Sequence[str]) -> Record:
    """Settings of the library with every network access off.

    ``anchors`` have ``name``, ``kind``, ``pem``, ``pins``. The purposes must stand at the top level: inside an
    anchor the library accepts and ignores them.
    """
    return {
        "trust": {"anchors": [_anchor(anchor) for anchor in anchors], "trust_config": "\n".join(ekus)},
        "verify": {
            "verify_after_reading": True,
            "verify_after_sign": True,
            "verify_trust": True,
            "verify_timestamp_trust": True,
            "remote_manifest_fetch": False,
            "ocsp_fetch": False,
        },
        "core": {"allowed_network_hosts": [], "allow_redirects": False},
    }


def _anchor(anchor: Mapping[str, Any]) -> Record:
    kind = "tsa" if anchor["kind"] == "tsa" else "manifest"
    pins = "\n".join(anchor["pins"])
    entry = {"trust_uri": f"urn:colophon:anchor:{anchor['name']}", "trust_kind": kind}
    # With pins the authority itself is left out, so that its other certificates mean nothing.
    return {**entry, "trust_anchors": pins, "allowed_list": pins} if pins else {**entry, "trust_anchors": anchor["pem"]}


@dataclass(frozen=True)
class Trust:
    """A policy made ready: the library's settings under all of it and under its time-stamp anchors alone, and the
    entries that can vouch for claim signers."""

    everything: c2pa.Context
    stamps: c2pa.Context
    entries: tuple[vouching.Entry, ...]
    purposes: tuple[str, ...]


def read(parameters: dict[str, Any], blobs: Sequence[bytes]) -> tuple[Record, list[bytes]]:
    """Read ``blobs[0]`` (and a detached store in ``blobs[1]``) under ``anchors`` and ``ekus`` as of ``at``.

    The answer's ``outcome`` is read, none, remote, unsupported, limits or error. With ``read`` there are the trimmed
    manifests with their signers and who vouches for them, the library's statuses for the whole file, and for each
    stamped manifest its own under the time-stamp anchors alone (``stamps``): the library would take any anchor for a
    stamp, and a record of what somebody else found is only that signer's word.
    """
    media_type = sniff(blobs[0])
    if media_type is None:
        return _answer("unsupported", "not a PNG, JPEG, WebP or AVIF file"), []
    try:
        trust = _trust(json.dumps([parameters["anchors"], parameters["ekus"]]))
        at = datetime.fromisoformat(parameters["at"])
        return _answer("read", "") | _read(media_type, blobs, trust, at), []
    except c2pa.C2paError.ManifestNotFound:
        return _answer("none", ""), []
    except c2pa.C2paError as error:
        text = str(error)
        return _answer("remote" if text.startswith("Remote") else "error", text), []
    except (RecursionError, LimitError) as error:
        return _answer("limits", str(error)), []


@lru_cache(maxsize=4)
def _trust(text: str) -> Trust:
    """A child reads many files under one policy; making it ready takes longer than reading a small one."""
    anchors, ekus = json.loads(text)
    stamps = [anchor for anchor in anchors if anchor["kind"] == "tsa"]
    return Trust(
        c2pa.Context.from_dict(context_settings(anchors, ekus)),
        c2pa.Context.from_dict(context_settings(stamps, ekus)),
        tuple(vouching.Entry(anchor) for anchor in anchors if anchor["kind"] != "tsa"),
        tuple(ekus),
    )


def _answer(outcome: str, message: str) -> Record:
    library = f"c2pa-python {c2pa.__version__} / c2pa-rs {c2pa.sdk_version()}"
    return {"outcome": outcome, "message": message[:_MAX_MESSAGE], "library": library}


def _read(media_type: str, blobs: Sequence[bytes], trust: Trust, at: datetime) -> Record:
    with c2pa.Reader(media_type, io.BytesIO(blobs[0]), *blobs[1:2], context=trust.everything) as reader:
        store = _store(reader)
        active, manifests = store.get("active_manifest"), store["manifests"]
        whole = _own_store(reader, active) if active else b""
    signers = _chains(whole)
    stamped = [label for label, manifest in manifests.items() if _stamp_time(manifest)]
    stamps = {label: _stamp_statuses(label, whole, trust) for label in stamped}
    judged = {label: _moment(manifests[label], stamps.get(label, []), at) for label in manifests}
    return {
        "state": store.get("validation_state"),
        "active": active,
        "manifests": {
            label: manifest_facts(
                manifest, vouching.signer(signers.get(label, ()), trust.entries, trust.purposes, judged[label])
            )
            for label, manifest in manifests.items()
        },
        "judged": {label: moment.isoformat() for label, moment in judged.items()},
        "statuses": statuses(store),
        "stamps": stamps,
    }


def _bounded(text: str) -> str:
    if len(text) > MAX_STORE_CHARS:
        raise LimitError("the manifests are too large")
    return text


def _store(reader: c2pa.Reader) -> Record:
    store: Record = json.loads(_bounded(reader.json()))
    if len(store["manifests"]) > MAX_MANIFESTS:
        raise LimitError(f"more than {MAX_MANIFESTS} manifests")
    return store


def _own_store(reader: c2pa.Reader, label: str) -> bytes:
    """The manifest with all its ancestors, as bytes, from the library's own parser."""
    target = io.BytesIO()
    reader.resource_to_stream(label, target)
    return target.getvalue()


def _chains(store: bytes) -> dict[str, list[bytes]]:
    try:
        return chains(store)
    except ObjectCorrupt:  # nobody is named, so nobody is vouched for
        return {}


def _stamp_time(manifest: Mapping[str, Any]) -> str | None:
    time = (manifest.get("signature_info") or {}).get("time")
    return time if isinstance(time, str) else None


def _stamp_statuses(label: str, whole: bytes, trust: Trust) -> list[list[str]]:
    """What is said of this manifest alone, where only the time-stamp anchors count."""
    try:
        own = only_manifest(whole, label)
    except ObjectCorrupt:
        return []
    with c2pa.Reader("image/png", io.BytesIO(_STAND_IN), own, context=trust.stamps) as reader:
        store = _store(reader)
    if store.get("active_manifest") != label:
        return []
    results = (store.get("validation_results") or {}).get("activeManifest") or {}
    own_statuses = statuses({**store, "validation_results": {"activeManifest": results}})
    return [status for status in own_statuses if status[1].startswith("timeStamp.")]


def _moment(manifest: Mapping[str, Any], stamps: Sequence[Sequence[str]], at: datetime) -> datetime:
    """When the signer has to have been good: at the time of a trusted stamp, else at the time asked for."""
    codes = {(filed, code) for filed, code, *_ in stamps}
    trusted = ("success", "timeStamp.trusted") in codes and not any(filed == "failure" for filed, _ in codes)
    try:
        stamp = datetime.fromisoformat(_stamp_time(manifest) or "") if trusted else at
    except ValueError:
        return at
    return stamp.astimezone(UTC) if stamp.tzinfo else at
