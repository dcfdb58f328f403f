"""Chromium, where there is one, and houses for it to look at. Each module has a browser and a house of its own: a
browser that outlived its module would keep its event loop running under the tests of others."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from colophon.confined import Confined
from tests.services.conftest import confined, finished_home
from tests.web.browser.site import Site, Visit, launch, opened, visit

__all__ = ["confined", "finished_home"]

_NAMES = ("chromium", "chromium-browser", "google-chrome")
OpenVisit = Callable[..., AbstractContextManager[Visit]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"there is no browser: none of {', '.join(_NAMES)} is on the path")
    with sync_playwright() as playwright:
        made = launch(playwright, found)
        yield made
        made.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, finished_home: Path, confined: Confined) -> Iterator[Site]:
    """Empty: each module fills its own."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(finished_home, folder / "home")
    with opened(folder, confined) as made:
        yield made


@pytest.fixture
def look(browser: Browser, site: Site) -> OpenVisit:
    def open_visit(**how: Any) -> AbstractContextManager[Visit]:
        return visit(browser, site, **how)

    return open_visit
