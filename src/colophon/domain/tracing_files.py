"""The files of a dossier as pieces of the lineage graph: original, asset, renditions, manifests, verdicts."""

from collections.abc import Iterator

from colophon.domain.asset import Asset
from colophon.domain.dossier import Dossier, Made
from colophon.domain.history import RecordedVerdict
from colophon.domain.lineage import EdgeKind, Node, NodeKind, facts, node_id
from colophon.domain.lineage_pieces import Piece, edge, moment, request_id
from colophon.domain.tracing_public import pieces_of_public
from colophon.domain.tracing_review import pieces_of_review


def pieces_of_files(dossier: Dossier) -> Iterator[Piece]:
    subject = _subject(dossier)
    if subject is not None:
        yield from _original(dossier, subject)
    if dossier.asset:
        yield from _asset(dossier, dossier.asset)
        for made in dossier.renditions:
            yield from _rendition(made)
        yield from pieces_of_public(dossier)
        for verdict in dossier.verdicts:
            yield from _verdict(verdict)


def _original(dossier: Dossier, subject: tuple[str, str]) -> Iterator[Piece]:
    key, sha256 = subject
    own = node_id(NodeKind.ORIGINAL, key)
    asset = dossier.asset
    yield Node(
        id=own,
        kind=NodeKind.ORIGINAL,
        name="the vendor's bytes" if dossier.progress else "brought in from outside",
        at=moment(dossier.progress.ready_at if dossier.progress else dossier.accepted_at),
        sha256=sha256,
        bytes=asset.bytes if asset else None,
        media_type=asset.facts.format.media_type if asset else None,
    )
    delivered = [attempt for attempt in dossier.attempts if attempt.request_id and attempt.outcome == "delivered"]
    if delivered:
        yield edge(EdgeKind.DELIVERED, request_id(delivered[-1].generation, delivered[-1].number), own)
    elif dossier.progress:
        yield edge(EdgeKind.DELIVERED, node_id(NodeKind.GENERATION, key), own)
    yield from _manifests(dossier, own, None)


def _asset(dossier: Dossier, asset: Asset) -> Iterator[Piece]:
    own, made = node_id(NodeKind.ASSET, asset.id), asset.facts
    yield Node(
        id=own,
        kind=NodeKind.ASSET,
        name=f"{asset.visual}, variant {asset.variant}" if asset.visual else asset.id,
        at=moment(dossier.accepted_at),
        state=asset.state.value,
        sha256=asset.sha256,
        bytes=asset.bytes,
        media_type=made.format.media_type,
        facts=facts(
            {
                "campaign": asset.campaign,
                "visual": asset.visual,
                "variant": asset.variant,
                "width": made.width,
                "height": made.height,
                "format": made.format.value,
                "pixels_sha256": made.pixels_sha256,
                "phash": made.fingerprints.phash,
                "dhash": made.fingerprints.dhash,
                "synthetic_person": {True: "yes", False: "no", None: None}[asset.synthetic_person],
            }
        ),
    )
    yield edge(EdgeKind.ACCEPTED_AS, _original_id(dossier, asset), own)
    yield from pieces_of_review(dossier, asset.id)
    for made_ in dossier.renditions:
        yield from _manifests(dossier, node_id(NodeKind.RENDITION, made_.rendition.id), made_.rendition.id)


def _rendition(made: Made) -> Iterator[Piece]:
    r = made.rendition
    own, signer = node_id(NodeKind.RENDITION, r.id), node_id(NodeKind.SIGNER, r.signer)
    yield Node(id=signer, kind=NodeKind.SIGNER, name=r.signer)
    yield Node(
        id=own,
        kind=NodeKind.RENDITION,
        name=f"{r.placement} as {r.format.value}",
        at=moment(made.at),
        sha256=r.sha256,
        bytes=r.bytes,
        media_type=r.format.media_type,
        facts=facts(
            {
                "placement": r.placement,
                "format": r.format.value,
                "width": r.width,
                "height": r.height,
                "recipe": r.recipe,
                "encoder_quality": r.quality,
                "similarity": r.similarity,
                "floor": r.floor,
                "signer": r.signer,
                "detached_manifest_sha256": r.manifest_sha256,
                "locale": r.locale,
            }
        ),
    )
    yield edge(EdgeKind.CUT_INTO, node_id(NodeKind.ASSET, r.asset), own)
    yield edge(EdgeKind.SIGNED, signer, own)


def _manifests(dossier: Dossier, owner: str, rendition: str | None) -> Iterator[Piece]:
    for kept in dossier.manifests:
        if kept.rendition == rendition:
            own = node_id(NodeKind.MANIFEST, kept.label)
            yield Node(
                id=own,
                kind=NodeKind.MANIFEST,
                name=kept.label,
                state=kept.state.value,
                sha256=kept.sha256,
                media_type="application/c2pa",
            )
            yield edge(EdgeKind.CARRIES, owner, own)


def _verdict(verdict: RecordedVerdict) -> Iterator[Piece]:
    own, found = node_id(NodeKind.VERDICT, verdict.id), verdict.provenance
    signer = found.signer
    yield Node(
        id=own,
        kind=NodeKind.VERDICT,
        name=f"{verdict.occasion.value}: {found.state.value}",
        at=moment(verdict.judged_at),
        until=moment(verdict.confirmed_at),
        state=found.state.value,
        facts=facts(
            {
                "occasion": verdict.occasion.value,
                "integrity": found.integrity,
                "signer": signer.organisation if signer else None,
                "signer_trusted": signer.trusted if signer else None,
                "anchor": signer.anchor if signer else None,
                "certificate_sha256": signer.sha256 if signer else None,
                "timestamp": found.timestamp,
                "signed_at": moment(found.signed_at),
                "revocation": found.revocation,
                "claim": dict(found.claim),
                "problems": list(found.problems),
                "policy": dict(found.policy),
                "library": found.library,
                "chain": [link.label for link in found.chain],
            }
        ),
    )
    judged = (
        node_id(NodeKind.RENDITION, verdict.rendition) if verdict.rendition else node_id(NodeKind.ASSET, verdict.asset)
    )
    yield edge(EdgeKind.JUDGED_BY, judged, own)


def _subject(dossier: Dossier) -> tuple[str, str] | None:
    """The original's own key and digest; None where no bytes came."""
    if dossier.progress:
        sha256 = dossier.progress.original_sha256
        return (dossier.progress.generation.id, sha256) if sha256 else None
    return (dossier.asset.id, dossier.asset.sha256) if dossier.asset else None


def _original_id(dossier: Dossier, asset: Asset) -> str:
    return node_id(NodeKind.ORIGINAL, dossier.progress.generation.id if dossier.progress else asset.id)
