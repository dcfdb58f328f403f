"""A dossier as a part of the lineage graph: brief, generation, attempts, money; files are in `tracing_files`."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter

from colophon.domain.dossier import Dossier, Revision
from colophon.domain.lineage import Amount, EdgeKind, Lineage, Node, NodeKind, facts, node_id
from colophon.domain.lineage_pieces import Piece, attempt_id, edge, graph, moment, person, request_id, visual_id
from colophon.domain.record import Attempt, LedgerEntry, Progress
from colophon.domain.tracing_files import pieces_of_files

_PLAIN: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


def trace_revision(revision: Revision) -> Lineage:
    """The brief as it was registered, who owns it, and the visuals it asks for."""
    return graph(_revision(revision))


def trace_money(campaign: str, revision: str, entries: Iterable[LedgerEntry]) -> Lineage:
    """Money that belongs to no generation hangs on the revision."""
    owner = node_id(NodeKind.REVISION, f"{campaign}/{revision}")
    return graph(piece for entry in entries for piece in _money(entry, owner))


def trace(dossier: Dossier) -> Lineage:
    """Everything about one picture, from the visual that wanted it on."""
    return graph(_pieces(dossier))


def _pieces(dossier: Dossier) -> Iterator[Piece]:
    if dossier.progress:
        yield from _generation(dossier.progress)
        for attempt in dossier.attempts:
            yield from _attempt(attempt, dossier.progress)
        for entry in dossier.ledger:
            yield from _money(entry, _payer(entry, dossier))
    yield from pieces_of_files(dossier)


class _Part(BaseModel):
    """Of the canonical brief, what is told here: leniently, since a brief of years ago may have another shape."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)


class _Alt(_Part):
    text: str | None = None
    locales: dict[str, str] = {}


class _Visual(_Part):
    id: str
    prompt: str = ""
    alt: _Alt | None = None


class _Budget(_Part):
    cap: str | None = None
    currency: str | None = None


class _Disclosure(_Part):
    label: bool = False
    prompts: bool = False
    training: str | None = None


class _Brief(_Part):
    objective: str | None = None
    markets: tuple[str, ...] = ()
    visuals: tuple[_Visual, ...] = ()
    budget: _Budget = _Budget()
    disclosure: _Disclosure = _Disclosure()


def _revision(revision: Revision) -> Iterator[Piece]:
    brief = _Brief.model_validate_json(revision.brief)
    own = node_id(NodeKind.REVISION, f"{revision.campaign}/{revision.digest}")
    yield Node(
        id=own,
        kind=NodeKind.REVISION,
        name=revision.title,
        at=moment(revision.registered_at),
        state="newest" if revision.newest else "earlier",
        sha256=revision.digest,
        media_type="application/json",
        facts=facts(
            {
                "campaign": revision.campaign,
                "brand": revision.brand,
                "owner": revision.owner,
                "objective": brief.objective,
                "markets": list(brief.markets),
                "cap": brief.budget.cap,
                "currency": brief.budget.currency,
                "label_asked_for": brief.disclosure.label,
                "prompts_in_manifest": brief.disclosure.prompts,
                "training": brief.disclosure.training,
            }
        ),
    )
    if revision.owner:
        yield from person(revision.owner)
        yield edge(EdgeKind.OWNS, node_id(NodeKind.PERSON, revision.owner), own)
    for visual in brief.visuals:
        idea = visual_id(revision.campaign, revision.digest, visual.id)
        yield Node(id=idea, kind=NodeKind.VISUAL, name=visual.id, facts=facts(_said(visual)))
        yield edge(EdgeKind.ASKS_FOR, own, idea)


def _said(visual: _Visual) -> dict[str, JsonValue]:
    alt = visual.alt or _Alt()
    return {"prompt": visual.prompt, "alt": alt.text, "alt_locales": {**alt.locales}}


def _generation(progress: Progress) -> Iterator[Piece]:
    g = progress.generation
    own = node_id(NodeKind.GENERATION, g.id)
    for use in g.references:
        shown = node_id(NodeKind.REFERENCE, use.sha256)
        size: dict[str, JsonValue] = {"width": use.width, "height": use.height}
        yield Node(id=shown, kind=NodeKind.REFERENCE, name=use.sha256[:12], sha256=use.sha256, facts=size)
        yield edge(EdgeKind.REFERRED_TO, shown, own)
    yield Node(
        id=own,
        kind=NodeKind.GENERATION,
        name=f"{g.visual}, variant {g.variant}",
        at=moment(progress.submitted_at),
        state=progress.state.value,
        facts=facts(
            {
                "visual": g.visual,
                "variant": g.variant,
                "master": g.master,
                "width": g.width,
                "height": g.height,
                "route": g.route,
                "provider": progress.provider,
                "model": g.model,
                "model_reported": progress.model_reported,
                "seed": g.seed,
                "seed_reported": progress.seed_reported,
                "prompt": g.prompt,
                "prompt_used": progress.prompt_used,
                "safety": g.safety.value,
                "parameters": _PLAIN.validate_python(progress.parameters),
                "reference_roles": [use.role.value for use in g.references],
                "estimated_low": str(g.cost.low),
                "estimated_high": str(g.cost.high),
                "currency": g.cost.high.currency,
                "problem": progress.problem,
                "problem_code": progress.problem_code,
            }
        ),
    )
    yield edge(EdgeKind.WANTS, visual_id(g.campaign, progress.revision, g.visual), own)


def _attempt(attempt: Attempt, progress: Progress) -> Iterator[Piece]:
    own = attempt_id(attempt.generation, attempt.number)
    route = node_id(NodeKind.ROUTE, attempt.route)
    yield Node(id=route, kind=NodeKind.ROUTE, name=attempt.route)
    yield Node(
        id=own,
        kind=NodeKind.ATTEMPT,
        name=f"attempt {attempt.number} on {attempt.route}",
        at=moment(attempt.started_at),
        until=moment(attempt.ended_at),
        state=attempt.outcome or "under_way",
        facts=facts(
            {
                "model": attempt.model,
                "code": attempt.code,
                "problem": attempt.problem,
                "resolved_by": attempt.resolved_by,
                "reported_price": str(attempt.reported) if attempt.reported else None,
                "reported_currency": attempt.reported.currency if attempt.reported else None,
                "seconds": attempt.seconds,
            }
        ),
    )
    yield edge(EdgeKind.ORDERED_BY, node_id(NodeKind.GENERATION, attempt.generation), own)
    yield edge(EdgeKind.CARRIED, route, own)
    if attempt.request_id:
        newest = attempt.number == progress.attempt
        yield from _request(attempt, progress.provider if newest else None, progress.ready_at if newest else None)


def _request(attempt: Attempt, vendor: str | None, ready: datetime | None) -> Iterator[Piece]:
    own = request_id(attempt.generation, attempt.number)
    yield Node(
        id=own,
        kind=NodeKind.REQUEST,
        name=attempt.request_id or "",
        at=moment(attempt.started_at),
        until=moment(ready or attempt.ended_at),
        state=attempt.outcome,
        facts=facts({"provider_request_id": attempt.request_id, "model": attempt.model}),
    )
    yield edge(EdgeKind.PLACED, attempt_id(attempt.generation, attempt.number), own)
    if vendor:
        who = node_id(NodeKind.VENDOR, vendor)
        yield Node(id=who, kind=NodeKind.VENDOR, name=vendor)
        yield edge(EdgeKind.ACTED_IN, who, own)


def _money(entry: LedgerEntry, payer: str) -> Iterator[Piece]:
    own = node_id(NodeKind.MONEY, entry.id)
    yield Node(
        id=own,
        kind=NodeKind.MONEY,
        name=entry.kind,
        at=moment(entry.at),
        state=entry.basis.value,
        money=Amount(
            kind=entry.kind, amount=str(entry.amount), currency=entry.amount.currency, basis=entry.basis.value
        ),
        facts=facts({"day": entry.day.isoformat(), "route": entry.route, "model": entry.model}),
    )
    yield edge(EdgeKind.COST, payer, own)


def _payer(entry: LedgerEntry, dossier: Dossier) -> str:
    known = {attempt.number for attempt in dossier.attempts}
    if entry.attempt in known and entry.generation and entry.attempt is not None:
        return attempt_id(entry.generation, entry.attempt)
    return node_id(NodeKind.GENERATION, entry.generation or "")
