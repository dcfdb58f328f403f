"""What was public of an asset, from when to when, and the evidence that it is gone, as pieces of the lineage graph."""

from collections.abc import Iterator

from colophon.domain.dossier import Dossier, TakenBack
from colophon.domain.lineage import EdgeKind, Node, NodeKind, facts, node_id
from colophon.domain.lineage_pieces import Piece, edge, moment
from colophon.domain.record import Publication
from colophon.domain.withdrawal import Sighting


def pieces_of_public(dossier: Dossier) -> Iterator[Piece]:
    taken_back = {each.withdrawal.publication: each for each in dossier.withdrawals}
    for publication in dossier.publications:
        yield from _publication(publication)
        back = taken_back.get(publication.id)
        if publication.published_until or back:
            yield from _withdrawal(publication, back)


def _publication(publication: Publication) -> Iterator[Piece]:
    own, ended = node_id(NodeKind.PUBLICATION, publication.id), publication.published_until
    yield Node(
        id=own,
        kind=NodeKind.PUBLICATION,
        name=publication.key,
        at=moment(publication.published_from),
        until=moment(ended),
        state="withdrawn" if ended else "public",
        sha256=publication.sha256,
        address=publication.address,
    )
    yield edge(EdgeKind.PUBLISHED_AS, node_id(NodeKind.RENDITION, publication.rendition), own)


def _withdrawal(publication: Publication, back: TakenBack | None) -> Iterator[Piece]:
    """Of publications that ended before evidence was kept there is only the end."""
    own = node_id(NodeKind.WITHDRAWAL, publication.id)
    known = back.withdrawal if back else None
    yield Node(
        id=own,
        kind=NodeKind.WITHDRAWAL,
        name=publication.key,
        at=moment(publication.published_until or (known.begun_at if known else None)),
        until=moment(known.gone_at) if known else None,
        state=_state(back),
        address=publication.address,
        facts=facts(
            {
                "why": known.why.value,
                "begun_at": moment(known.begun_at),
                "due_at": moment(known.due_at),
                "taken_down_at": moment(known.taken_down_at),
                "purged_at": moment(known.purged_at),
                "gone_at": moment(known.gone_at),
                "superseded_at": moment(known.superseded_at),
                "addresses": list(known.addresses),
            }
        )
        if known
        else {},
    )
    yield edge(EdgeKind.ENDED_BY, node_id(NodeKind.PUBLICATION, publication.id), own)
    if back:
        for number, sighting in back.seen:
            yield from _sighting(f"{back.withdrawal.id}/{number}", sighting, own)


def _state(back: TakenBack | None) -> str | None:
    if back is None:
        return None
    if back.withdrawal.superseded_at:
        return "public_again"
    return "gone" if back.withdrawal.gone_at else "not_proven_gone"


def _sighting(key: str, seen: Sighting, withdrawal: str) -> Iterator[Piece]:
    own = node_id(NodeKind.SIGHTING, key)
    yield Node(
        id=own,
        kind=NodeKind.SIGHTING,
        name=f"{seen.variant}: {seen.status or 'no answer'}",
        at=moment(seen.first_at),
        until=moment(seen.last_at),
        state="gone" if seen.gone else "no_answer" if seen.status is None else "not_gone",
        address=seen.address,
        facts=facts(
            {
                "variant": seen.variant,
                "status": seen.status,
                "headers": dict(seen.headers),
                "problem": seen.problem,
                "times": seen.times,
            }
        ),
    )
    yield edge(EdgeKind.SEEN_AS, withdrawal, own)
