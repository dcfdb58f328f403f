"""Benches on both databases. The programs here run as modules of this repository, in processes of their own."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from colophon.catalog import open_catalog

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

WORKERS = 4  # a case waits for leases half of its time
OwnDatabase = Callable[[], AbstractContextManager[str]]

from tests.crash.driver import ForkServer  # noqa: E402 - found only with the path above


@pytest.fixture(scope="session")
def fork_servers() -> Iterator[list[ForkServer]]:
    """As many as cases run at the same time, for all modules here: what a run needs takes some seconds to load."""
    servers = [ForkServer() for _ in range(WORKERS)]
    yield servers
    for server in servers:
        server.close()


@pytest.fixture(scope="session")
def crash_databases(own_database: OwnDatabase) -> Iterator[list[str]]:
    """One for each case that runs at the same time, with the schema and nothing in it."""
    with ExitStack() as stack:
        urls = [stack.enter_context(own_database()) for _ in range(WORKERS)]
        for url in urls:
            open_catalog(url).close()
        yield urls
