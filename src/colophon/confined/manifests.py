"""Reads C2PA manifests in the limited child: no network, bounded counts, plain facts out; judging is done outside."""

import base64
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import c2pa

from colophon.confined.manifest_facts import LimitError, Record, certificates, manifest_facts, statuses

MAX_MANIFESTS = 64
MAX_STORE_CHARS = 16_000_000  # of the library's JSON view
_MAX_MESSAGE = 300

# A picture of one pixel. An ancestor's signer is judged from its own manifest store beside any picture at all.
_STAND_IN = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)

_BINDINGS = ("assertion.dataHash.", "assertion.bmffHash.", "assertion.boxesHash.", "assertion.collectionHash.")


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


def read(parameters: dict[str, Any], blobs: Sequence[bytes]) -> tuple[Record, list[bytes]]:
    """Read ``blobs[0]`` (and a detached store in ``blobs[1]``) under ``anchors`` and ``ekus``.

    The answer's ``outcome`` is read, none, remote, unsupported, limits or error. With ``read`` there are the trimmed
    manifests, the library's statuses for the whole file, and for each manifest its own fresh statuses under all anchors
    (``fresh``), under each claim anchor together with the time-stamp anchors (``views``), and under the time-stamp
    anchors alone (``stamps_only``). Each ancestor is read from its own store, because in the whole file the library
    leaves out what some manifest has already recorded, and a record is only its signer's word.
    """
    media_type = sniff(blobs[0])
    if media_type is None:
        return _answer("unsupported", "not a PNG, JPEG, WebP or AVIF file"), []
    try:
        return _answer("read", "") | _read(media_type, blobs, parameters["anchors"], parameters["ekus"]), []
    except c2pa.C2paError.ManifestNotFound:
        return _answer("none", ""), []
    except c2pa.C2paError as error:
        text = str(error)
        return _answer("remote" if text.startswith("Remote") else "error", text), []
    except (RecursionError, LimitError) as error:
        return _answer("limits", str(error)), []


def _answer(outcome: str, message: str) -> Record:
    library = f"c2pa-python {c2pa.__version__} / c2pa-rs {c2pa.sdk_version()}"
    return {"outcome": outcome, "message": message[:_MAX_MESSAGE], "library": library}


def _read(media_type: str, blobs: Sequence[bytes], anchors: Sequence[Record], ekus: Sequence[str]) -> Record:
    stamps = [anchor for anchor in anchors if anchor["kind"] == "tsa"]
    claims = [anchor for anchor in anchors if anchor["kind"] != "tsa"]
    with _reader(media_type, blobs, anchors, ekus) as reader:
        store = _store(reader)
        signatures = certificates(_bounded(reader.crjson()))
        ancestors = _ancestors(reader, store)
    active = store.get("active_manifest")
    sources = {label: ("image/png", (_STAND_IN, own)) for label, own in ancestors.items() if label != active}
    sources |= {active: (media_type, blobs)} if active else {}

    def judged(under: Sequence[Record], labels: Sequence[str]) -> dict[str, list[list[str]]]:
        return {label: _own_statuses(label, *sources[label], under, ekus) for label in labels}

    fresh = judged(anchors, [label for label in sources if label != active])
    fresh |= {active: statuses(_active_only(store))} if active else {}
    # Under fewer anchors nobody can be trusted who is not trusted under all.
    known = [label for label, found in fresh.items() if any(s[1] == "signingCredential.trusted" for s in found)]
    views = {claims[0]["name"]: fresh} if len(claims) == 1 else {a["name"]: judged([a, *stamps], known) for a in claims}
    return {
        "state": store.get("validation_state"),
        "active": active,
        "manifests": {
            label: manifest_facts(manifest, signatures.get(label, {})) for label, manifest in store["manifests"].items()
        },
        "statuses": statuses(store),
        "fresh": fresh,
        "views": views,
        "stamps_only": judged(stamps, list(sources)) if stamps else {},
    }


def _reader(media_type: str, blobs: Sequence[bytes], anchors: Sequence[Record], ekus: Sequence[str]) -> c2pa.Reader:
    context = c2pa.Context.from_dict(context_settings(anchors, ekus))
    return c2pa.Reader(media_type, io.BytesIO(blobs[0]), *blobs[1:2], context=context)


def _bounded(text: str) -> str:
    if len(text) > MAX_STORE_CHARS:
        raise LimitError("the manifests are too large")
    return text


def _store(reader: c2pa.Reader) -> Record:
    store: Record = json.loads(_bounded(reader.json()))
    if len(store["manifests"]) > MAX_MANIFESTS:
        raise LimitError(f"more than {MAX_MANIFESTS} manifests")
    return store


def _ancestors(reader: c2pa.Reader, store: Record) -> dict[str, bytes]:
    """The manifest store of each ingredient that has one, by the label of its active manifest."""
    found: dict[str, bytes] = {}
    for manifest in store["manifests"].values():
        for ingredient in manifest.get("ingredients") or []:
            label, address = (
                ingredient.get("active_manifest"),
                (ingredient.get("manifest_data") or {}).get("identifier"),
            )
            if label and address and label not in found:
                target = io.BytesIO()
                reader.resource_to_stream(address, target)
                found[label] = target.getvalue()
    return found


def _own_statuses(
    label: str, media_type: str, blobs: Sequence[bytes], anchors: Sequence[Record], ekus: Sequence[str]
) -> list[list[str]]:
    """What is said afresh of this manifest alone. Whether an ancestor fits its picture cannot be known from here, so
    for a stand-in nothing is said about that."""
    with _reader(media_type, blobs, anchors, ekus) as reader:
        store = _store(reader)
    if store.get("active_manifest") != label:
        return []
    own = statuses(_active_only(store))
    return [s for s in own if blobs[0] is not _STAND_IN or not s[1].startswith(_BINDINGS)]


def _active_only(store: Record) -> Record:
    """The view without what it says about ingredients."""
    results = (store.get("validation_results") or {}).get("activeManifest") or {}
    return {**store, "validation_results": {"activeManifest": results}}
