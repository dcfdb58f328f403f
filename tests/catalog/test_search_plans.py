"""How the databases answer over a catalog with statistics: no statement of a list, filter, search or sum reads a large
table from end to end."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from bench.million import fill
from colophon.catalog import SqlCatalog, totals
from colophon.catalog.database import Database
from colophon.domain.asset import AssetState
from colophon.domain.query import AssetQuery, parse_text
from colophon.services.discretion import Discretion
from colophon.services.resolve import unknown_view
from colophon.services.show import campaigns_view, waiting_view
from colophon.services.show_asset import asset_view
from colophon.services.show_campaign import live_view
from colophon.services.show_ledger import caps_view
from colophon.services.show_publications import publications_shown
from colophon.services.show_standing import campaign_page

ASSETS = 4000
SEARCHES = ("mug", "the -mug", "balaba* light", '"soft light"', "nowhere mug")
FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"brand": "Brand 0"},
    {"campaign": "campaign-00003", "state": AssetState.HELD},
    {"model": "seedream-4", "verdict": "invalid"},
    {"seed": 7},
    {"cost_min": 100_000},
    {"cost_min": 130_000, "brand": "Brand 0"},
    {"brands": frozenset({"Brand 0", "Brand 1"})},
    {"brands": frozenset({"Brand 1"}), "states": frozenset({AssetState.HELD, AssetState.CHECKED})},
    {"brands": frozenset({"Brand 0", "Brand 1"}), "cost_min": 130_000},
)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with _place(request, tmp_path_factory) as url:
        fill(url, ASSETS)
        database = Database(url)
        yield database
        database.close()


@contextmanager
def _place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        path: Path = tmp_path_factory.mktemp("filled") / "catalog.db"
        yield f"sqlite:///{path}"
        return
    own: Callable[[], AbstractContextManager[str]] = request.getfixturevalue("own_database")
    with own() as url:
        yield url


def _ask_everything(catalog: SqlCatalog) -> None:
    [last] = catalog.assets.page(limit=1)
    catalog.assets.page(limit=20, after=last.id, campaign=last.campaign)
    asset_view(last.id, catalog=catalog, address=str)
    for filters in FILTERS:
        [seen] = catalog.search.find(AssetQuery(brands=filters.get("brands")), limit=1)
        for words in (None, *SEARCHES):
            query = AssetQuery(text=parse_text(words) if words else None, **filters)
            catalog.search.find(query, limit=20)
            catalog.search.find(query, limit=20, after=seen.id)
    for back in (False, True):
        catalog.queue.waiting_after(last, limit=1, back=back)
    catalog.queue.variants(last, limit=200)
    catalog.queue.first_waiting(last.campaign)
    catalog.events.of_rows([("assets", last.id), ("generations", str(last.generation))], limit=10)
    catalog.orders.totals(since=date(2025, 3, 1), until=date(2025, 3, 31))
    catalog.orders.totals("campaign-00003")


def test_no_statement_reads_a_large_table_from_end_to_end(filled: Database) -> None:
    catalog = SqlCatalog(filled)
    scans: list[str] = []
    with _plans(filled, scans) as asked:
        _ask_everything(catalog)
    assert len(asked) > 100
    assert sorted(set(scans)) == []


def test_what_monitoring_asks_is_bounded_in_a_catalog_of_any_size(filled: Database) -> None:
    """PostgreSQL may walk the table of a state that most rows have: it stops where the count does. Of these tables the
    last four are empty here, and read by their keys or partial indexes elsewhere."""
    catalog = SqlCatalog(filled)
    scans: list[str] = []
    with _plans(filled, scans) as asked:
        counts = [catalog.gauges.generations(), catalog.gauges.assets(), catalog.gauges.verdicts()]
        catalog.gauges.public()
        catalog.gauges.newest_checkpoint()
        for delays in (catalog.delays.publications, catalog.delays.unpublished, catalog.delays.withdrawals):
            delays(since=datetime(2020, 1, 1, tzinfo=UTC))
        catalog.orders.recent_attempts(since=datetime(2027, 1, 1, tzinfo=UTC))
        catalog.orders.totals(since=date(2025, 3, 1), until=date(2025, 3, 1), by=("day", "route"))
        for ask in (catalog.withdrawals.unfinished, catalog.halts.active, catalog.halts.being_placed):
            ask()
        catalog.events.checkpointed()
        catalog.events.size()
    assert len(asked) > 20
    small = ("withdrawals", "halts", "checkpoints", "events")
    unbounded = [scan for scan in scans if "LIMIT" not in scan and not any(name in scan for name in small)]
    assert unbounded == []
    assert [sum(count.values()) for count in counts[:2]] == [ASSETS, ASSETS]
    assert sum(counts[2].values()) >= ASSETS


def test_what_pages_ask_is_a_bounded_number_of_bounded_statements(filled: Database) -> None:
    """Whatever there is: no brief is read to know a brand, no campaign is asked for one by one, and of a campaign's
    troubles, its money and what waits only a page."""
    catalog, slug, now = SqlCatalog(filled), "campaign-00003", datetime(2027, 1, 1, tzinfo=UTC)
    [last] = catalog.assets.page(limit=1)
    waiting = AssetQuery(states=frozenset({AssetState.HELD, AssetState.CHECKED}))
    clock, everything = _Stopped(now), Discretion(None, catalog.belonging)
    named = [f"looks like asset {each.id}" for each in catalog.assets.page(limit=50)]
    of_some = Discretion(frozenset({"Brand 0"}), catalog.belonging)
    asks: dict[str, tuple[int, Callable[[], object]]] = {
        "caps": (9, lambda: caps_view(None, [], catalog=catalog, today=date(2027, 1, 1), most=200)),
        "campaigns": (3, lambda: campaigns_view(catalog)),
        "waiting": (9, lambda: waiting_view(catalog.search.find(waiting, limit=50), now, reviews=catalog.reviews)),
        "unknown": (2, lambda: unknown_view(None, orders=catalog.orders, clock=clock)),
        "campaign": (30, lambda: live_view(slug, catalog=catalog, discretion=everything)),
        "campaign in parts": (30, lambda: campaign_page(slug, limit=50, catalog=catalog, address=str)),
        "publications": (4, lambda: publications_shown(slug, catalog=catalog)),
        "review list": (8, lambda: waiting_view(catalog.assets.waiting(limit=50), now, reviews=catalog.reviews)),
        "ledger": (2, lambda: catalog.orders.ledger_page(slug, limit=50, newest=True)),
        "pictures that findings name": (1, lambda: of_some.view({"all": named})),
        "brand of an asset": (1, lambda: catalog.belonging.of_asset(last.id)),
        "brand of a campaign": (1, lambda: catalog.belonging.of_campaign(slug)),
    }
    of_campaign = ("campaign", "campaign in parts")
    asks["caps"][1]()  # what brands' briefs say of money is remembered from the first time
    for name, (most, ask) in asks.items():
        scans: list[str] = []
        with _plans(filled, scans) as asked:
            ask()
        assert 1 <= len(asked) <= most, (name, len(asked))
        assert name in of_campaign or not any("canonical" in statement for statement in asked), name
        # A tenth of all pictures is this campaign's, and comments are few: PostgreSQL reads such tables whole.
        if filled.is_sqlite or name not in of_campaign:
            assert [scan for scan in scans if "LIMIT" not in scan and "Seq Scan on comments" not in scan] == [], name


@dataclass
class _Stopped:
    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing waits here")


@pytest.mark.parametrize("filled", ["sqlite"], indirect=True)
def test_late_orders_are_sought_among_those_that_wait_however_many_there_were(filled: Database) -> None:
    """SQLite knows no state's own share: joined with attempts, it rather walked through all of them by time."""
    plan: list[str] = []
    with _plans(filled, plan, every=True):
        SqlCatalog(filled).orders.late(before=datetime(2026, 11, 29, tzinfo=UTC))
    assert next(line.split(" ")[1] for line in plan if line.startswith(("SEARCH", "SCAN"))) == "generations", plan


def test_a_full_scan_would_be_seen(filled: Database) -> None:
    scans: list[str] = []
    with _plans(filled, scans), filled.reading() as session:
        session.execute(text("SELECT count(*) FROM cards WHERE state LIKE '%x%' AND brand LIKE '%y%'")).all()
    assert len(scans) == 1


@contextmanager
def _plans(database: Database, scans: list[str], *, every: bool = False) -> Iterator[list[str]]:
    """The plan of each statement, under the settings and values it is run with: its scans, or ``every`` line."""
    asked: list[str] = []

    def explained(_: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "WITH")):
            return
        asked.append(statement)
        other = cursor.connection.cursor()
        prefix = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
        plan = [str(row[-1]) for row in other.execute(prefix + statement, parameters).fetchall()]
        other.close()
        told = [line for line in plan if every or _scans(line, is_sqlite=database.is_sqlite)]
        scans.extend(f"{line} in {statement}" for line in told)

    event.listen(database.engine, "before_cursor_execute", explained)
    try:
        yield asked
    finally:
        event.remove(database.engine, "before_cursor_execute", explained)


_SMALL = ("campaigns", "revisions", "focuses", "events")  # the last two are empty here


def _scans(line: str, *, is_sqlite: bool) -> bool:
    """SQLite says SCAN of a walk along the primary key too, which is in order and ends with the page; it names no index
    for the virtual table of words, whose own index it uses."""
    if not is_sqlite:
        return "Seq Scan on" in line and not any(f"Seq Scan on {name}" in line for name in _SMALL)
    name = line.removeprefix("SCAN ").split(" ")[0]
    whole = line.startswith("SCAN ") and "VIRTUAL TABLE INDEX" not in line and "USING" not in line
    return whole and not name.startswith("(") and name not in (*_SMALL, "anon_1", "anon_2")


def test_the_sums_are_those_of_the_rows(filled: Database) -> None:
    with filled.reading() as session:
        for by in (totals.BY, totals.OF_DAYS):
            assert totals.totals(session, None, None, None, None, by) == totals.recount(session, by)
