"""The audit log on both databases: no write without its event, one chain however many write, and erasure."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, delete, text

from colophon.catalog import SqlCatalog, open_audited, open_catalog
from colophon.catalog.attesting import attest_all
from colophon.catalog.event_tables import EventRow
from colophon.catalog.guards import GUARDS, NOT_GUARDED
from colophon.catalog.tables import Row
from colophon.domain.audit import Disagreement
from colophon.domain.event import ERASED, FIRST_PREVIOUS, Event
from colophon.errors import Conflict, InvalidInput
from tests.catalog.conftest import NOW, Maker
from tests.catalog.lives import live


def problems(url: str) -> list[Disagreement]:
    with open_audited(url) as audit:
        found = [problem for _, page in audit.rows() for problem in page]
        found += [event for event in audit.events() if isinstance(event, Disagreement)]
        return [*found, *audit.texts(), *audit.money()]


def events(catalog: SqlCatalog) -> list[Event]:
    return list(catalog.events.page(limit=10_000))


def chain_holds(found: list[Event]) -> bool:
    previous = FIRST_PREVIOUS
    for number, event in enumerate(found, 1):
        if event.sequence != number or event.previous != previous or event.hash != event.counted_hash():
            return False
        previous = event.hash
    return True


def test_every_table_is_guarded_or_said_not_to_be() -> None:
    assert set(GUARDS) | NOT_GUARDED == set(Row.metadata.tables)
    assert not set(GUARDS) & NOT_GUARDED
    for guard in GUARDS.values():
        assert {*guard.tells, *guard.personal, *guard.passing} <= set(guard.table.c.keys())
        assert not set(guard.tells) & set(guard.personal), "an event would show what is personal"


def test_every_guarded_tables_writes_are_events(catalog: SqlCatalog, url: str, make: Maker) -> None:
    live(catalog, make)
    found = events(catalog)
    assert {event.draft.about for event in found} == {*GUARDS, *(["log"] if found[0].draft.about == "log" else [])}
    assert chain_holds(found)
    assert problems(url) == []


def test_a_campaigns_events_are_those_of_its_rows(catalog: SqlCatalog, make: Maker) -> None:
    live(catalog, make)
    people = {
        "accounts",
        "grants",
        "sessions",
        "known_browsers",
        "sign_in_links",
        "api_tokens",
        "sign_in_tries",
        "account_limits",
    }
    shared = {"issues", "log", "halts", *people}  # of no campaign
    of_mugs, of_jugs = (list(catalog.events.of_campaign(name)) for name in ("mugs", "jugs"))
    assert of_mugs == sorted(of_mugs)
    assert not set(of_mugs) & set(of_jugs)
    found = {event.sequence: event for event in events(catalog)}
    assert {found[number].draft.about for number in of_mugs} == set(GUARDS) - shared
    left = {event.draft.about for number, event in found.items() if number not in {*of_mugs, *of_jugs}}
    assert left <= shared
    assert [event.sequence for event in catalog.events.numbered(of_jugs)] == of_jugs
    assert catalog.events.of_campaign("mug") == []
    # What a plan that changed takes back is still of the campaign.
    again = make.generation("mugs")
    make.register(catalog, [again], brief=make.brief("mugs", title="mugs"), revision="rev-mugs")
    removed = [e.sequence for e in events(catalog) if e.draft.about == "wanted" and e.draft.kind == "removed"]
    assert removed
    assert set(removed) <= set(catalog.events.of_campaign("mugs"))


def test_what_changes_nothing_is_no_event(catalog: SqlCatalog, make: Maker) -> None:
    [generation] = make.planned(catalog)
    make.submitted(catalog, generation)
    before = catalog.events.size()
    later = NOW + timedelta(minutes=5)
    assert catalog.orders.claim("worker-2", until=later, now=later)
    catalog.orders.let_go("worker-2")
    make.register(catalog, [], brief=make.brief("other"))
    size = catalog.events.size()
    make.register(catalog, [], brief=make.brief("other"))
    assert before < size == catalog.events.size()
    assert {event.draft.about for event in catalog.events.page(after=before)} == {"campaigns", "revisions"}


def test_what_is_rolled_back_leaves_no_event(catalog: SqlCatalog, url: str, make: Maker) -> None:
    [generation] = make.planned(catalog, cap="0.04")
    before = catalog.events.size()
    with pytest.raises(Conflict):
        make.begin(catalog, generation, "0.05")
    assert catalog.events.size() == before
    assert problems(url) == []


def test_many_writers_make_one_chain(catalog: SqlCatalog, url: str, make: Maker) -> None:
    generations = make.planned(catalog, 24)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda generation: make.submitted(catalog, generation), generations))
    found = events(catalog)
    assert chain_holds(found)
    assert sum(event.draft.about == "attempts" for event in found) == 2 * len(generations)
    assert problems(url) == []


def test_rows_from_before_the_log_are_vouched_for_from_then_on(catalog: SqlCatalog, url: str, make: Maker) -> None:
    live(catalog, make)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(delete(EventRow))
        attest_all(connection, "0007", NOW)
    found = events(catalog)
    assert [event.draft.kind for event in found] == ["begun"] + ["genesis"] * (len(found) - 1)
    assert problems(url) == []
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE assets SET visual = 'rewritten by a step' WHERE id IN (SELECT min(id) FROM assets)")
        )
        attest_all(connection, "0012", NOW)
    assert [event.draft.kind for event in events(catalog)[len(found) :]] == ["upgraded", "migrated"]
    assert problems(url) == []
    engine.dispose()


def test_a_step_of_indexes_vouches_for_no_row(catalog: SqlCatalog, url: str, make: Maker) -> None:
    """It reads none, and what somebody changed by hand before it is found after it."""
    [asset, *_] = live(catalog, make)
    before = len(events(catalog))
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE assets SET visual = 'by hand' WHERE id = :asset"), {"asset": asset})
        for index in ("ix_generations_campaign_state_id_attempt", "ix_assets_generation_state"):
            connection.execute(text(f"DROP INDEX {index}"))
        connection.execute(text("CREATE INDEX ix_generations_campaign_state ON generations (campaign, state)"))
        connection.execute(text("CREATE TABLE kept AS SELECT * FROM known_browsers"))
        connection.execute(text("DROP TABLE known_browsers"))
        connection.execute(text("DROP TABLE day_tallies"))  # the step makes it again from the tallies
        connection.execute(text("UPDATE alembic_version SET version_num = '0017'"))
    open_catalog(url).close()
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO known_browsers SELECT * FROM kept"))
        connection.execute(text("DROP TABLE kept"))
    engine.dispose()
    assert [event.draft.kind for event in events(catalog)[before:]] == ["upgraded"]
    assert [(p.code, f"{p.kind}/{p.id}") for p in problems(url)] == [("row_differs", f"assets/{asset}")]


def test_personal_text_is_erased_and_the_log_still_holds(catalog: SqlCatalog, url: str, make: Maker) -> None:
    assets = live(catalog, make)
    [subject, *others] = [each for each in catalog.events.personal("Ada") if each.startswith("decisions/")]
    said = [event for event in events(catalog) if event.draft.about == "decisions"]
    assert all("Ada" not in str(event) and "looks right" not in str(event) for event in said)
    assert sorted(catalog.events.erase(subject)) == ["decided_by", "reason"]
    assert catalog.events.erase(subject) == []
    texts = [(each.by, each.reason) for asset in assets for each in catalog.assets.decisions(asset)]
    assert texts.count((ERASED, ERASED)) == 1
    assert problems(url) == []
    assert catalog.events.personal("Ada")
    assert subject not in catalog.events.personal("Ada")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE decisions SET decided_by = 'Eve' WHERE decided_by = :gone"), {"gone": ERASED})
    engine.dispose()
    assert [(p.code, f"{p.kind}/{p.id}") for p in problems(url)] == [("row_differs", subject)]
    assert others


def test_who_read_an_export_is_on_record_and_can_be_erased(catalog: SqlCatalog, url: str) -> None:
    read = catalog.events.note("export.read", "mugs", body={"format": "csv"}, by="Ada")
    assert "Ada" not in str(read)
    assert problems(url) == []
    [subject] = catalog.events.personal("Ada")
    assert catalog.events.erase(subject) == ["by"]
    assert catalog.events.personal("Ada") == []
    assert problems(url) == []
    with pytest.raises(InvalidInput):
        catalog.events.erase("assets/asset_1")


def test_the_events_of_some_rows_are_the_newest_of_theirs_in_order(catalog: SqlCatalog, make: Maker) -> None:
    live(catalog, make)
    asset = catalog.assets.page(limit=1)[0]
    rows = [("assets", asset.id), ("rounds", f"{asset.id}/1"), ("assets", "asset_none")]
    expected = [e for e in events(catalog) if (e.draft.about, e.draft.subject) in rows]
    assert len(expected) > 2
    assert list(catalog.events.of_rows(rows, limit=100)) == expected
    assert list(catalog.events.of_rows(rows, limit=2)) == expected[-2:]
    assert list(catalog.events.of_rows([], limit=2)) == []
