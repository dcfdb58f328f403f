"""Candidates of any kind, made from a passing one by naming what differs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from colophon.domain.asked import Asked
from colophon.domain.asset import Asset, AssetState, Fingerprints, PictureFacts
from colophon.domain.measures import ColourArea, Measures
from colophon.domain.placement import PictureFormat
from colophon.domain.provenance import TRAINED_ALGORITHMIC_MEDIA, ChainLink, Provenance, ProvenanceState
from colophon.domain.route import Expected

ORDERED = Expected(("Vendor",), "flux-2-pro")


@dataclass(frozen=True)
class MadeCandidate:
    content: bytes
    asset: Asset
    provenance: Provenance
    ordered_size: tuple[int, int] | None
    expected: Expected | None = ORDERED
    asked: Asked | None = None


def make_measures(colours: tuple[ColourArea, ...] = (), **changes: Any) -> Measures:
    """Of a picture that is sharp and well exposed."""
    good = Measures(colours, sharpness=25.0, brightest=240.0, shadows=0.0, highlights=0.0)
    return replace(good, **changes)


def make_asset(**changes: Any) -> Asset:
    facts = PictureFacts(
        format=PictureFormat.PNG,
        width=1024,
        height=768,
        mode="RGB",
        frames=1,
        pixels_sha256="p" * 64,
        fingerprints=Fingerprints("f0f0f0f0f0f0f0f0", "0123456789abcdef"),
        deviation=42.0,
    )
    own = {name: changes.pop(name) for name in list(changes) if hasattr(facts, name) and name != "bytes"}
    asset = Asset("a1", "s" * 64, 1000, replace(facts, **own), "spring", "hero", 1, "g1", AssetState.HELD)
    return replace(asset, **changes)


def make_provenance(
    state: ProvenanceState = ProvenanceState.TRUSTED,
    problems: tuple[str, ...] = (),
    source_types: tuple[str, ...] = (TRAINED_ALGORITHMIC_MEDIA,),
    *,
    organisation: str | None = "Vendor",
    anchor: str | None = "vendor",
    model: str | None = "flux-2-pro",
) -> Provenance:
    link = ChainLink(
        "urn:c2pa:1", None, organisation, True, (), ("c2pa.created",), source_types, agent=model, anchor=anchor
    )
    return Provenance(
        state=state,
        integrity="intact",
        signer=None,
        timestamp="absent",
        signed_at=None,
        revocation="not_checked",
        claim={"vendor": organisation, "model": model},
        policy={"name": "default", "sha256": "0" * 64},
        library="test",
        chain=(link,) if state is not ProvenanceState.NONE else (),
        problems=problems,
    )


def make_candidate(
    asset: Asset | None = None,
    provenance: Provenance | None = None,
    ordered_size: tuple[int, int] | None = (1024, 768),
    expected: Expected | None = ORDERED,
    asked: Asked | None = None,
) -> MadeCandidate:
    papers = provenance or make_provenance()
    return MadeCandidate(b"bytes", asset or make_asset(), papers, ordered_size, expected, asked)


@pytest.fixture(scope="session")
def asset() -> Callable[..., Asset]:
    return make_asset


@pytest.fixture(scope="session")
def measures() -> Callable[..., Measures]:
    return make_measures


@pytest.fixture(scope="session")
def provenance() -> Callable[..., Provenance]:
    return make_provenance


@pytest.fixture(scope="session")
def candidate() -> Callable[..., MadeCandidate]:
    return make_candidate
