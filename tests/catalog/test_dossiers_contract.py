"""Dossiers on both databases: a page of pictures with all of their rows, the same every time."""

import pytest

from colophon.catalog import SqlCatalog
from colophon.domain.counting import Counting
from colophon.domain.dossier import Dossier
from colophon.domain.finding import Outcome
from colophon.domain.identity import new_id
from colophon.domain.kept import KeptManifest
from colophon.domain.lineage import EdgeKind, NodeKind, kind_of
from colophon.domain.provenance import ProvenanceState
from colophon.domain.record import Publication
from colophon.errors import InvalidInput, NotFound
from colophon.services.lineage import asset_lineage, campaign_parts

from .conftest import NOW, Maker
from .lives import live


@pytest.fixture
def asset(catalog: SqlCatalog, make: Maker) -> str:
    """One of three wanted pictures became one, was approved, cut, published and withdrawn; one came from outside."""
    bought, *_ = make.planned(catalog, 3)
    make.delivered(catalog, bought)
    made = make.add(catalog, make.asset(bought), Outcome.HOLD)
    catalog.assets.decide(make.decision(made))
    rendition = make.rendition(made)
    kept = KeptManifest("urn:c2pa:1", "ab" * 32, made.id, rendition.id, ProvenanceState.TRUSTED)
    catalog.assets.add_rendition(rendition, now=NOW, manifest=kept, provenance=make.provenance())
    key, address = "mugs/a.jpg", "https://cdn.example/mugs/a.jpg"
    publication = Publication(new_id("pub", NOW), "mugs", rendition.id, key, address, rendition.sha256, NOW)
    catalog.publications.open(publication)
    catalog.publications.close(publication.id, at=NOW)
    make.add(catalog, make.asset())
    return made.id


def test_every_row_is_in_the_graph(catalog: SqlCatalog, asset: str) -> None:
    counting = Counting()
    for part in campaign_parts("mugs", dossiers=catalog.dossiers):
        counting.add(part)
    assert counting.counts.nodes == {
        "asset": 2, "attempt": 1, "check": 2, "decision": 1, "generation": 3, "manifest": 1, "money": 3, "original": 2,
        "person": 1, "publication": 1, "reference": 1, "rendition": 1, "request": 1, "revision": 1, "round": 2,
        "route": 1, "signer": 1, "vendor": 1, "verdict": 3, "withdrawal": 1,
    }  # fmt: skip
    assert counting.counts.money == {"USD": {"estimated": "0.05"}}


def test_an_asset_is_traced_from_the_brief_to_the_withdrawal(catalog: SqlCatalog, asset: str) -> None:
    graph = asset_lineage(asset, dossiers=catalog.dossiers)
    led = {(edge.kind, kind_of(edge.source), kind_of(edge.target)) for edge in graph.edges}
    assert led >= {
        (EdgeKind.OWNS, NodeKind.PERSON, NodeKind.REVISION),
        (EdgeKind.WANTS, NodeKind.VISUAL, NodeKind.GENERATION),
        (EdgeKind.REFERRED_TO, NodeKind.REFERENCE, NodeKind.GENERATION),
        (EdgeKind.ORDERED_BY, NodeKind.GENERATION, NodeKind.ATTEMPT),
        (EdgeKind.CARRIED, NodeKind.ROUTE, NodeKind.ATTEMPT),
        (EdgeKind.COST, NodeKind.ATTEMPT, NodeKind.MONEY),
        (EdgeKind.PLACED, NodeKind.ATTEMPT, NodeKind.REQUEST),
        (EdgeKind.DELIVERED, NodeKind.REQUEST, NodeKind.ORIGINAL),
        (EdgeKind.ACCEPTED_AS, NodeKind.ORIGINAL, NodeKind.ASSET),
        (EdgeKind.TESTED_BY, NodeKind.ASSET, NodeKind.CHECK),
        (EdgeKind.DECIDED_BY, NodeKind.ASSET, NodeKind.DECISION),
        (EdgeKind.CUT_INTO, NodeKind.ASSET, NodeKind.RENDITION),
        (EdgeKind.SIGNED, NodeKind.SIGNER, NodeKind.RENDITION),
        (EdgeKind.CARRIES, NodeKind.RENDITION, NodeKind.MANIFEST),
        (EdgeKind.JUDGED_BY, NodeKind.RENDITION, NodeKind.VERDICT),
        (EdgeKind.PUBLISHED_AS, NodeKind.RENDITION, NodeKind.PUBLICATION),
        (EdgeKind.ENDED_BY, NodeKind.PUBLICATION, NodeKind.WITHDRAWAL),
    }
    assert [node.id for node in graph.of(NodeKind.ASSET)] == [f"asset:{asset}"]
    assert len(graph.of(NodeKind.GENERATION)) == 1


def test_pages_follow_each_other(catalog: SqlCatalog, asset: str) -> None:
    whole = catalog.dossiers.bought("mugs", limit=500)
    pages: list[Dossier] = []
    after = None
    while page := catalog.dossiers.bought("mugs", limit=1, after=after):
        pages += page
        assert page[0].progress
        after = page[0].progress.generation.id
    assert pages == list(whole)
    assert [d.asset.id for d in whole if d.asset] == [asset]
    outside = catalog.dossiers.brought("mugs", limit=500)
    assert [d.progress for d in outside] == [None]


@pytest.mark.parametrize("limit", [0, 501])
def test_a_page_has_bounds(catalog: SqlCatalog, limit: int) -> None:
    with pytest.raises(InvalidInput):
        catalog.dossiers.bought("mugs", limit=limit)


def test_an_unknown_campaign_has_no_revisions(catalog: SqlCatalog) -> None:
    with pytest.raises(NotFound):
        catalog.dossiers.revisions("nobody")


def test_what_was_said_seen_and_found_again_is_in_the_graph(catalog: SqlCatalog, make: Maker) -> None:
    asset, _ = live(catalog, make)
    part = asset_lineage(asset, dossiers=catalog.dossiers)
    [comment] = part.of(NodeKind.COMMENT)
    assert (comment.facts, comment.at) == (
        {"by": "Ada", "text": "a little dark"},
        NOW.isoformat().replace("+00:00", "Z"),
    )
    first, again = part.of(NodeKind.ROUND)
    assert "same_as_round" not in first.facts
    assert again.facts["same_as_round"] == 1
    checks = {check.id for check in part.of(NodeKind.CHECK)}
    found = {(edge.source, edge.target) for edge in part.edges if edge.kind is EdgeKind.FOUND}
    assert found == {(when.id, check) for when in (first, again) for check in checks}
    withdrawals = part.of(NodeKind.WITHDRAWAL)
    sightings = part.of(NodeKind.SIGHTING)
    seen = {(edge.source, edge.target) for edge in part.edges if edge.kind is EdgeKind.SEEN_AS}
    assert {target for _, target in seen} == {each.id for each in sightings}
    assert {source for source, _ in seen} <= {each.id for each in withdrawals}
    assert {each.state for each in withdrawals} <= {"gone", "not_proven_gone", "public_again"}
    assert all("variant" in each.facts and each.address for each in sightings)


def test_who_started_a_run_is_told_until_it_is_erased(catalog: SqlCatalog, asset: str) -> None:
    def runs() -> list[tuple[str, str]]:
        parts = list(campaign_parts("mugs", dossiers=catalog.dossiers))
        people = {node.name for part in parts for node in part.of(NodeKind.PERSON)}
        found = [node for part in parts for node in part.of(NodeKind.RUN)]
        assert all(each.id == f"run:{each.facts['event']}" for each in found)
        return [(str(each.facts["by"]), "person" if each.facts["by"] in people else "") for each in found]

    assert runs() == []
    revision = catalog.orders.campaign("mugs").revision
    for name, source in (("Ada", "setting"), ("root", "system user")):
        catalog.events.note("run", "mugs", body={"revision": revision, "by_from": source}, by=name)
        catalog.events.note("run", "jugs", body={"revision": revision, "by_from": source}, by=name)
    assert runs() == [("Ada", "person"), ("root", "")]
    assert len([n for n in catalog.events.of_campaign("mugs") if catalog.events.event(n).draft.about == "log"]) == 2
    for subject in catalog.events.personal("root"):
        catalog.events.erase(subject)
    assert runs() == [("Ada", "person"), ("(erased)", "")]
