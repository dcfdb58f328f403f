"""What the history of verdicts promises, on both databases: nothing rewritten, and what is due found by an index."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, insert, select, text
from sqlalchemy.dialects import postgresql, sqlite

from colophon.catalog import SqlCatalog, pictures, standings
from colophon.catalog.asset_tables import AssetRow
from colophon.catalog.verdict_tables import StandingRow, VerdictRow
from colophon.domain.asset import Asset, Rendition
from colophon.domain.finding import findings_digest
from colophon.domain.history import Cause, Due, Grounds, Judged, Occasion, Scope, Standing
from colophon.domain.provenance import Provenance, ProvenanceState
from colophon.domain.record import Publication
from colophon.errors import InvalidInput, NotFound

Maker = Any
NOW = datetime(2027, 3, 4, 5, 6, 7, 890123, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
ALL = Scope()


def _under(make: Maker, policy: str = "p1", **changes: Any) -> Provenance:
    found: Provenance = replace(make.provenance(), policy={"name": "default", "version": "1", "digest": policy})
    return replace(found, **changes)


def _due(provenance: Provenance, now: datetime = NOW) -> Due:
    return Due(Grounds.of(provenance), now)


def _asset(catalog: SqlCatalog, make: Maker, provenance: Provenance, *, campaign: str = "mugs") -> Asset:
    made = make.asset(campaign=campaign)
    return catalog.assets.add(made, provenance=provenance, findings=(), judgement=make.judgement(count=0), now=NOW)


def _again(catalog: SqlCatalog, file: Asset | Rendition, provenance: Provenance, now: datetime = LATER) -> Any:
    judged = Judged(file.id, None, provenance) if isinstance(file, Asset) else Judged(file.asset, file.id, provenance)
    [change] = catalog.verdicts.record([judged], occasion=Occasion.AGAIN, now=now)
    return change


def _subjects(found: Any) -> list[str]:
    return [standing.subject for standing in found]


def test_a_history_begins_at_ingest_and_at_signing(catalog: SqlCatalog, make: Maker) -> None:
    provenance = _under(make, holds_until=LATER)
    asset = _asset(catalog, make, provenance)
    rendition = catalog.assets.add_rendition(make.rendition(asset), provenance=provenance, now=NOW)
    first, second = catalog.verdicts.history(asset.id)
    assert {(v.rendition, v.occasion) for v in (first, second)} == {
        (None, Occasion.INGEST),
        (rendition.id, Occasion.SIGN),
    }
    for verdict in (first, second):
        assert verdict.provenance == provenance
        assert (verdict.judged_at, verdict.confirmed_at, verdict.change) == (NOW, NOW, None)
    assert set(catalog.verdicts.latest([asset.id, rendition.id, "asset_x"])) == {asset.id, rendition.id}


def test_registering_again_begins_no_second_history(catalog: SqlCatalog, make: Maker) -> None:
    asset = make.asset(campaign="outside")
    make.add(catalog, asset)
    make.add(catalog, asset)
    rendition = make.rendition(asset)
    for _ in range(2):
        catalog.assets.add_rendition(rendition, provenance=make.provenance(), now=NOW)
    assert len(catalog.verdicts.history(asset.id)) == 2


def test_old_verdicts_stay_and_a_restored_policy_gives_a_third(catalog: SqlCatalog, make: Maker) -> None:
    trusted = _under(make)
    asset = _asset(catalog, make, trusted)
    valid = _under(make, "p2", state=ProvenanceState.VALID, problems=("signingCredential.untrusted",))
    change = _again(catalog, asset, valid)
    assert (change.because, change.before, change.after) == (
        (Cause.POLICY,),
        ProvenanceState.TRUSTED,
        ProvenanceState.VALID,
    )
    assert change.problems_new == ("signingCredential.untrusted",)
    assert _again(catalog, asset, trusted, LATER + timedelta(days=1)).after is ProvenanceState.TRUSTED
    history = catalog.verdicts.history(asset.id)
    assert [v.provenance for v in history] == [trusted, valid, trusted]
    assert [v.occasion for v in history] == [Occasion.INGEST, Occasion.AGAIN, Occasion.AGAIN]
    assert history[1].change == change
    assert catalog.verdicts.latest([asset.id])[asset.id] == history[2]
    assert catalog.assets.provenance(asset.id) == trusted


def test_the_same_verdict_again_is_confirmed_and_not_appended(catalog: SqlCatalog, make: Maker) -> None:
    provenance = _under(make)
    asset = _asset(catalog, make, provenance)
    assert _again(catalog, asset, provenance) is None
    [only] = catalog.verdicts.history(asset.id)
    assert (only.occasion, only.judged_at, only.confirmed_at) == (Occasion.INGEST, NOW, LATER)


def test_the_same_answer_on_other_grounds_is_an_entry_without_parts(catalog: SqlCatalog, make: Maker) -> None:
    asset = _asset(catalog, make, _under(make))
    change = _again(catalog, asset, _under(make, "p2"))
    assert (change.because, change.parts) == ((Cause.POLICY,), ())
    assert len(catalog.verdicts.history(asset.id)) == 2


def test_each_publication_is_an_entry_of_its_own(catalog: SqlCatalog, make: Maker) -> None:
    provenance = _under(make)
    asset = _asset(catalog, make, provenance)
    rendition = catalog.assets.add_rendition(make.rendition(asset), provenance=provenance, now=NOW)
    judged = [Judged(asset.id, rendition.id, provenance)]
    for _ in range(2):
        [change] = catalog.verdicts.record(judged, occasion=Occasion.PUBLISH, now=LATER)
    assert change is None
    of_rendition = [v for v in catalog.verdicts.history(asset.id) if v.rendition]
    assert [(v.occasion, v.judged_at) for v in of_rendition] == [(Occasion.SIGN, NOW), (Occasion.PUBLISH, LATER)]


def test_all_of_a_batch_is_on_record_or_nothing(catalog: SqlCatalog, make: Maker) -> None:
    asset = _asset(catalog, make, _under(make))
    other = _under(make, "p2")
    with pytest.raises(NotFound):
        catalog.verdicts.record(
            [Judged(asset.id, None, other), Judged("asset_x", None, other)], occasion=Occasion.AGAIN, now=LATER
        )
    assert len(catalog.verdicts.history(asset.id)) == 1
    with pytest.raises(NotFound):
        catalog.verdicts.history("asset_x")


def test_due_is_what_rests_on_other_grounds_or_whose_time_has_come(catalog: SqlCatalog, make: Maker) -> None:
    present = _under(make)
    kept = _asset(catalog, make, present)
    ending = _asset(catalog, make, replace(present, holds_until=NOW + timedelta(hours=1)))
    others = [
        _asset(catalog, make, replace(present, **change))
        for change in ({"policy": {"digest": "p0"}}, {"lists": {"vendor": "x"}}, {"library": "c2pa 0"})
    ]
    unjudged = catalog.assets.add_rendition(make.rendition(kept), now=NOW)
    expected = {asset.id for asset in others} | {unjudged.id}
    for at, more in ((NOW, set()), (NOW + timedelta(hours=1), {ending.id})):
        due = _due(present, at)
        assert set(_subjects(catalog.verdicts.standings(ALL, due=due, limit=100))) == expected | more
        assert catalog.verdicts.count(ALL, due=due) == len(expected | more)
    assert catalog.verdicts.count(ALL) == 6
    assert _subjects(catalog.verdicts.standings(Scope((others[0].id, kept.id)), due=_due(present), limit=9)) == [
        *sorted([others[0].id]),
        unjudged.id,
    ]


def test_what_was_judged_is_due_no_more(catalog: SqlCatalog, make: Maker) -> None:
    old, present = _under(make, "p0"), _under(make, "p1")
    asset = _asset(catalog, make, old)
    _again(catalog, asset, present)
    assert list(catalog.verdicts.standings(ALL, due=_due(present, LATER), limit=9)) == []
    assert _subjects(catalog.verdicts.standings(ALL, due=_due(old, LATER), limit=9)) == [asset.id]


@pytest.mark.parametrize("due", [False, True])
def test_pages_give_every_file_once_also_while_they_are_judged(catalog: SqlCatalog, make: Maker, due: bool) -> None:
    present = _under(make)
    made = [_asset(catalog, make, _under(make, f"p{number % 5}")) for number in range(23)]
    wanted = _due(present) if due else None
    expected = {a.id for number, a in enumerate(made) if not due or number % 5 != 1}
    seen: list[str] = []
    last: Standing | None = None
    while page := catalog.verdicts.standings(ALL, due=wanted, limit=4, after=last):
        last = page[-1]
        seen += _subjects(page)
        for standing in page[:-1]:  # the last one could not be judged and stays where it is
            judged = [Judged(standing.asset, None, present)]
            catalog.verdicts.record(judged, occasion=Occasion.AGAIN, now=LATER)
    assert sorted(seen) == sorted(expected)


def test_a_standing_says_which_bytes_and_who_relies_on_them(catalog: SqlCatalog, make: Maker) -> None:
    asset = _asset(catalog, make, _under(make, state=ProvenanceState.NONE))
    rendition = replace(make.rendition(asset), manifest_sha256="ab" * 32)
    catalog.assets.add_rendition(rendition, now=NOW)
    assert list(catalog.verdicts.doubted(ALL, limit=9)) == []
    catalog.publications.open(
        Publication("pub_1", "mugs", rendition.id, "k", "https://cdn.example/k", rendition.sha256, NOW)
    )
    [of_rendition] = catalog.verdicts.doubted(ALL, limit=9)
    assert (of_rendition.sha256, of_rendition.manifest_sha256) == (rendition.sha256, "ab" * 32)
    assert (of_rendition.public, of_rendition.approved, of_rendition.state) == (True, False, None)
    catalog.assets.decide(make.decision(asset, findings_sha256=findings_digest(())))
    catalog.publications.close("pub_1", at=NOW)
    original, made = sorted(catalog.verdicts.doubted(ALL, limit=9), key=lambda s: s.rendition or "")
    assert (original.sha256, original.state, original.approved) == (asset.sha256, ProvenanceState.NONE, True)
    assert (made.public, made.approved, made.relied_on) == (False, True, True)
    _again(catalog, rendition, _under(make))
    _again(catalog, asset, _under(make, problems=()))
    [troubled] = catalog.verdicts.doubted(ALL, limit=9)
    assert (troubled.rendition, troubled.state) == (rendition.id, ProvenanceState.TRUSTED)
    _again(catalog, rendition, _under(make, problems=()))
    assert list(catalog.verdicts.doubted(ALL, limit=9)) == []


def test_a_scope_is_a_campaign_or_some_assets(catalog: SqlCatalog, make: Maker) -> None:
    mugs, caps = (_asset(catalog, make, _under(make), campaign=name) for name in ("mugs", "caps"))
    for scope, expected in ((Scope(campaign="caps"), [caps.id]), (Scope((mugs.id,)), [mugs.id])):
        assert _subjects(catalog.verdicts.standings(scope, limit=9)) == expected
        assert catalog.verdicts.count(scope) == 1
    for limit in (0, 1001):
        with pytest.raises(InvalidInput):
            catalog.verdicts.standings(ALL, limit=limit)


def _many(url: str, make: Maker, *, present: str, old: int, kept: int) -> None:
    """Standings at either side of the present grounds, and at them; three of these have ended."""
    blank = make.asset()
    rest = {"state": "approved", "outcome": "accept", "provenance": {}, "created_at": NOW}
    one = {"campaign": "mugs", "rendition": None, "verdict": None, "state": "trusted", "due_at": standings.NEVER}
    grounds = [("0" if number % 2 else "f") * 64 for number in range(old)] + [present] * kept
    rows = [
        {**one, "subject": f"a{number:06d}", "asset": f"a{number:06d}", "grounds": where}
        for number, where in enumerate(grounds)
    ]
    for row in rows[-3:]:
        row["due_at"] = NOW - timedelta(hours=1)
    assets = [{**pictures.asset_values(replace(blank, id=row["subject"])), **rest} for row in rows]
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(insert(AssetRow), assets)
        connection.execute(insert(StandingRow), rows)
        connection.execute(text("ANALYZE"))
    engine.dispose()


def test_ten_thousand_due_are_found_by_the_index_and_nothing_else_is_looked_at(
    catalog: SqlCatalog, url: str, make: Maker
) -> None:
    grounds = Grounds("p", "l", "c")
    _many(url, make, present=grounds.digest, old=10_000, kept=10_000)
    due = Due(grounds, NOW)
    assert catalog.verdicts.count(ALL, due=due) == 10_003
    page = catalog.verdicts.standings(ALL, due=due, limit=500)
    assert len({standing.subject for standing in page}) == 500
    for after in (None, page[-1]):
        for plan in _plans(url, standings.pages(ALL, due, 500, after)):
            assert "ix_standings_grounds_due_at_subject" in plan, plan
            for table in ("standings", "assets", "renditions"):
                assert f"SCAN {table}" not in plan, plan
            assert "Seq Scan on standings" not in plan, plan


def _plans(url: str, statements: Any) -> list[str]:
    sqlite_used = url.startswith("sqlite")
    dialect = sqlite.dialect() if sqlite_used else postgresql.dialect()  # type: ignore[no-untyped-call]
    engine = create_engine(url)
    plans = []
    with engine.connect() as connection:
        for statement in statements:
            written = statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
            explained = connection.execute(text(f"EXPLAIN {'QUERY PLAN' if sqlite_used else ''} {written}"))
            plans.append("\n".join(str(row[-1]) for row in explained))
    engine.dispose()
    return plans


def test_two_who_verify_the_same_files_append_each_verdict_once(catalog: SqlCatalog, make: Maker) -> None:
    assets = [_asset(catalog, make, _under(make)) for _ in range(20)]
    found = _under(make, "p2")

    def run(turned: bool) -> None:
        files = reversed(assets) if turned else assets
        judged = [Judged(asset.id, None, found) for asset in files]
        catalog.verdicts.record(judged, occasion=Occasion.AGAIN, now=LATER)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, [False, True, False, True]))
    assert [len(catalog.verdicts.history(asset.id)) for asset in assets] == [2] * 20


def test_grounds_and_time_are_columns_that_can_be_asked(catalog: SqlCatalog, url: str, make: Maker) -> None:
    """An auditor with plain SQL sees under what each verdict was reached."""
    provenance = _under(make, holds_until=LATER)
    asset = _asset(catalog, make, provenance)
    engine = create_engine(url)
    with engine.connect() as connection:
        row = connection.execute(select(VerdictRow.__table__).where(VerdictRow.__table__.c.asset == asset.id)).one()  # type: ignore[attr-defined]
    engine.dispose()
    grounds = Grounds.of(provenance)
    assert (row.state, row.policy, row.lists, row.library) == ("trusted", "p1", grounds.lists, "c2pa 0.91")
    assert row.holds_until == LATER
