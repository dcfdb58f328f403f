"""Who started the runs of a campaign, as a part of the lineage graph."""

from collections.abc import Iterable, Iterator

from colophon.domain.dossier import RunStart
from colophon.domain.event import ERASED
from colophon.domain.lineage import EdgeKind, Lineage, Node, NodeKind, node_id
from colophon.domain.lineage_pieces import Piece, edge, graph, moment, person


def trace_runs(campaign: str, runs: Iterable[RunStart]) -> Lineage:
    """Who started what was done for each revision. A user of the system is named, and is no person of the graph."""
    return graph(piece for run in runs for piece in _run(campaign, run))


def _run(campaign: str, run: RunStart) -> Iterator[Piece]:
    own = node_id(NodeKind.RUN, str(run.number))
    yield Node(
        id=own,
        kind=NodeKind.RUN,
        name=f"run started by {run.by.name}",
        at=moment(run.at),
        facts={"by": run.by.name, "by_from": run.by.source, "event": run.number},
    )
    yield edge(EdgeKind.STARTED, node_id(NodeKind.REVISION, f"{campaign}/{run.revision}"), own)
    if run.by.source == "setting" and run.by.name != ERASED:
        yield from person(run.by.name)
        yield edge(EdgeKind.ACTED_IN, node_id(NodeKind.PERSON, run.by.name), own)
