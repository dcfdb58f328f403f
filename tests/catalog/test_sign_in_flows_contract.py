"""A sign-in under way elsewhere is taken up once, by the browser that began it, and soon."""

from datetime import UTC, datetime, timedelta

from colophon.catalog import SqlCatalog

NOW = datetime(2027, 3, 4, tzinfo=UTC)
SOON = NOW + timedelta(minutes=10)


def test_it_is_finished_once_by_its_browser(catalog: SqlCatalog) -> None:
    flows = catalog.sign_in_flows
    flows.begin("state", "browser", back="/review", now=NOW, expires_at=SOON)
    assert flows.finish("state", "another", now=NOW) is None
    assert flows.finish("other", "browser", now=NOW) is None
    assert flows.finish("state", "browser", now=NOW) == "/review"
    assert flows.finish("state", "browser", now=NOW) is None


def test_what_expired_is_not_finished_and_is_forgotten(catalog: SqlCatalog) -> None:
    flows = catalog.sign_in_flows
    flows.begin("old", "browser", back="/", now=NOW, expires_at=SOON)
    assert flows.finish("old", "browser", now=SOON) is None
    later = SOON + timedelta(days=2)
    flows.begin("new", "browser", back="/", now=later, expires_at=later + timedelta(minutes=10))
    assert flows.finish("old", "browser", now=NOW) is None
    assert flows.finish("new", "browser", now=later) == "/"
