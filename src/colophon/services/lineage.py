"""The lineage of a campaign, part by part, or of one asset, from the catalog."""

from collections.abc import Callable, Iterator, Sequence

from colophon.domain.dossier import Dossier
from colophon.domain.lineage import Joined, Lineage, NodeKind, joined, node_id
from colophon.domain.tracing import trace, trace_money, trace_revision
from colophon.domain.tracing_runs import trace_runs
from colophon.errors import NotFound
from colophon.ports import Dossiers

_PAGE = 20  # pictures, of some fifty records each: larger pages are no faster, and hold more memory


def campaign_parts(campaign: str, *, dossiers: Dossiers) -> Iterator[Lineage]:
    """Its revisions, then a part for each picture, in the order of their ids: as long as nothing was added, the same
    every time. Memory is bounded by a page, however large the campaign. Raises `NotFound`."""
    once = Joined()
    revisions = dossiers.revisions(campaign)
    for revision in revisions:
        yield once.new_in(trace_revision(revision))
    runs = dossiers.runs(campaign)
    if runs:
        yield once.new_in(trace_runs(campaign, runs))
    loose = dossiers.loose_money(campaign)
    if loose:
        yield once.new_in(trace_money(campaign, next(r.digest for r in revisions if r.newest), loose))
    for page in (dossiers.bought, dossiers.brought):
        for dossier in _every(campaign, page):
            yield once.new_in(trace(dossier))


def asset_lineage(asset: str, *, dossiers: Dossiers) -> Lineage:
    """From the revision that wants it now to its addresses. Raises `NotFound`."""
    dossier = dossiers.of_asset(asset)
    parts = [trace(dossier)]
    if dossier.progress:
        wanted = dossier.progress.generation
        try:
            revisions = dossiers.revisions(wanted.campaign)
        except NotFound:
            revisions = []
        grounds = [trace_revision(r) for r in revisions if r.digest == dossier.progress.revision]
        idea = node_id(NodeKind.VISUAL, f"{wanted.campaign}/{dossier.progress.revision}/{wanted.visual}")
        parts = [*(_only(ground, idea) for ground in grounds), *parts]
    return joined(parts)


def _only(part: Lineage, visual: str) -> Lineage:
    """A revision's part without the visuals that are not asked about."""
    left_out = {node.id for node in part.of(NodeKind.VISUAL)} - {visual}
    return Lineage(
        nodes=tuple(node for node in part.nodes if node.id not in left_out),
        edges=tuple(edge for edge in part.edges if edge.target not in left_out),
    )


def _every(campaign: str, page: Callable[..., Sequence[Dossier]]) -> Iterator[Dossier]:
    after: str | None = None
    while found := page(campaign, limit=_PAGE, after=after):
        yield from found
        last = found[-1]
        after = last.progress.generation.id if last.progress else last.asset.id if last.asset else None
